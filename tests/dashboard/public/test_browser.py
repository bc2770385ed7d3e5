"""The citizens' pages in a real browser: accessible, quiet, live, and whole without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import FilePayload, Page, expect

from tests.dashboard.public.browser import Browser, photo, picture
from tests.support import browser as browsers
from tests.support.browser import axe
from tests.support.city import City

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("city", ["sqlite"], indirect=True),
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
LAMP = {"text": "Die Straßenlaterne ist seit gestern aus.", "place": "Dhünnstraße 14"}
PAGES = (
    "/",
    "/chat",
    "/chat?embed=1",
    "/t",
    "/maerkte",
    "/maerkte/opladen",
    "/datenschutz",
    "/impressum",
    "/barrierefreiheit",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture
def paths(city: City) -> list[str]:
    """Every kind of page, among them a ticket, an alarm and a page that is not there."""
    citizen = Browser(city)
    ticket = citizen.reported(LAMP, [photo("a.png", picture(size=(320, 180)))])
    alarm = citizen.reported({"text": "Hilfe, hier brennt ein Haus!", "place": "Rathaus"})
    return [*PAGES, ticket, f"{ticket}?new=1", f"{alarm}?new=1", "/gibt-es-nicht"]


def fits(page: Page) -> bool:
    return not page.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Chromium, city: City, paths: list[str], width: int, scheme: str
) -> None:
    with browsers.window(
        browser, city.url, width=width, dark=scheme == "dark", bypass_csp=True
    ) as (_, page, _):
        for path in paths:
            page.goto(path)
            assert axe(page) == [], path
            assert fits(page), path


def test_a_refused_report_is_accessible_and_takes_the_focus(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, width=390, bypass_csp=True) as (_, page, _):
        page.goto("/")
        page.get_by_label("Was ist passiert?").fill("Laterne kaputt")
        page.get_by_role("button", name="Meldung senden").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_label("Was ist passiert?")).to_have_value("Laterne kaputt")
        assert axe(page) == []


def test_no_other_host_is_asked_and_the_console_stays_empty(
    browser: Chromium, city: City, paths: list[str]
) -> None:
    with browsers.window(browser, city.url) as (_, page, witness):
        for path in paths[:-1]:
            page.goto(path)
    assert witness.foreign == []
    assert witness.console == []


def test_the_chat_answers_live_and_doubles_nothing(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, width=390) as (_, page, _):
        page.goto("/chat")
        text = page.get_by_label("Ihre Nachricht")
        text.fill("Die Straßenlaterne ist kaputt")
        text.press("Control+Enter")
        choice = page.get_by_role("button", name="Ich kenne den Ort nicht")
        expect(choice).to_be_visible()
        expect(text).to_be_focused()
        expect(text).to_have_value("")
        choice.click()
        expect(page.locator("#messages")).to_contain_text("LEV-")
        expect(page.locator(".chat-own")).to_have_count(2)
        page.reload()
        expect(page.locator(".chat-own")).to_have_count(2)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
@pytest.mark.parametrize("path", ["/chat", "/chat?embed=1"])
def test_what_is_typed_stays_in_sight(
    browser: Chromium, city: City, width: int, height: int, path: str
) -> None:
    with browsers.window(browser, city.url, width=width, height=height) as (_, page, _):
        page.goto(path)
        for number in range(2, 4):
            page.get_by_label("Ihre Nachricht").fill("Die Straßenlaterne ist kaputt")
            page.get_by_label("Ihre Nachricht").press("Control+Enter")
            expect(page.locator("#messages .chat-msg")).to_have_count(2 * number - 1)
        for part in ("#text", ".chat-send"):
            expect(page.locator(part)).to_be_in_viewport(ratio=1)
        assert page.evaluate("scrollY") == 0


def test_a_photo_alone_can_be_sent(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, width=390) as (_, page, _):
        page.goto("/chat")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator("#chat-state")).to_contain_text("Bitte schreiben Sie etwas")
        page.locator("summary").click()
        lamp = FilePayload(name="lampe.png", mimeType="image/png", buffer=picture())
        page.locator("#photos").set_input_files(lamp)
        page.get_by_role("button", name="Senden").click()
        expect(page.locator(".chat-own img")).to_be_visible()


def test_the_chat_keeps_what_could_not_be_sent(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, width=390) as (_, page, _):
        page.goto("/chat")
        page.locator("summary").click()
        four = [FilePayload(name=f"{n}.png", mimeType="image/png", buffer=b"x") for n in range(4)]
        page.locator("#photos").set_input_files(four)
        text = page.get_by_label("Ihre Nachricht")
        text.fill("Vier Bilder")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator("#chat-state")).to_contain_text("höchstens 3 Bilder")
        expect(text).to_have_value("Vier Bilder")


def test_reporting_and_asking_work_without_a_script(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, width=320, script=False) as (_, page, _):
        page.goto("/")
        page.get_by_label("Was ist passiert?").fill(LAMP["text"])
        page.get_by_label("Wo genau?").fill(LAMP["place"])
        page.get_by_role("button", name="Meldung senden").click()
        expect(page.get_by_role("status")).to_contain_text("Ihre Meldung ist da")
        page.goto("/chat")
        page.get_by_label("Ihre Nachricht").fill("Guten Tag")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator("#messages")).to_contain_text("Guten Tag")


def test_the_widget_opens_and_closes_by_keyboard(browser: Chromium, city: City) -> None:
    with browsers.window(browser, city.url, bypass_csp=True) as (_, page, _):
        page.goto("/impressum")
        page.add_script_tag(url="/widget.js")
        opener = page.get_by_role("button", name="Chat öffnen")
        opener.press("Enter")
        frame = page.frame_locator("iframe")
        expect(frame.get_by_label("Ihre Nachricht")).to_be_visible()
        page.get_by_role("button", name="Chat schließen").press("Enter")
        expect(opener).to_be_focused()
