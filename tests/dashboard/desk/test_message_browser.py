"""Correcting and moderating in a real browser: accessible, by keyboard, on a small screen too."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.inbox.states import Direction
from bot.staff.states import Role
from tests.dashboard.desk.test_message import Abler, all_done, newest, thread
from tests.support import browser as browsers
from tests.support import city as cities
from tests.support.browser import axe
from tests.support.city import City, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
_IS_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with cities.on_engine("sqlite", request, folder, connectors=Abler()) as town:
        yield town


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def addresses(city: City, desk: Desk) -> dict[str, str]:
    """Return the pages of a public conversation with a colleague's reply in it."""
    someone = city.citizen(name="Karla Komet", public=True)
    someone.says("Wie ist der Stand meiner Meldung?")
    someone.hears()
    here = thread(someone)
    version = cities.value(desk.get(here).text, "version")
    form = {"text": "Worum geht es denn genau?", "mode": "reply", "version": version}
    assert desk.post(f"{here}/replies", form).status_code == 303
    someone.hears()
    return {
        "thread": here,
        "ours": f"{here}/messages/{newest(someone, Direction.OUTBOUND).id}",
        "theirs": f"{here}/messages/{newest(someone, Direction.INBOUND).id}",
    }


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


@pytest.mark.parametrize("name", ["thread", "ours", "theirs"])
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
        assert axe(page) == []
        assert not page.evaluate(_IS_WIDE)
        assert witness.console == []
        assert witness.foreign == []
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}-{dark}.png", full_page=True)


@pytest.mark.parametrize("script", [True, False])
def test_a_reply_is_corrected_by_keyboard_alone(
    browser: Browser, city: City, desk: Desk, addresses: dict[str, str], *, script: bool
) -> None:
    with browsers.window(browser, city.url, script=script) as (_, page, witness):
        browsers.enter(page, city.url, desk.client)
        page.goto(addresses["thread"])
        browsers.tab_to(page, page.locator("#messages a", has_text="ändern").last)
        page.keyboard.press("Enter")
        page.wait_for_url(addresses["ours"])
        browsers.tab_to(page, page.get_by_label("Neuer Text"))
        page.keyboard.press("Control+A")
        page.keyboard.type(f"Was können wir tun? {script}")
        browsers.tab_to(page, page.get_by_role("button", name="Ändern"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{addresses['thread']}#*")
        city.until(lambda: all_done(city))
        page.reload()
        text = page.locator("#messages", has_text=f"Was können wir tun? {script}")
        expect(text).to_be_visible()
        assert witness.console == []
