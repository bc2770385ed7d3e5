"""The second factor as staff meet it: on the account's page and at the log-in."""

import re
from datetime import datetime, timedelta
from html import unescape

import httpx
import pyotp
import pytest
from playwright.sync_api import expect
from sqlalchemy import update
from structlog.testing import capture_logs

from bot import clock
from bot.staff.models import SecondFactor
from bot.staff.states import Role
from tests.support import browser as browsers
from tests.support.browser import axe
from tests.support.city import PASSWORD, City, Desk, log_in, refused_at, value

ACCOUNT = "/desk/account"
FACTOR = "/desk/account/second-factor"
_SECRET = re.compile(r'<code class="secret">([A-Z2-7 ]{32,})</code>')
_CODE = re.compile(r'<code class="secret">([a-z2-9-]{29})</code>')


class Phone:
    """An authenticator app; it shows a code that this account has not seen yet."""

    def __init__(self, city: City, user_id: int, secret: str) -> None:
        self._city = city
        self._user_id = user_id
        self._app = pyotp.TOTP(secret)

    def code(self, *, at: datetime | None = None) -> str:
        """Return the code of now, and forget that one was used this half minute."""
        with self._city.database.unit_of_work() as session:
            session.execute(
                update(SecondFactor)
                .where(SecondFactor.user_id == self._user_id)
                .values(last_step=0)
            )
        return self._app.at(at or clock.now())


def set_up(city: City, desk: Desk) -> tuple[Phone, list[str]]:
    """Switch the second factor on through the pages; return the phone and the recovery codes."""
    begun = desk.post(FACTOR, {"factor_password": PASSWORD})
    assert begun.headers["location"] == FACTOR
    page = desk.get(FACTOR).text
    found = _SECRET.search(page)
    assert found
    phone = Phone(city, desk.user_id, found[1].replace(" ", ""))
    shown = desk.post(f"{FACTOR}/confirm", {"code": phone.code()})
    assert shown.status_code == 200
    return phone, _CODE.findall(shown.text)


def type_code(client: httpx.Client, code: str, goal: str = "/desk") -> httpx.Response:
    page = client.get(f"/desk/login/code?next={goal}")
    form = {"csrf": value(page.text, "csrf"), "next": value(page.text, "next"), "code": code}
    return client.post("/desk/login/code", data=form)


def test_from_nothing_to_a_log_in_with_a_code(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    phone, codes = set_up(city, desk)
    assert len(codes) == 8
    assert codes[0] not in desk.get(ACCOUNT).text
    assert "8 Wiederherstellungscodes übrig" in desk.get(ACCOUNT).text
    client = city.client()
    first = log_in(client, desk.username)
    assert first.headers["location"].startswith("/desk/login/code?")
    assert "session" not in client.cookies
    assert client.get("/desk").status_code == 303
    second = type_code(client, phone.code(), "/desk/tickets")
    assert second.headers["location"] == "/desk/tickets"
    assert client.get("/desk").status_code == 200
    assert "half-way" not in client.cookies


def test_the_picture_is_what_the_text_says(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    desk.post(FACTOR, {"factor_password": PASSWORD})
    answer = desk.get(FACTOR)
    assert answer.headers["cache-control"] == "no-store"
    address = re.search(r'href="(otpauth://[^"]+)"', answer.text)
    secret = _SECRET.search(answer.text)
    assert address
    assert secret
    assert pyotp.parse_uri(unescape(address[1])).secret == secret[1].replace(" ", "")
    assert '<svg viewBox="' in answer.text


def test_setting_up_and_switching_off_need_the_password(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    refused = desk.post(FACTOR, {"factor_password": "falsch"})
    assert refused.status_code == 422
    assert "Das Passwort stimmt nicht." in refused.text
    assert desk.get(FACTOR).headers["location"] == ACCOUNT
    set_up(city, desk)
    for path in (f"{FACTOR}/remove", f"{FACTOR}/codes"):
        assert desk.post(path, {"factor_password": "falsch"}).status_code == 422
    gone = desk.post(f"{FACTOR}/remove", {"factor_password": PASSWORD})
    assert "ausgeschaltet" in desk.get(gone.headers["location"]).text
    assert log_in(city.client(), desk.username).headers["location"] == "/desk"


def test_a_wrong_first_code_is_explained_and_nothing_is_on(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    desk.post(FACTOR, {"factor_password": PASSWORD})
    page = desk.post(f"{FACTOR}/confirm", {"code": "000000"})
    assert page.status_code == 422
    assert "Der Code stimmt nicht." in page.text
    assert log_in(city.client(), desk.username).headers["location"] == "/desk"


def test_codes_are_shown_once(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    phone, old = set_up(city, desk)
    again = desk.post(f"{FACTOR}/confirm", {"code": phone.code()})
    assert again.headers["location"] == ACCOUNT
    new = _CODE.findall(desk.post(f"{FACTOR}/codes", {"factor_password": PASSWORD}).text)
    assert len(new) == 8
    client = city.client()
    log_in(client, desk.username)
    assert type_code(client, old[0]).status_code == 401
    assert type_code(client, new[0]).status_code == 303


def test_other_devices_are_signed_out_when_it_changes(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    tablet = city.client()
    log_in(tablet, desk.username)
    set_up(city, desk)
    assert tablet.get("/desk").status_code == 303
    assert desk.get("/desk").status_code == 200


def test_too_many_codes_are_stopped_with_a_time(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    phone, _ = set_up(city, desk)
    client = city.client()
    log_in(client, desk.username)
    for _ in range(5):
        wrong = type_code(client, "000000")
        assert wrong.status_code == 401
        assert "Der Code stimmt nicht." in wrong.text
    with capture_logs() as lines:
        page = type_code(client, phone.code())
    assert refused_at(lines) == ["/desk/login/code"]
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) > 0
    assert "Zu viele Versuche" in page.text


def test_no_second_step_without_the_first(city: City) -> None:
    client = city.client()
    assert client.get("/desk/login/code").headers["location"] == "/desk/login"
    form = client.get("/desk/login")
    posted = {"csrf": value(form.text, "csrf"), "code": "123456"}
    assert client.post("/desk/login/code", data=posted).headers["location"] == "/desk/login"
    assert client.post("/desk/login/code", data={"code": "123456"}).status_code == 403
    client.cookies.set("half-way", "1.99999999999.AAAA")
    assert client.get("/desk/login/code").headers["location"] == "/desk/login"


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/t/x"])
def test_the_second_step_leads_nowhere_else(city: City, goal: str) -> None:
    desk = city.staff(Role.MANAGER)
    phone, _ = set_up(city, desk)
    client = city.client()
    log_in(client, desk.username)
    assert type_code(client, phone.code(), goal).headers["location"] == "/desk"


def test_who_administers_the_city_is_reminded(city: City) -> None:
    admin, manager = city.staff(Role.ADMIN), city.staff(Role.MANAGER)
    reminder = "Zweiter Faktor fehlt"
    assert reminder in admin.get("/desk/tickets").text
    assert reminder in admin.get("/desk").text
    assert reminder not in manager.get("/desk").text
    set_up(city, admin)
    assert reminder not in admin.get("/desk").text


def test_a_first_password_comes_before_a_second_factor(city: City) -> None:
    user_id, username = city.add_user(Role.MANAGER, must_change_password=True)
    client = city.client()
    log_in(client, username)
    assert "second-factor" not in Desk(client, user_id, username).get(ACCOUNT).text


def test_all_other_devices_are_ended_at_once(city: City) -> None:
    desk = city.staff(Role.VIEWER)
    assert "Alle anderen Geräte abmelden" not in desk.get(ACCOUNT).text
    others = [city.client(), city.client()]
    for other in others:
        log_in(other, desk.username)
    assert "Alle anderen Geräte abmelden" in desk.get(ACCOUNT).text
    desk.post(f"{ACCOUNT}/sessions/revoke-others")
    assert [other.get("/desk").status_code for other in others] == [303, 303]
    assert desk.get("/desk").status_code == 200


def test_logging_in_again_ends_the_session_before(city: City) -> None:
    """A cookie that somebody planted or copied is worth nothing after the log-in."""
    desk = city.staff(Role.VIEWER)
    before = desk.client.cookies["session"]
    fresh = city.client()
    fresh.cookies.set("session", before)
    form = city.client()
    page = form.get("/desk/login")
    posted = {"csrf": value(page.text, "csrf"), "name": desk.username, "password": PASSWORD}
    cookie = f"session={before}; form={form.cookies['form']}"
    answer = city.client().post("/desk/login", data=posted, headers={"cookie": cookie})
    assert answer.status_code == 303
    assert before not in answer.headers["set-cookie"]
    assert fresh.get("/desk").status_code == 303


def test_logging_out_clears_what_the_browser_keeps(city: City) -> None:
    answer = city.staff(Role.VIEWER).post("/desk/logout")
    assert answer.headers["clear-site-data"] == '"storage"'


@pytest.mark.browser
@pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed")
@pytest.mark.parametrize("city", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("width", "dark", "script", "language"),
    [
        (1440, False, True, "de"),
        (320, True, True, "en"),
        (320, False, False, "de"),
        (1440, True, False, "en"),
    ],
)
def test_pages_by_keyboard(
    city: City,
    width: int,
    dark: bool,  # noqa: FBT001
    script: bool,  # noqa: FBT001
    language: str,
) -> None:
    """With scripts axe looks at the pages, without them the content policy holds."""
    desk = city.staff(Role.ADMIN)
    desk.post("/desk/account/language", {"language": language})
    headers = {"Accept-Language": language}
    with (
        browsers.chromium() as launched,
        browsers.window(
            launched, city.url, width=width, dark=dark, script=script, bypass_csp=script
        ) as (_, page, witness),
    ):
        page.set_extra_http_headers(headers)
        browsers.enter(page, city.url, desk.client)
        page.goto(ACCOUNT)
        page.locator("#factor_password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("svg.qr")).to_be_visible()
        assert not script or axe(page) == []
        secret = page.locator("code.secret").inner_text().replace(" ", "")
        phone = Phone(city, desk.user_id, secret)
        page.locator("#code").fill(phone.code())
        page.keyboard.press("Enter")
        expect(page.locator(".codes li")).to_have_count(8)
        assert not script or axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.context.clear_cookies()
        page.goto("/desk/login")
        page.locator("#name").fill(desk.username)
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#code")).to_be_visible()
        assert not script or axe(page) == []
        page.locator("#code").fill(phone.code(at=clock.now() + timedelta(seconds=5)))
        page.keyboard.press("Enter")
        expect(page.locator("#rows")).to_be_visible()
    assert (witness.console, witness.foreign) == ([], [])
