"""Judging in a real browser: accessible, by keyboard, without a script, on a small screen too."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot import clock
from bot.audit.service import CLI
from bot.staff.states import Role
from bot.understanding import service as understanding
from bot.understanding.queries import Figures
from bot.understanding.service import Trained
from nlp import heads
from tests.dashboard.desk.test_learning import meaning, says, thread
from tests.support import browser as browsers
from tests.support import city as cities
from tests.support.browser import axe
from tests.support.city import City, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
_IS_WIDE = "document.documentElement.scrollWidth > innerWidth"
_UNCLEAR = "Da ist so ein Ding beim Dings in der Dhünnstraße"


@pytest.fixture(scope="module")
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    with cities.on_engine("sqlite", request, tmp_path_factory.mktemp("city")) as town:
        good, bad = Figures(0.91, 0.8, 28, 28), Figures(0.5, 0.8, 27, 28)
        with town.database.unit_of_work() as session:
            for name, after, refusals in (
                ("own-first", good, ()),
                ("own-second", bad, ("intents", "emergencies")),
            ):
                weights = heads.written(replace(heads.shipped(), name=name))
                trained = Trained(weights, 34, good, after, refusals)
                understanding.keep(session, trained, actor=CLI, now=clock.now())
        yield town


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.ADMIN)


@pytest.fixture(scope="module")
def addresses(city: City) -> dict[str, str]:
    lamp = says(city, "Die Laterne vor der Dhünnstraße 14 ist kaputt")
    says(city, _UNCLEAR)
    return {
        "thread": thread(lamp),
        "meaning": meaning(lamp),
        "queue": "/desk/learning",
        "models": "/desk/learning/models",
    }


@pytest.mark.parametrize("name", ["thread", "meaning", "queue", "models"])
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (320, False)])
def test_the_pages_are_accessible_and_fit(
    browser: Browser,
    city: City,
    desk: Desk,
    addresses: dict[str, str],
    name: str,
    width: int,
    *,
    dark: bool,
) -> None:
    shown = browsers.window(browser, city.url, width=width, dark=dark, bypass_csp=True)
    with shown as (_, page, witness):
        browsers.enter(page, city.url, desk.client)
        page.goto(addresses[name])
        if name == "thread":
            page.locator("details.why summary").first.click()
            expect(page.locator("details.why mark").first).to_be_visible()
        assert axe(page) == []
        assert not page.evaluate(_IS_WIDE)
        assert witness.console == []
        assert witness.foreign == []
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}-{dark}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False])
def test_two_presses_of_the_keyboard_say_that_it_was_right(
    browser: Browser, city: City, desk: Desk, *, script: bool
) -> None:
    citizen = says(city, "Die Laterne vor der Dhünnstraße 14 ist kaputt")
    with browsers.window(browser, city.url, script=script) as (_, page, witness):
        browsers.enter(page, city.url, desk.client)
        page.goto(thread(citizen))
        browsers.tab_to(page, page.locator("details.why summary"))
        page.keyboard.press("Enter")
        browsers.tab_to(page, page.get_by_role("button", name="Stimmt"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{thread(citizen)}#*")
        expect(page.locator("details.why summary")).to_contain_text("geprüft")
        assert witness.console == []


def test_what_is_read_stays_open_when_news_come(browser: Browser, city: City, desk: Desk) -> None:
    citizen = says(city, "Die Laterne vor der Dhünnstraße 14 ist kaputt")
    with browsers.window(browser, city.url) as (_, page, _witness):
        browsers.enter(page, city.url, desk.client)
        page.goto(thread(citizen))
        page.locator("details.why summary").first.click()
        citizen.says("Hallo, noch jemand da?")
        citizen.hears()
        expect(page.locator("#messages")).to_contain_text("noch jemand da?")
        expect(page.locator("details.why").first).to_have_attribute("open", "")


def test_a_doubtful_message_is_set_right_by_keyboard(
    browser: Browser, city: City, desk: Desk
) -> None:
    with browsers.window(browser, city.url, width=390) as (_, page, witness):
        browsers.enter(page, city.url, desk.client)
        page.goto("/desk/learning")
        browsers.tab_to(page, page.get_by_role("link", name="Etwas anderes …").first)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Was war gemeint?")
        for box in page.locator("input[name=intents]:checked").all():
            box.press("Space")
        browsers.tab_to(page, page.get_by_label("Anregung, Idee, Lob"))
        page.keyboard.press("Space")
        browsers.tab_to(page, page.get_by_role("button", name="Speichern"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_be_attached()
        expect(page.locator("main")).to_contain_text("Gemerkt.")
        assert witness.console == []
