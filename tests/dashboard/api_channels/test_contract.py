"""The generic channel as the contract says, from outside."""

import base64
import itertools
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from bot import clock
from bot.attachments.states import AttachmentState
from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.states import ChannelState
from bot.inbound.models import RawItem
from bot.inbox import thread
from bot.inbox.models import Message
from tests.support.city import City

_ids = itertools.count(1)
PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8"
        "cfc000000301010018dd8db00000000049454e44ae426082"
    )
).decode()


def message(**changes: object) -> dict[str, object]:
    number = next(_ids)
    body: dict[str, object] = {
        "external_id": f"contract-{number}",
        "thread": f"contract-{number}",
        "sender": {"id": f"sender-{number}"},
        "text": "Guten Tag",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


class Client:
    def __init__(self, city: City) -> None:
        self.http = city.client()
        self.base = f"/api/v1/channels/{city.channel}"
        self.http.headers["authorization"] = f"Bearer {city.channel_token}"

    def post(self, body: dict[str, object]) -> httpx.Response:
        return self.http.post(f"{self.base}/messages", json=body)

    def replies(self, **params: str | float) -> httpx.Response:
        return self.http.get(f"{self.base}/replies", params=params)


@pytest.fixture
def client(city: City) -> Client:
    return Client(city)


def test_a_message_is_accepted_after_it_is_stored(city: City, client: Client) -> None:
    body = message()
    answer = client.post(body)

    assert answer.status_code == 202
    assert answer.json()["duplicate"] is False
    with city.database.read() as session:
        stored = session.get_one(RawItem, answer.json()["inbound_id"])
        assert stored.event_id == body["external_id"]


def test_a_repeated_message_is_a_duplicate_of_the_same_id(client: Client) -> None:
    body = message()
    first, second = client.post(body).json(), client.post(body).json()
    assert second == {"inbound_id": first["inbound_id"], "duplicate": True}


def test_parallel_repetitions_are_stored_once(city: City, client: Client) -> None:
    body = message()
    with ThreadPoolExecutor(8) as pool:
        answers = [
            answer.json() for answer in pool.map(lambda _: Client(city).post(body), range(8))
        ]
    assert len({answer["inbound_id"] for answer in answers}) == 1
    assert [answer["duplicate"] for answer in answers].count(False) == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic dXNlcjpwdw=="])
def test_a_wrong_token_is_refused_before_the_body_is_read(city: City, header: str) -> None:
    headers = {"authorization": header} if header else {}
    answer = city.client().post(
        f"/api/v1/channels/{city.channel}/messages", content=b"{not json", headers=headers
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "wrong_token"


def test_an_unknown_channel_is_not_found(city: City, client: Client) -> None:
    for slug in ("nowhere", "%00", "a%00b"):
        answer = client.http.post(f"/api/v1/channels/{slug}/messages", json=message())
        assert (answer.status_code, answer.json()["code"]) == (404, "channel_not_found")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": None}, "external_id"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": 7}, "external_id"),
        ({"external_id": "a\x00b"}, "external_id"),
        ({"external_id": "x" * 256}, "external_id"),
        ({"thread": None}, "thread"),
        ({"thread": ["a"]}, "thread"),
        ({"sender": None}, "sender"),
        ({"sender": {}}, "sender.id"),
        ({"sender": {"id": "a", "name": 5}}, "sender.name"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"visibility": "secret"}, "visibility"),
        ({"sent_at": "yesterday"}, "sent_at"),
        ({"sent_at": "2026-11-21T12:00:00"}, "sent_at"),
        ({"location": {"lat": 91, "lon": 7}}, "location.lat"),
        ({"location": {"lat": 51}}, "location.lon"),
        ({"attachments": [{"name": "a"}]}, "attachments.0.media_type"),
        (
            {"attachments": [{"name": "a", "media_type": "image/png", "content_base64": "%%"}]},
            "attachments.0.content_base64",
        ),
    ],
)
def test_a_bad_body_names_the_field(client: Client, changes: dict[str, object], field: str) -> None:
    body = message()
    for name, value in changes.items():
        if value is None:
            del body[name]
        else:
            body[name] = value
    answer = client.post(body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"a":"\xc3"}']
)
def test_malformed_json_is_a_clear_error(client: Client, content: bytes) -> None:
    answer = client.http.post(f"{client.base}/messages", content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "Traceback" not in answer.text


def test_a_text_of_ten_megabytes_is_too_large(client: Client) -> None:
    answer = client.post(message(text="ä" * 5_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_beyond_the_limit_is_too_large(client: Client) -> None:
    answer = client.http.post(f"{client.base}/messages", content=b" " * 20_000_000)
    assert answer.status_code == 413


def test_a_paused_channel_says_so_and_works_again(city: City, client: Client) -> None:
    now = clock.now()
    with city.database.unit_of_work() as session:
        slug, token = channels.add(session, "api", "Pause", actor=CLI, now=now)
    url, headers = f"/api/v1/channels/{slug}/messages", {"authorization": f"Bearer {token}"}
    with city.database.unit_of_work() as session:
        channels.set_state(session, slug, ChannelState.PAUSED, actor=CLI, now=now)
    assert client.http.post(url, json=message(), headers=headers).status_code == 503

    with city.database.unit_of_work() as session:
        channels.set_state(session, slug, ChannelState.ACTIVE, actor=CLI, now=now)
    assert client.http.post(url, json=message(), headers=headers).status_code == 202


def test_a_reply_says_what_it_answers_and_links_are_absolute(city: City) -> None:
    ada = city.citizen()
    end = city.feed_end()
    sent = ada.says("Wann ist Markt in Opladen?")
    ada.hears()
    page = Client(city).replies(after=end).json()
    [reply] = [one for one in page["replies"] if one["thread"] == ada.thread]
    assert reply["in_reply_to"] == sent
    assert f"{city.url}/maerkte" in reply["text"]
    assert set(reply) == {"cursor", "delivery_id", "thread", "in_reply_to", "text", "buttons"}


def test_a_burst_is_one_turn_that_answers_its_last_message(city: City) -> None:
    ada = city.citizen()
    end = city.feed_end()
    for text in ("Hallo", "Die Laterne ist kaputt,", "Dhünnstraße 14"):
        last = ada.says(text)
    answer = ada.hears()
    page = Client(city).replies(after=end).json()
    mine = [one for one in page["replies"] if one["thread"] == ada.thread]
    assert [one["in_reply_to"] for one in mine] == [last]
    assert ada.ticket_number in answer


def test_reading_goes_on_behind_what_was_acknowledged(city: City) -> None:
    now = clock.now()
    with city.database.unit_of_work() as session:
        slug, token = channels.add(session, "api", "Lesen", actor=CLI, now=now)
    http = city.client()
    http.headers["authorization"] = f"Bearer {token}"
    base = f"/api/v1/channels/{slug}"
    cursors: list[str] = []
    for number in range(2):
        http.post(f"{base}/messages", json=message(thread=f"read-{number}"))
        page = http.get(f"{base}/replies", params={"wait": 30, "after": "".join(cursors[-1:])})
        cursors.append(page.json()["cursor"])
    assert cursors == ["1", "2"]

    assert [one["cursor"] for one in http.get(f"{base}/replies").json()["replies"]] == ["2"]
    assert http.get(f"{base}/replies?after=2").json() == {"replies": [], "cursor": "2"}
    assert http.get(f"{base}/replies?after=").json() == {"replies": [], "cursor": "2"}
    again = http.get(f"{base}/replies?after=0").json()["replies"]
    assert [one["cursor"] for one in again] == ["1", "2"]
    assert len({one["delivery_id"] for one in again}) == 2


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "999999999", "9" * 30, "²"])
def test_a_cursor_that_was_never_given_is_refused(client: Client, after: str) -> None:
    answer = client.replies(after=after)
    assert (answer.status_code, answer.json()["field"]) == (422, "after")


def test_hostile_text_arrives_harmless_and_whole(city: City, client: Client) -> None:
    text = (
        '<script>alert(1)</script> \u202eturned\u202c a\u200bb \x00\x07 "quote" \N{GRINNING FACE}'
    )
    body = message(text=text)
    assert client.post(body).status_code == 202

    def stored() -> str | None:
        with city.database.read() as session:
            return session.scalar(
                select(Message.text).where(Message.native_id == body["external_id"])
            )

    city.until(lambda: stored() is not None)
    assert stored() == '<script>alert(1)</script> turned ab  "quote" \N{GRINNING FACE}'


def test_attachments_are_counted_and_examined(city: City) -> None:
    ada = city.citizen()
    ada.says(
        "Hier ist der Müll",
        attachments=(
            {"name": "foto.png", "media_type": "image/png", "content_base64": PIXEL},
            {
                "name": "böse.png",
                "media_type": "image/png",
                "content_base64": base64.b64encode(b"%!PS-Adobe-3.0").decode(),
            },
        ),
    )
    ada.hears()
    with city.database.read() as session:
        page, _ = thread.entries(session, ada.conversation_id)
    files = [(file.name, file.media_type, file.state) for file in page[0].attachments]
    assert files == [
        ("foto.png", "image/png", AttachmentState.READY),
        ("böse.png", "application/postscript", AttachmentState.REJECTED),
    ]


def test_the_description_is_served(city: City) -> None:
    described = city.client().get("/api/v1/openapi.json").json()
    assert "/api/v1/channels/{slug}/messages" in described["paths"]
    assert "/api/v1/channels/{slug}/replies" in described["paths"]
    post = described["paths"]["/api/v1/channels/{slug}/messages"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert {"external_id", "thread", "sender", "text"} == set(schema["required"])
    assert schema["properties"]["sender"]["required"] == ["id"]
    assert "$" not in str(schema), "nothing is left that leads nowhere"
    assert post["security"]
    assert set(post["responses"]) == {"202", "401", "404", "413", "422", "429", "503"}


@pytest.mark.parametrize("wait", ["nan", "inf", "x"])
def test_a_wait_that_is_no_number_is_refused(client: Client, wait: str) -> None:
    answer = client.replies(wait=wait)
    assert (answer.status_code, answer.json()["field"]) == (422, "wait")


def test_nothing_was_stored_for_what_was_refused(city: City, client: Client) -> None:
    def count() -> int:
        with city.database.read() as session:
            return session.scalar(select(func.count()).select_from(RawItem)) or 0

    before = count()
    client.post(message(text=5))
    client.http.post(f"{client.base}/messages", content=b"{")
    assert count() == before
