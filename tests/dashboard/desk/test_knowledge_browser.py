"""Articles and suggestions in a real browser: accessible, by keyboard, small, without a script."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.staff.states import Role
from tests.dashboard.desk.test_suggestions import PERSON, thread, waiting
from tests.support import browser as browsers
from tests.support.browser import Witness, axe, tab_to
from tests.support.city import Citizen, City, Desk, value

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("own_city", ["sqlite"], indirect=True),
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
_IS_WIDE = "document.documentElement.scrollWidth > innerWidth"
ARTICLE = re.compile(r"^Sperrmüll holt die AVEA ab")
BOTH = re.compile(r"^Guten Tag!\n\nSperrmüll holt die AVEA ab")
QUESTION = f"{PERSON} Wie melde ich Sperrmüll an?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    return own_city


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


@contextmanager
def window(
    browser: Browser,
    city: City,
    desk: Desk,
    *,
    width: int = 1440,
    dark: bool = False,
    script: bool = True,
    bypass_csp: bool = False,
) -> Iterator[tuple[Page, Witness]]:
    opened = browsers.window(
        browser, city.url, width=width, dark=dark, script=script, bypass_csp=bypass_csp
    )
    with opened as (_, page, witness):
        browsers.enter(page, city.url, desk.client)
        yield page, witness


def insert(page: Page) -> None:
    page.get_by_role("button", name="Einfügen Sperrmüll anmelden").click()


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Browser,
    city: City,
    desk: Desk,
    width: int,
    dark: bool,  # noqa: FBT001
) -> None:
    press = waiting(city, f"{PERSON} Ich habe eine Presseanfrage für ein Interview.")
    with window(browser, city, desk, width=width, dark=dark, bypass_csp=True) as (page, _):
        for path in (
            "/desk/knowledge",
            "/desk/knowledge?q=Sperrm%C3%BCll",
            "/desk/knowledge/sperrmuell",
            "/desk/knowledge/intern-presse",
            "/desk/knowledge/new",
            "/desk/knowledge/sperrmuell/edit",
            thread(press),
        ):
            page.goto(path)
            if path == thread(press):
                expect(page.locator(".suggestion").first).to_be_visible()
            assert axe(page) == [], path
            assert not page.evaluate(_IS_WIDE), path
        page.locator(".suggestion summary").first.click()
        page.get_by_role("button", name="Einfügen").first.click()
        expect(page.locator("#composer-alert")).to_contain_text("internen Artikel")
        assert axe(page) == []
        page.goto("/desk/knowledge/new")
        page.get_by_role("button", name="Speichern").evaluate("(one) => one.form.noValidate = true")
        page.get_by_role("button", name="Speichern").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert axe(page) == []
        assert not page.evaluate(_IS_WIDE)


def test_a_suggestion_joins_what_is_being_typed_and_is_sent_by_hand_only(
    browser: Browser, city: City, desk: Desk
) -> None:
    someone = waiting(city, QUESTION)
    with window(browser, city, desk) as (page, witness):
        page.goto(thread(someone))
        expect(page.locator("#live")).to_have_text("Verbunden")
        box = page.locator("#text")
        box.press_sequentially("Guten Tag!")
        insert(page)
        expect(box).to_have_value(BOTH)
        expect(box).to_be_focused()
        expect(page.locator("#draft-state")).to_have_text("Entwurf gespeichert")
        page.reload()
        expect(box).to_have_value(BOTH)
        expect(page.locator("#messages")).not_to_contain_text("Guten Tag!")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator("#messages")).to_contain_text("Guten Tag!")
        expect(box).to_have_value("")
        expect(page.locator(".suggestion")).to_have_count(0)
    assert someone.hears().startswith("Guten Tag!\n\nSperrmüll holt die AVEA ab")
    assert witness.console == []
    assert witness.foreign == []


def test_a_suggestion_is_taken_by_keyboard(browser: Browser, city: City, desk: Desk) -> None:
    someone = waiting(city, QUESTION)
    with window(browser, city, desk) as (page, _):
        page.goto(thread(someone))
        expect(page.locator(".suggestion")).to_be_visible()
        tab_to(page, page.locator(".suggestion summary"))
        page.keyboard.press("Enter")
        expect(page.locator(".suggestion .told")).to_be_visible()
        page.keyboard.press("Tab")
        tab_to(page, page.get_by_role("button", name="Einfügen Sperrmüll anmelden"))
        page.keyboard.press("Enter")
        expect(page.locator("#text")).to_be_focused()
        expect(page.locator("#text")).to_have_value(ARTICLE)


def test_a_suggestion_works_without_a_script(browser: Browser, city: City, desk: Desk) -> None:
    someone = waiting(city, QUESTION)
    with window(browser, city, desk, width=320, script=False) as (page, _):
        page.goto(thread(someone))
        page.get_by_role("link", name="Vorschläge anzeigen").click()
        page.locator("#text").fill("Guten Tag!")
        insert(page)
        expect(page.locator("#text")).to_have_value(BOTH)
        assert not page.evaluate(_IS_WIDE)


def test_a_new_question_brings_its_suggestion_and_leaves_the_composer_alone(
    browser: Browser, city: City, desk: Desk
) -> None:
    someone = waiting(city, QUESTION)
    answer(desk, someone)
    with window(browser, city, desk) as (page, _):
        page.goto(thread(someone))
        expect(page.locator("#live")).to_have_text("Verbunden")
        expect(page.locator(".suggestion")).to_have_count(0)
        page.locator("#text").press_sequentially("Halb fertig")
        someone.says("Und wie hoch ist die Hundesteuer?")
        expect(page.locator(".suggestion")).to_contain_text("Hundesteuer")
        expect(page.locator("#text")).to_have_value("Halb fertig")
        expect(page.locator("#text")).to_be_focused()


def answer(desk: Desk, someone: Citizen) -> None:
    version = value(desk.get(thread(someone)).text, "version")
    form = {"mode": "reply", "text": "Gern!", "version": version}
    assert desk.post(f"{thread(someone)}/replies", form).status_code == 303
    someone.hears()


def test_an_article_is_written_without_a_script(browser: Browser, city: City, desk: Desk) -> None:
    with window(browser, city, desk, width=320, script=False) as (page, _):
        page.goto("/desk/knowledge")
        page.get_by_role("link", name="Neuer Artikel").click()
        page.get_by_label("Titel (Deutsch)").fill("Drachen steigen lassen")
        page.get_by_label("Text (Deutsch)").fill("Das ist auf den Rheinwiesen erlaubt.")
        page.get_by_label("Fragen und Suchwörter (Deutsch)").fill("Wo darf ich Drachen steigen?")
        page.get_by_label("Quelle").fill("Amtsblatt, 2026")
        page.get_by_label("Gültig bis").fill("2020-01-01")
        page.get_by_role("button", name="Speichern").click()
        expect(page.get_by_role("heading", name="Drachen steigen lassen")).to_be_visible()
        expect(page.get_by_text("abgelaufen", exact=True)).to_be_visible()
        page.get_by_role("link", name="Bearbeiten").click()
        page.get_by_text("Artikel löschen").click()
        page.get_by_role("button", name="Endgültig löschen").click()
        expect(page.get_by_text("Gelöscht.")).to_be_visible()
        expect(page.get_by_role("link", name="Drachen steigen lassen")).to_have_count(0)
