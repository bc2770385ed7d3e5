import httpx
import pytest

from bot.staff.states import Role
from tests.support.city import Citizen, City


@pytest.fixture(scope="module")
def manager(city: City) -> httpx.Client:
    return client(city, Role.MANAGER)


def client(city: City, role: Role, *, office: str | None = None) -> httpx.Client:
    found = city.client()
    found.base_url = httpx.URL(f"{city.url}/api/v1/")
    found.headers["authorization"] = f"Bearer {city.token(role, office=office)}"
    return found


@pytest.fixture(scope="module")
def hole(city: City) -> Citizen:
    """Somebody whose ticket lies with the office `tbl`."""
    citizen = city.citizen(name="Paula Pfütze")
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    return citizen


PATHS = [
    ("GET", "conversations"),
    ("GET", "conversations/1"),
    ("POST", "conversations/1/replies"),
    ("GET", "tickets"),
    ("GET", "tickets/LEV-2026-000001"),
    ("POST", "tickets/LEV-2026-000001/status"),
    ("GET", "search"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic eDp5", "Bearer", "Bearer \u00e4"])
def test_nothing_without_a_token(city: City, method: str, path: str, header: str | None) -> None:
    headers = [(b"authorization", header.encode())] if header else []
    answer = city.client().request(method, f"/api/v1/{path}", headers=headers, json={})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert set(answer.json()) == {"code", "message"}


def test_session_cookie_opens_nothing_here(city: City) -> None:
    desk = city.staff(Role.ADMIN)
    assert desk.client.get("/api/v1/conversations").status_code == 401


def test_list_with_empty_filters_as_in_the_contract(manager: httpx.Client, hole: Citizen) -> None:
    answer = manager.get("conversations?status=&office=&channel=&q=&cursor=").json()
    assert set(answer) == {"conversations", "cursor"}
    found = {one["id"]: one for one in answer["conversations"]}[hole.conversation_id]
    assert found["name"] == "Paula Pfütze"
    assert found["ticket_number"] == hole.ticket_number
    assert found["status"] == "open"


@pytest.mark.parametrize(
    ("query", "is_in"),
    [
        ("office=tbl", True),
        ("office=evl", False),
        ("q=pfütze", True),
        ("q=gibtesnicht", False),
        ("status=closed", False),
        ("status=unassigned", True),
        ("status=waiting", False),
        ("channel=chat", False),
    ],
)
def test_filters(manager: httpx.Client, hole: Citizen, query: str, is_in: bool) -> None:  # noqa: FBT001
    found = [one["id"] for one in manager.get(f"conversations?{query}").json()["conversations"]]
    assert (hole.conversation_id in found) is is_in


@pytest.mark.parametrize(
    ("query", "field"),
    [("status=nonsense", "status"), ("office=nowhere", "office"), ("cursor=x", "cursor")],
)
def test_wrong_filters_are_named(manager: httpx.Client, query: str, field: str) -> None:
    for path in ("conversations", "tickets"):
        answer = manager.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert answer.json()["field"] == field
        assert answer.json()["code"] == "invalid"


def test_pages_follow_the_cursor(city: City, manager: httpx.Client) -> None:
    citizens = [city.citizen(name="Blättern") for _ in range(42)]
    for citizen in citizens:
        citizen.says("Hallo")
    for citizen in citizens:
        citizen.hears()
    first = manager.get("conversations?q=blättern").json()
    params = {"q": "blättern", "cursor": first["cursor"]}
    second = manager.get("conversations", params=params).json()
    ids = [one["id"] for one in first["conversations"] + second["conversations"]]
    assert sorted(ids) == sorted(citizen.conversation_id for citizen in citizens)
    assert second["cursor"] is None


def test_waiting_is_what_needs_a_person(city: City, manager: httpx.Client) -> None:
    citizens = [city.citizen(name="Geduld") for _ in range(42)]
    for citizen in citizens:
        citizen.says("Ich möchte mit einem Menschen sprechen")
    for citizen in citizens:
        citizen.hears()
    params = {"q": "geduld", "status": "waiting"}
    first = manager.get("conversations", params=params).json()
    second = manager.get("conversations", params=params | {"cursor": first["cursor"]}).json()
    found = first["conversations"] + second["conversations"]
    assert sorted(one["id"] for one in found) == sorted(one.conversation_id for one in citizens)
    since = [one["waiting_since"] for one in found]
    assert since == sorted(since)


def test_reply_and_stale_reply(city: City, manager: httpx.Client) -> None:
    citizen = city.citizen()
    citizen.says("Ich möchte mit einem Menschen sprechen")
    citizen.hears()
    path = f"conversations/{citizen.conversation_id}"
    seen = manager.get(path).json()
    assert [one["direction"] for one in seen["messages"]] == ["inbound", "outbound"]
    reply = {"text": "Guten Tag!", "version": seen["version"]}
    sent = manager.post(f"{path}/replies", json=reply)
    assert sent.status_code == 201
    assert set(sent.json()) == {"message_id", "version"}
    assert citizen.hears() == "Guten Tag!"
    stale = manager.post(f"{path}/replies", json=reply)
    assert stale.status_code == 409
    body = stale.json()
    assert body["code"] == "stale_conversation"
    assert body["version"] == sent.json()["version"]
    again = manager.post(f"{path}/replies", json=reply | {"version": body["version"]})
    assert again.status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "x"}, "version"),
        ({"text": "", "version": 1}, "text"),
        ({"text": "x" * 20_001, "version": 1}, "text"),
        ({"text": "x", "version": "1"}, "version"),
        ({"text": "x", "version": 2**70}, "version"),
        ({"text": ["x"], "version": 1}, "text"),
        ({"text": " \u200b ", "version": 2}, "text"),
        ([], "body"),
    ],
)
def test_bad_replies_are_refused_by_field(
    manager: httpx.Client, hole: Citizen, body: object, field: str
) -> None:
    answer = manager.post(f"conversations/{hole.conversation_id}/replies", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b'{"text":"\\ud800","version":1}', b"[" * 9000])
def test_broken_bodies_are_refused(manager: httpx.Client, hole: Citizen, raw: bytes) -> None:
    answer = manager.post(
        f"conversations/{hole.conversation_id}/replies",
        content=raw,
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    found = answer.json()
    assert (found["code"], found["field"]) == ("invalid", "text" if b"text" in raw else "body")


@pytest.mark.parametrize("path", ["conversations/1/replies", "tickets/LEV-2026-000001/status"])
def test_token_is_asked_before_the_body_is_read(city: City, path: str) -> None:
    for token in ("wrong", "x y"):
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        answer = city.client().post(f"/api/v1/{path}", content=b"{", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


def test_ticket_and_its_status(city: City, manager: httpx.Client) -> None:
    citizen = city.citizen(name="Tom Teer")
    citizen.says("Großes Schlagloch in der Dhünnstraße 10")
    citizen.hears()
    number = citizen.ticket_number
    listed = manager.get("tickets?status=open&office=tbl&q=&cursor=").json()
    assert number in {one["number"] for one in listed["tickets"]}
    ticket = manager.get(f"tickets/{number}").json()
    assert ticket["category_id"] == "road_damage"
    assert ticket["conversation_id"] == citizen.conversation_id
    assert "resolved" in ticket["allowed"]
    path = f"tickets/{number}/status"
    version = ticket["version"]
    closing = {"status": "resolved", "public_note": None, "version": version}
    missing = manager.post(path, json=closing)
    assert (missing.status_code, missing.json()["field"]) == (422, "public_note")
    done = manager.post(path, json=closing | {"public_note": "Das Loch ist zu."})
    assert done.status_code == 200
    assert done.json()["status"] == "resolved"
    assert "Das Loch ist zu." in citizen.hears()
    stale = manager.post(path, json=closing | {"status": "reopened"})
    assert stale.status_code == 409
    assert stale.json()["version"] == done.json()["version"]
    wrong = {"status": "planned", "version": done.json()["version"]}
    assert manager.post(path, json=wrong).json()["code"] == "transition_not_allowed"
    nonsense = manager.post(path, json=wrong | {"status": "x"})
    assert (nonsense.status_code, nonsense.json()["field"]) == (422, "status")
    assert manager.get("tickets/LEV-1999-000001").status_code == 404


def test_search_finds_both(manager: httpx.Client, hole: Citizen) -> None:
    by_number = manager.get("search", params={"q": hole.ticket_number}).json()
    assert [one["number"] for one in by_number["tickets"]] == [hole.ticket_number]
    assert [one["id"] for one in by_number["conversations"]] == [hole.conversation_id]
    assert manager.get("search?q=").json() == {"conversations": [], "tickets": []}


@pytest.mark.parametrize("odd", ["\0", "%", "'", "\\", "\ud7ff", "x" * 5000])
def test_odd_words_do_no_harm(manager: httpx.Client, odd: str) -> None:
    for path in ("search", "conversations", "tickets"):
        answer = manager.get(path, params={"q": odd})
        assert answer.status_code == (404 if odd == "\0" else 200)


def test_roles_and_offices(city: City, hole: Citizen) -> None:
    viewer = client(city, Role.VIEWER)
    assert viewer.get(f"conversations/{hole.conversation_id}").status_code == 200
    reply = {"text": "x", "version": 1}
    path = f"conversations/{hole.conversation_id}"
    assert viewer.post(f"{path}/replies", json=reply).json()["code"] == "forbidden"
    status = {"status": "planned", "version": 1}
    assert viewer.post(f"tickets/{hole.ticket_number}/status", json=status).status_code == 403
    parks = client(city, Role.OFFICE, office="stadtgruen")
    assert parks.get(path).status_code == 404
    assert parks.post(f"{path}/replies", json=reply).status_code == 404
    assert parks.get(f"tickets/{hole.ticket_number}").status_code == 404
    assert parks.get("conversations?office=tbl").json()["conversations"] == []
    assert parks.get("tickets?office=tbl").json()["tickets"] == []
    assert parks.get("search", params={"q": "pfütze"}).json()["conversations"] == []
    roads = client(city, Role.OFFICE, office="tbl")
    listed = roads.get("conversations").json()["conversations"]
    assert hole.conversation_id in {one["id"] for one in listed}


def test_company_gets_what_and_where_only(city: City) -> None:
    lamp = city.citizen(name="Lia Laterne")
    lamp.says("Die Laterne vor der Dhünnstraße 14 ist kaputt")
    lamp.hears()
    company = client(city, Role.OFFICE, office="evl")
    assert company.get("conversations").status_code == 403
    ticket = company.get(f"tickets/{lamp.ticket_number}").json()
    assert ticket["place"]
    assert (ticket["reporter_name"], ticket["conversation_id"], ticket["link"]) == (None,) * 3
    assert company.get("search?q=laterne").json()["conversations"] == []


def test_description_of_the_api(city: City) -> None:
    api = city.client().get("/api/v1/openapi.json").json()
    for path in (
        "/api/v1/conversations",
        "/api/v1/conversations/{conversation_id}",
        "/api/v1/conversations/{conversation_id}/replies",
        "/api/v1/tickets/{number}/status",
        "/api/v1/search",
    ):
        for operation in api["paths"][path].values():
            assert operation["security"], path
            assert operation["description"], path
    assert not any(path.startswith("/desk") for path in api["paths"])
    schemas = api["components"]["schemas"]
    assert {"Conversation", "Ticket", "Stale", "Problem", "Found"} <= set(schemas)
