"""Channels in a real browser: accessible, narrow, without a script, and live."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import health
from bot.channels.queries import channels
from bot.staff.states import Role
from connectors.base import PlatformError, Standing, Trouble
from tests.dashboard.desk.test_browser import Furnished
from tests.fakes.platform import Foreign, Platform
from tests.support import browser as browsers
from tests.support import city as cities
from tests.support.browser import axe
from tests.support.city import City

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform()


@pytest.fixture(scope="module")
def furnished(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, platform: Platform
) -> Iterator[Furnished]:
    """Yield a city with a channel that works and one that does not."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copyfile(sqlite_template, folder / "city.sqlite3")
    url = f"sqlite:///{folder / 'city.sqlite3'}"
    with cities.run(url, folder, connectors=Foreign(platform)) as town:
        desk = town.staff(Role.ADMIN)
        now = clock.now()
        platform.checks = [Standing("@stadt:example.org", now, 42, now), Standing()]
        for place, name in enumerate(("Matrix der Stadt", "Matrix ohne Anmeldung"), start=1):
            form = {
                "kind": "matrix",
                "name": name,
                "set_homeserver": "https://matrix.example.org",
                "set_user_id": f"@stadt{place}:example.org",
                "set_password": PASSWORD,
            }
            assert desk.post("/desk/channels/new", form).status_code == 303
        fail(town, "Matrix ohne Anmeldung", Trouble.LOGIN)
        decision = {"allowed": "no", "reason": "DSFA 2026/14, Abschnitt 3", "last": "0"}
        assert desk.post("/desk/channel-kinds/mastodon", decision).status_code == 303
        pages = {
            "list": "/desk/channels",
            "works": "/desk/channels/matrix-der-stadt",
            "fails": "/desk/channels/matrix-ohne-anmeldung",
            "kinds": "/desk/channels/new",
            "form": "/desk/channels/new?kind=matrix",
            "own": "/desk/channels/new?kind=api",
            "change": "/desk/channels/matrix-der-stadt/change",
            "remove": "/desk/channels/matrix-der-stadt/remove",
            "account": "/desk/account",
            "permits": "/desk/channel-kinds",
            "permit": "/desk/channel-kinds/telegram",
            "forbidden kind": "/desk/channel-kinds/mastodon",
            "own kind": "/desk/channel-kinds/api",
        }
        citizen = town.citizen()
        yield Furnished(town, desk, citizen, pages)


def works(city: City, name: str) -> None:
    """The platform has just answered: nobody asks it here, and after minutes that is a trouble."""
    with city.database.unit_of_work() as session:
        health.note_answer(session, named(session, name), None, lag=None, now=clock.now())


def fail(city: City, name: str, trouble: Trouble) -> None:
    with city.database.unit_of_work() as session:
        error = PlatformError(trouble, "M_UNKNOWN_TOKEN")
        health.note_trouble(session, named(session, name), error, now=clock.now())
    city.app.bells.events.ring()


def named(session: Session, name: str) -> int:
    return next(channel.id for channel in channels(session) if channel.name == name)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Browser,
    furnished: Furnished,
    width: int,
    dark: bool,  # noqa: FBT001
) -> None:
    with furnished.page(browser, width=width, dark=dark, bypass_csp=True) as (page, _):
        for name, path in furnished.pages.items():
            page.goto(path)
            assert axe(page) == [], name
            assert not overflows(page), name


def test_pages_fit_a_narrow_screen_and_stay_quiet(browser: Browser, furnished: Furnished) -> None:
    with furnished.page(browser, width=320) as (page, witness):
        for name, path in furnished.pages.items():
            page.goto(path)
            assert not overflows(page), name
        page.goto("/desk/account")
        page.get_by_role("main").get_by_role("link", name="Kanäle").click()
        expect(page.get_by_role("heading", name="Kanäle")).to_be_visible()
    assert witness.console == []
    assert witness.foreign == []


def overflows(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


def test_an_account_by_keyboard_without_a_script(
    browser: Browser, furnished: Furnished, platform: Platform
) -> None:
    refused = PlatformError(Trouble.UNREACHABLE, "connection refused")
    platform.checks = [refused, Standing("@neu:example.org")]
    with furnished.page(browser, width=390, script=False) as (page, _):
        page.goto("/desk/channels")
        page.get_by_role("link", name="Kanal hinzufügen").press("Enter")
        page.get_by_role("link", name="Matrix").last.press("Enter")
        page.get_by_label("Name", exact=True).fill("Neu")
        page.get_by_label("Homeserver").fill("https://matrix.example.org")
        page.get_by_label("Konto", exact=True).fill("@neu:example.org")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_label("Einladungen").select_option("none")
        page.get_by_label("Name", exact=True).press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("nicht zu erreichen")
        expect(page.get_by_role("button", name="Trotzdem speichern, pausiert")).to_be_visible()
        expect(page.get_by_label("Homeserver")).to_have_value("https://matrix.example.org")
        expect(page.get_by_label("Einladungen")).to_have_value("none")
        expect(page.get_by_label("Passwort")).to_have_value("")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Testen und speichern").press("Enter")
        expect(page.get_by_role("heading", name="Neu")).to_be_visible()
        page.get_by_role("button", name="Pausieren").press("Enter")
        expect(page.locator("#channel-state")).to_contain_text("pausiert")
        page.get_by_role("link", name="Entfernen").press("Enter")
        page.get_by_role("button", name="Endgültig entfernen").press("Enter")
        expect(
            page.get_by_role("status").filter(has_text="Der Kanal ist entfernt.")
        ).to_be_visible()
        expect(page.locator("#channels")).not_to_contain_text("Neu")
        assert platform.accounts[-1].values["invites"] == "none"


def test_refused_forms_are_accessible(browser: Browser, furnished: Furnished) -> None:
    with furnished.page(browser, width=390, bypass_csp=True) as (page, _):
        page.goto("/desk/channels/new?kind=matrix")
        page.get_by_label("Name", exact=True).fill("Neu")
        page.get_by_label("Homeserver").fill("matrix")
        page.get_by_label("Konto", exact=True).fill("stadt")
        page.get_by_role("button", name="Testen und speichern").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("Homeserver")).to_have_attribute("aria-invalid", "true")
        assert axe(page) == []


def test_troubles_appear_by_themselves(browser: Browser, furnished: Furnished) -> None:
    works(furnished.city, "Matrix der Stadt")
    with furnished.page(browser) as (page, _):
        page.goto("/desk/channels")
        expect(page.locator("#live")).to_have_text("Verbunden")
        row = page.locator("#channel-matrix-der-stadt")
        expect(row).to_contain_text("in Ordnung")
        fail(furnished.city, "Matrix der Stadt", Trouble.COMPETING)
        expect(row).to_contain_text("Jemand anderes liest dieses Konto auch.")
        row.get_by_role("button", name="Testen").click()
        expect(page.get_by_role("status").filter(has_text="Der Test ist bestanden")).to_be_visible()
        fail(furnished.city, "Matrix der Stadt", Trouble.SETTINGS)
        expect(page.locator("#channel-state")).to_contain_text("Bitte prüfen Sie die Einstellungen")
