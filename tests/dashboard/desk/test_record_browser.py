"""A call taken down in a real browser: by keyboard alone, with hints that disturb nobody."""

import io
import re
from collections.abc import Iterator

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from bot.staff.states import Role
from bot.tickets.models import Ticket
from tests.support import browser as browsers
from tests.support.browser import Witness, axe, tab_to
from tests.support.city import City, Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("own_city", ["sqlite"], indirect=True),
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]
_IS_WIDE = "document.documentElement.scrollWidth > innerWidth"
_IS_ONE_LINE = """(one) => {
  const text = document.createRange();
  text.selectNodeContents(one);
  const [line, ...more] = text.getClientRects();
  return more.length === 0 && line.width <= one.clientWidth;
}"""
_WRITE = """(one, text) => {
  one.textContent = text;
  one.classList.toggle('slip-number-long', text.length > 15);
}"""
_ENLARGE = """(one) => {
  document.querySelector('.slip').replaceChildren(one);
  one.style.width = '480px';
}"""
_SIZES = """() => [...document.querySelectorAll('.slip *')].filter(
  (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).map(
  (one) => parseFloat(getComputedStyle(one).fontSize) * 0.75)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def desk(own_city: City) -> Desk:
    own_city.app.language.warm_up()  # while it loads there is no guess
    return own_city.staff(Role.MANAGER)


def newest(city: City) -> Ticket:
    with city.database.read() as session:
        return session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.name || document.activeElement.innerText")
    return found


def take_down(page: Page, witness: Witness, place: str) -> None:
    """Fill in the form and send it, without a mouse."""
    page.goto("/desk/record")
    assert focused(page) == "origin"
    page.keyboard.press("ArrowRight")  # the counter
    page.keyboard.press("Tab")
    assert focused(page) == "text"
    page.keyboard.type("Die Straßenlaterne vor dem Haus ist seit gestern aus")
    expect(page.locator("#guess")).to_contain_text("EVL")
    assert focused(page) == "text"
    page.keyboard.type(", es ist sehr dunkel.")
    expect(page.locator("#text")).to_have_value(re.compile("aus, es ist sehr dunkel.$"))
    page.keyboard.press("Tab")
    page.keyboard.type(place)
    tab_to(page, page.locator("[name=name]"))
    page.keyboard.type("Ada Muster")
    tab_to(page, page.get_by_role("button", name="Aufnehmen"))
    assert witness.console == []


def test_a_call_by_keyboard_alone_and_its_slip(
    browser: Browser, own_city: City, desk: Desk
) -> None:
    for place in ("Dhünnstraße 14", "Dhünnstr. 16"):
        with browsers.window(browser, own_city.url) as (_, page, witness):
            browsers.enter(page, own_city.url, desk.client)
            take_down(page, witness, place)
            if place.endswith("16"):
                expect(page.locator("#known")).to_contain_text("Dhünnstraße 14")
                expect(page.locator("#known")).to_contain_text("gleicher Ort")
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Aufgenommen")).to_be_visible()
            stored = newest(own_city)
            assert (stored.place, stored.origin) == (place, "counter")
            expect(page.locator(".spoken")).to_contain_text(stored.check_code)
            tab_to(page, page.get_by_role("link", name="Zettel drucken"))
            page.keyboard.press("Enter")
            expect(page.get_by_role("button", name="Drucken")).to_be_visible()
            check_slip(page, f"{own_city.url}/t/{stored.token}")
            assert witness.console == []
            assert witness.foreign == []


def check_slip(page: Page, address: str) -> None:
    """The print is large, holds the bar no more, and its picture is the code of `address`."""
    page.emulate_media(media="print")
    expect(page.locator(".slip-bar")).to_be_hidden()
    assert min(page.evaluate(_SIZES)) >= 18
    number = page.locator(".slip-number")
    for text in ("WWW-2026-000000", "WWWWWW-2026-000000", number.text_content() or ""):
        number.evaluate(_WRITE, text)
        for width in (800, 272, 210):  # pixels: a sheet, and the paper of two receipts
            page.set_viewport_size({"width": width, "height": 900})
            assert not page.evaluate(_IS_WIDE), width
            assert number.evaluate(_IS_ONE_LINE), (width, text)
    page.set_viewport_size({"width": 800, "height": 900})
    for key in page.locator(".slip-large").all():
        size = key.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
        assert round(size * 0.75, 2) >= 28
    assert len(re.findall(rb"/Type ?/Page\b", page.pdf(format="A5"))) == 1
    page.locator(".slip-qr").evaluate(_ENLARGE)  # whole pixels for each module
    picture = Image.open(io.BytesIO(page.locator("svg.qr").screenshot())).convert("L")
    expected = list(segno.make(address, error="m", micro=False).matrix_iter(border=4))
    step = picture.width / len(expected)
    middle = [round((place + 0.5) * step) for place in range(len(expected))]
    shown = [[picture.getpixel((x, y)) for x in middle] for y in middle]
    assert [[int(dot < 128) for dot in row] for row in shown] == [list(row) for row in expected]  # type: ignore[operator]


def test_control_and_enter_send_the_form(browser: Browser, own_city: City, desk: Desk) -> None:
    with browsers.window(browser, own_city.url) as (_, page, _):
        browsers.enter(page, own_city.url, desk.client)
        page.goto("/desk/record")
        page.get_by_label("Wo genau?").fill("Rathaus")
        page.get_by_label("Was ist passiert?").press_sequentially("Hier liegt Müll.")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", name="Aufgenommen")).to_be_visible()


def test_an_emergency_shows_while_somebody_types(
    browser: Browser, own_city: City, desk: Desk
) -> None:
    with browsers.window(browser, own_city.url, width=320, height=600) as (_, page, _):
        browsers.enter(page, own_city.url, desk.client)
        page.goto("/desk/record")
        page.get_by_label("Was ist passiert?").press_sequentially("Hilfe, es brennt!")
        alert = page.locator("#emergency")
        expect(alert).to_contain_text("112")
        expect(alert).to_be_in_viewport()
        assert focused(page) == "text"


def test_a_session_that_ends_meanwhile_costs_no_word(
    browser: Browser, own_city: City, desk: Desk
) -> None:
    with browsers.window(browser, own_city.url) as (context, page, _):
        browsers.enter(page, own_city.url, desk.client)
        page.goto("/desk/record")
        expect(page.locator("#live")).to_have_text("Verbunden")
        page.get_by_label("Wo genau?").fill("Rathaus")
        page.get_by_label("Was ist passiert?").press_sequentially("Hier liegt")
        context.clear_cookies()
        with page.expect_response("**/desk/alarms/line"):  # other pages load themselves anew
            fire = {"text": "Hilfe, es brennt!", "place": "Rathaus"}
            assert desk.post("/desk/record", fire).status_code == 303
        page.get_by_label("Was ist passiert?").press_sequentially(" Müll.")
        expect(page.locator("#hints")).to_contain_text("Sie sind abgemeldet")
        browsers.enter(page, own_city.url, own_city.staff(Role.MANAGER).client)  # in another tab
        for heading in ("Anruf oder Besuch aufnehmen", "Aufgenommen"):
            page.get_by_role("button", name="Aufnehmen").click()
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        with own_city.database.read() as session:
            assert session.get_one(Ticket, newest(own_city).id).description == "Hier liegt Müll."


def test_it_works_without_a_script(browser: Browser, own_city: City, desk: Desk) -> None:
    with browsers.window(browser, own_city.url, width=320, script=False) as (_, page, _):
        browsers.enter(page, own_city.url, desk.client)
        page.goto("/desk/tickets")
        page.get_by_role("link", name="Anruf oder Besuch aufnehmen").click()
        page.get_by_label("Was ist passiert?").fill("Hier liegt Müll.")
        page.get_by_role("button", name="Aufnehmen").click()
        expect(page.get_by_role("alert")).to_contain_text("wo das ist")
        expect(page.get_by_label("Was ist passiert?")).to_have_value("Hier liegt Müll.")
        page.get_by_label("Wo genau?").fill("Rathaus")
        page.get_by_role("button", name="Aufnehmen").click()
        page.get_by_role("link", name="Zettel drucken").click()
        expect(page.locator(".slip")).to_contain_text(newest(own_city).check_code)
        expect(page.get_by_role("button", name="Drucken")).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Browser,
    own_city: City,
    desk: Desk,
    width: int,
    dark: bool,  # noqa: FBT001
) -> None:
    window = browsers.window(browser, own_city.url, width=width, dark=dark, bypass_csp=True)
    with window as (_, page, _):
        browsers.enter(page, own_city.url, desk.client)
        page.goto("/desk/record")
        page.get_by_label("Wo genau?").fill("Dhünnstraße 20")
        page.get_by_label("Was ist passiert?").press_sequentially("Die Laterne ist aus.")
        expect(page.locator("#guess")).to_be_visible()
        assert axe(page) == []
        assert not page.evaluate(_IS_WIDE)
        page.get_by_label("Wo genau?").fill("")
        page.get_by_role("button", name="Aufnehmen").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert axe(page) == []
        page.get_by_label("Wo genau?").fill("Dhünnstraße 20")
        page.context.clear_cookies()
        page.get_by_role("button", name="Aufnehmen").click()
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.get_by_role("alert")).to_contain_text("Sie sind abgemeldet")
        assert axe(page) == []
        assert not page.evaluate(_IS_WIDE)
        browsers.enter(page, own_city.url, desk.client)  # in another tab
        page.get_by_role("button", name="Aufnehmen").click()
        expect(page.get_by_role("alert")).to_contain_text("Alles steht noch da")
        page.get_by_role("button", name="Aufnehmen").click()
        expect(page.get_by_role("heading", name="Aufgenommen")).to_be_visible()
        for _ in range(2):
            assert axe(page) == []
            assert not page.evaluate(_IS_WIDE)
            page.goto(f"/desk/tickets/{newest(own_city).number}/slip")
