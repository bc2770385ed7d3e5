"""Every route of the desk: nothing without a log-in, no form without its token, roles as said."""

import re
from pathlib import Path

import pytest

from bot.staff.states import Role
from tests.support.city import Citizen, City, Desk
from tests.support.routes import routes

OPEN = {("GET", "/desk/login"), ("POST", "/desk/login"), ("POST", "/desk/login/code")}


def desk_routes(folder: Path) -> set[tuple[str, str]]:
    """Return method and path of every route below /desk that the whole application has."""
    return {(method, path) for method, path in routes(folder) if path.startswith("/desk")}


def _address(path: str) -> str:
    return re.sub(r"\{\w*number\}", "LEV-2026-000001", re.sub(r"\{\w*id\}", "1", path)).replace(
        "{slug}", "impressum"
    )


def test_nothing_without_a_session(city: City, tmp_path: Path) -> None:
    routes = desk_routes(tmp_path) - OPEN
    assert len(routes) > 25
    client = city.client()
    for method, path in sorted(routes):
        answer = client.request(method, _address(path))
        assert answer.status_code in {303, 401}, (method, path, answer.status_code)
        assert answer.headers["location"].startswith("/desk/login"), (method, path)
        assert not answer.content, (method, path)


def test_no_form_without_its_token(city: City, tmp_path: Path) -> None:
    desk, other = city.staff(Role.ADMIN), city.staff(Role.ADMIN)
    posts = sorted(path for method, path in desk_routes(tmp_path) if method == "POST")
    assert len(posts) > 12
    for path in posts:
        for token in ("", "forged", other.csrf):
            answer = desk.post(_address(path), csrf=token)
            assert answer.status_code == 403, (path, token)
    assert desk.get("/desk/account").status_code == 200  # the log-out was refused too


def test_errors_speak_the_language_of_who_reads(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    desk.post("/desk/account/language", {"language": "en"})
    german = {"accept-language": "de"}
    for path in ("/desk/xyz", "/desk/tickets/x/y", "/desk/conversations/999999999"):
        page = desk.client.get(path, headers=german)
        assert page.status_code == 404
        assert '<html lang="en"' in page.text
        assert 'href="/desk"' in page.text
    unfit = desk.client.get(f"/desk/conversations/{10**30}", headers=german)
    assert unfit.status_code == 422
    assert '<html lang="en"' in unfit.text


def test_slash_at_the_end_is_led_on(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    assert desk.get("/desk/").headers["location"] == "/desk"
    assert desk.get("/desk/tickets/").headers["location"] == "/desk/tickets"
    assert city.client().get("/desk/xyz").headers["location"] == "/desk/login?next=%2Fdesk%2Fxyz"


@pytest.fixture(scope="module")
def lamp(city: City) -> Citizen:
    """A citizen whose ticket lies with the office `evl`, which is a company."""
    citizen = city.citizen(name="Lia Laterne")
    citizen.says("Die Laterne vor der Dhünnstraße 14 ist kaputt")
    citizen.hears()
    return citizen


ALL = {Role.ADMIN, Role.MANAGER, Role.VIEWER, Role.OFFICE}
CITY = {Role.ADMIN, Role.MANAGER, Role.VIEWER}
WRITE = {Role.ADMIN, Role.MANAGER}
ADMIN = {Role.ADMIN}
# The office of this table is another one than the conversation's and the ticket's.
TABLE = [
    ("GET", "/desk", ALL),
    ("GET", "/desk/account", ALL),
    ("GET", "/desk/conversations/{id}", CITY),
    ("GET", "/desk/conversations/{id}/messages/1", CITY),
    ("GET", "/desk/tickets", ALL),
    ("GET", "/desk/tickets/{number}", CITY),
    ("GET", "/desk/tickets/{number}/slip", WRITE),
    ("GET", "/desk/record", ALL - {Role.VIEWER}),
    ("POST", "/desk/record", ALL - {Role.VIEWER}),
    ("POST", "/desk/record/hints", ALL - {Role.VIEWER}),
    ("GET", "/desk/record/{number}", WRITE),
    ("GET", "/desk/failed", WRITE),
    ("GET", "/desk/quarantine", WRITE),
    ("GET", "/desk/moderation", WRITE),
    ("GET", "/desk/learning", WRITE),
    ("GET", "/desk/learning/models", WRITE),
    ("POST", "/desk/learning/models/shipped/use", ADMIN),
    ("POST", "/desk/learning/models/999999999/use", ADMIN),
    ("GET", "/desk/conversations/{id}/messages/1/meaning", WRITE),
    ("POST", "/desk/conversations/{id}/messages/1/meaning", WRITE),
    ("GET", "/desk/texts", WRITE),
    ("GET", "/desk/texts/impressum", WRITE),
    ("GET", "/desk/channels", WRITE),
    ("GET", "/desk/channels/chat", WRITE),
    ("GET", "/desk/channels/new", ADMIN),
    ("GET", "/desk/channels/chat/change", ADMIN),
    ("GET", "/desk/channels/chat/remove", ADMIN),
    ("POST", "/desk/channels/new", ADMIN),
    ("POST", "/desk/channels/chat/test", WRITE),
    ("POST", "/desk/channels/nowhere/pause", WRITE),
    ("POST", "/desk/channels/chat/resume", WRITE),
    ("POST", "/desk/channels/chat/change", ADMIN),
    ("POST", "/desk/channels/nowhere/remove", ADMIN),
    ("POST", "/desk/channels/nowhere/release", ADMIN),
    ("GET", "/desk/channel-kinds", WRITE),
    ("GET", "/desk/channel-kinds/matrix", WRITE),
    ("POST", "/desk/channel-kinds/matrix", ADMIN),
    ("POST", "/desk/conversations/{id}/draft", WRITE),
    ("POST", "/desk/conversations/{id}/take", WRITE),
    ("POST", "/desk/conversations/{id}/assign", WRITE),
    ("POST", "/desk/conversations/{id}/handback", WRITE),
    ("POST", "/desk/conversations/{id}/close", WRITE),
    ("POST", "/desk/conversations/{id}/reopen", WRITE),
    ("POST", "/desk/conversations/{id}/replies", WRITE),
    ("POST", "/desk/conversations/{id}/messages/1", WRITE),
    ("POST", "/desk/conversations/{id}/messages/1/fetch", WRITE),
    ("POST", "/desk/tickets/{number}/status", WRITE),
    ("POST", "/desk/failed/1/requeue", WRITE),
    ("POST", "/desk/failed/1/settle", WRITE),
    ("POST", "/desk/quarantine/1/retry", WRITE),
    ("POST", "/desk/quarantine/1/settle", WRITE),
    ("POST", "/desk/moderation/1/release", WRITE),
    ("POST", "/desk/moderation/1/confirm", WRITE),
    ("POST", "/desk/texts/impressum", WRITE),
    ("GET", "/desk/knowledge", ALL),
    ("GET", "/desk/knowledge/buergerbuero", ALL),
    ("GET", "/desk/knowledge/new", WRITE),
    ("POST", "/desk/knowledge/new", WRITE),
    ("GET", "/desk/knowledge/buergerbuero/edit", WRITE),
    ("POST", "/desk/knowledge/buergerbuero/edit", WRITE),
    ("POST", "/desk/knowledge/buergerbuero/delete", WRITE),
    ("GET", "/desk/conversations/{id}/suggestions", WRITE),
    ("POST", "/desk/conversations/{id}/suggestion", WRITE),
    ("POST", "/desk/account/language", ALL),
    ("GET", "/desk/alarms", ALL - {Role.VIEWER}),
    ("GET", "/desk/alarms/line", ALL),
    ("POST", "/desk/alarms/999999999/acknowledge", WRITE),
]
# Everybody's own things, and files, which have tests of their own.
OWN = re.compile(
    r"/desk/(account|account/.+|events|login/code|logout|attachments/\{file_id\}"
    r"|tickets/\{number\}/photos/\{key\}|\{rest:path\})"
)


def test_the_table_of_roles_misses_no_route(tmp_path: Path) -> None:
    def plain(path: str) -> str:
        return re.sub(
            r"\{\w+\}|(?<=/)(chat|nowhere|matrix|impressum|buergerbuero|1|999999999)(?=/|$)",
            "*",
            path,
        )

    told = {(method, plain(path)) for method, path, _ in TABLE}
    there = {(method, path) for method, path in desk_routes(tmp_path) if not OWN.fullmatch(path)}
    assert {(method, plain(path)) for method, path in there - OPEN} - told == set()


@pytest.fixture(scope="module")
def desks(city: City) -> dict[Role, Desk]:
    return {
        role: city.staff(role, office="inklusion" if role is Role.OFFICE else None) for role in Role
    }


@pytest.mark.parametrize(("method", "path", "allowed"), TABLE)
def test_roles(
    lamp: Citizen,
    desks: dict[Role, Desk],
    method: str,
    path: str,
    allowed: set[Role],
) -> None:
    address = path.replace("{id}", str(lamp.conversation_id)).replace(
        "{number}", lamp.ticket_number
    )
    for role in Role:
        desk = desks[role]
        answer = desk.get(address) if method == "GET" else desk.post(address)
        refusals = {403, 404} if role is Role.OFFICE else {403}
        is_let_in = answer.status_code not in refusals
        assert is_let_in is (role in allowed), (role, answer.status_code)
