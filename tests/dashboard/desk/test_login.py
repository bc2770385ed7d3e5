import re

import httpx
import pytest
from structlog.testing import capture_logs

from bot.staff.states import Role
from tests.support.city import PASSWORD, City, Desk, log_in, refused_at, value

SENTENCE = "Benutzername oder Passwort stimmt nicht."


def test_log_in_opens_the_inbox_and_log_out_ends_it(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    assert "Posteingang" in desk.get("/desk").text
    token = desk.client.cookies["session"]
    assert desk.post("/desk/logout").headers["location"] == "/desk/login"
    client = city.client()
    client.cookies.set("session", token)
    assert client.get("/desk").headers["location"].startswith("/desk/login")


def test_cookie_is_out_of_reach_of_scripts(city: City) -> None:
    _, username = city.add_user(Role.MANAGER)
    cookie = log_in(city.client(), username).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_every_failure_reads_the_same(city: City) -> None:
    _, username = city.add_user(Role.MANAGER)
    pages = [
        log_in(city.client(), name, password)
        for name, password in [
            (username, "falsches Passwort"),
            ("niemand-hier", PASSWORD),
            ("", ""),
            (username, "x" * 5000),
            ("a\0b", PASSWORD),
        ]
    ]
    assert {page.status_code for page in pages} == {401}
    assert all(SENTENCE in page.text for page in pages)
    assert all(PASSWORD not in page.text for page in pages)


def test_user_name_comes_back_escaped(city: City) -> None:
    page = log_in(city.client(), '"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_too_many_failures_are_stopped_with_a_time(city: City) -> None:
    _, username = city.add_user(Role.MANAGER)
    client = city.client()
    for _ in range(10):
        assert log_in(client, username, "falsch").status_code == 401
    with capture_logs() as lines:
        page = log_in(client, username)  # even the right password waits now
    assert refused_at(lines) == ["/desk/login"]
    assert page.status_code == 429
    assert 0 < int(page.headers["retry-after"]) <= 900
    assert "Zu viele Versuche" in page.text


def test_passwords_are_masked_and_managers_of_passwords_are_helped(city: City) -> None:
    page = city.client().get("/desk/login").text
    fields = {
        field
        for found in re.findall(r"<input [^>]*autocomplete=[^>]*>", page)
        for field in re.findall(r'(?:type|autocomplete)="([^"]+)"', found)
    }
    assert {"password", "username", "current-password"} <= fields


def test_form_of_another_site_is_refused(city: City) -> None:
    _, username = city.add_user(Role.MANAGER)
    client = city.client()
    form = client.get("/desk/login")
    data = {"name": username, "password": PASSWORD, "csrf": "forged"}
    assert client.post("/desk/login", data=data).status_code == 403
    right = data | {"csrf": value(form.text, "csrf")}
    assert city.client().post("/desk/login", data=right).status_code == 403  # no cookie


@pytest.mark.parametrize("cookie", ["x", "a.b.c", "0" * 5000, "%00", "'; drop table user; --"])
def test_forged_cookie_is_no_session(city: City, cookie: str) -> None:
    answer = city.client().get("/desk", headers={"cookie": f"session={cookie}"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/desk/login"


def test_log_in_leads_back_to_the_page_that_was_asked_for(city: City) -> None:
    client = city.client()
    asked = client.get("/desk/tickets?status=overdue")
    form = client.get(asked.headers["location"])
    assert value(form.text, "next") == "/desk/tickets?status=overdue"


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example",
        "//evil.example/desk",
        "/\\evil.example",
        "javascript:1",
        "/t/x",
        "/desk/logout",
        "/deskX",
        "\r\nSet-Cookie: a=b",
    ],
)
def test_log_in_leads_nowhere_else(city: City, goal: str) -> None:
    _, username = city.add_user(Role.VIEWER)
    client = city.client()
    form = client.get("/desk/login")
    answer = client.post(
        "/desk/login",
        data={
            "csrf": value(form.text, "csrf"),
            "name": username,
            "password": PASSWORD,
            "next": goal,
        },
    )
    assert answer.headers["location"] == "/desk"


def test_script_without_a_session_is_sent_to_the_log_in(city: City) -> None:
    answer = city.client().get("/desk", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"].startswith("/desk/login")


def test_first_password_has_to_be_replaced(city: City) -> None:
    user_id, username = city.add_user(Role.MANAGER, must_change_password=True)
    client = city.client()
    assert log_in(client, username).headers["location"] == "/desk/account"
    for path in ("/desk", "/desk/tickets", "/desk/texts"):
        assert client.get(path).headers["location"] == "/desk/account"
    desk = Desk(client, user_id, username)
    page = desk.get("/desk/account")
    assert "Bitte wählen Sie zuerst ein eigenes Passwort." in page.text
    assert "desk-live.js" not in page.text
    same = desk.post("/desk/account/password", {"current": PASSWORD, "new": PASSWORD})
    assert same.status_code == 422
    changed = desk.post(
        "/desk/account/password", {"current": PASSWORD, "new": "vier grüne Laternen"}
    )
    assert changed.status_code == 303
    assert desk.get("/desk").status_code == 200


def test_log_in_speaks_english_on_demand(city: City) -> None:
    page = city.client().get("/desk/login", headers={"accept-language": "en-GB,en"})
    assert re.search(r"<h1>Sign in</h1>", page.text)
    assert '<html lang="en"' in page.text


def test_whoever_is_logged_in_needs_no_log_in(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    answer: httpx.Response = desk.get("/desk/login?next=/desk/tickets")
    assert answer.headers["location"] == "/desk/tickets"
