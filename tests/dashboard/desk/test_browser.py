"""The desk in a real browser: accessible, quiet, usable without a script and without a mouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from tests.dashboard.desk.test_lists import break_delivery, poison
from tests.support import browser as browsers
from tests.support import files
from tests.support.browser import Witness, axe
from tests.support.city import PASSWORD, Citizen, City, Desk, value

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("own_city", ["sqlite"], indirect=True),
    pytest.mark.skipif(not browsers.CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as launched:
        yield launched


@dataclass(frozen=True, slots=True)
class Furnished:
    """A desk with something on every page."""

    city: City
    desk: Desk
    citizen: Citizen
    pages: dict[str, str]

    @contextmanager
    def page(
        self,
        browser: Browser,
        *,
        width: int = 1440,
        dark: bool = False,
        script: bool = True,
        bypass_csp: bool = False,
    ) -> Iterator[tuple[Page, Witness]]:
        """Open a browser window in which the desk's colleague is logged in."""
        with browsers.window(
            browser,
            self.city.url,
            width=width,
            dark=dark,
            script=script,
            bypass_csp=bypass_csp,
        ) as (_, page, witness):
            browsers.enter(page, self.city.url, self.desk.client)
            yield page, witness


def person(city: City, name: str | None, text: str, *, with_files: bool = False) -> Citizen:
    citizen = city.citizen(name=name)
    sent: tuple[dict[str, str], ...] = ()
    if with_files:
        sent = (
            {"name": "loch.png", "media_type": "image/png", "content_base64": files.png()},
            {"name": "plan.pdf", "media_type": "application/pdf", "content_base64": files.pdf()},
            {"name": "x.html", "media_type": "text/html", "content_base64": files.html()},
        )
    citizen.says(text, attachments=sent)
    citizen.hears()
    return citizen


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: on the first page of its lists stand these tests' people."""
    return own_city


@pytest.fixture(scope="module")
def furnished(city: City) -> Furnished:
    hole = person(city, "Paula Pfütze", "Großes Schlagloch, Dhünnstraße 14", with_files=True)
    person(city, "Nora Not", "Hilfe, es brennt in der Dhünnstraße 14!")
    asking = person(city, None, "Ich möchte mit einem Menschen sprechen")
    for citizen, state in ((hole, DeliveryState.DEAD), (asking, DeliveryState.UNCONFIRMED)):
        break_delivery(city, citizen.thread, state)
    poison(city, "thread-browser")
    person(city, "Sven Sauer", "Ihr Idioten!")
    desk = city.staff(Role.MANAGER)
    conversation = f"/desk/conversations/{hole.conversation_id}"
    version = value(desk.get(conversation).text, "version")
    note = {"mode": "note", "text": "Nur für uns", "version": version}
    desk.post(f"{conversation}/replies", note)
    ticket = f"/desk/tickets/{hole.ticket_number}"
    pages = {
        "list": "/desk",
        "conversation": conversation,
        "asking": f"/desk/conversations/{asking.conversation_id}",
        "open": "/desk?status=open",
        "closed": "/desk?status=closed",
        "tickets": "/desk/tickets",
        "ticket": ticket,
        "failed": "/desk/failed",
        "quarantine": "/desk/quarantine",
        "moderation": "/desk/moderation",
        "alarms": "/desk/alarms",
        "texts": "/desk/texts",
        "text": "/desk/texts/impressum",
        "account": "/desk/account",
    }
    return Furnished(city, desk, hole, pages)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_are_accessible_and_fit(
    browser: Browser,
    furnished: Furnished,
    width: int,
    dark: bool,  # noqa: FBT001
) -> None:
    with furnished.page(browser, width=width, dark=dark, bypass_csp=True) as (page, _):
        for name, path in [*furnished.pages.items(), ("missing", "/desk/conversations/9999999")]:
            page.goto(path)
            assert axe(page) == [], name
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
        page.context.clear_cookies()
        page.goto("/desk/login")
        assert axe(page) == []


def test_refused_forms_are_accessible(browser: Browser, furnished: Furnished) -> None:
    with furnished.page(browser, width=390, bypass_csp=True) as (page, _):
        page.goto(furnished.pages["ticket"])
        page.get_by_label("Neuer Stand").select_option("resolved")
        page.get_by_role("button", name="Speichern").click()
        expect(page.get_by_role("alert")).to_be_focused()
        assert axe(page) == []


def test_console_stays_empty_and_no_other_host_is_asked(
    browser: Browser, furnished: Furnished
) -> None:
    with furnished.page(browser) as (page, witness):
        for path in furnished.pages.values():
            page.goto(path)
            expect(page.locator("#live")).to_have_text("Verbunden")
        page.goto("/desk")
        page.locator("#rows a").first.click()
        expect(page.locator("#conversation h1")).to_be_visible()
    assert witness.console == []
    assert witness.foreign == []


def test_everything_works_without_a_script(browser: Browser, furnished: Furnished) -> None:
    citizen = person(furnished.city, "Ohne Skript", "Ich möchte mit einem Menschen sprechen")
    with furnished.page(browser, script=False) as (page, _):
        page.context.clear_cookies()
        page.goto("/desk")
        page.get_by_label("Benutzername").fill(furnished.desk.username)
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        page.get_by_role("link", name="Ohne Skript").click()
        page.get_by_label("Nachricht an Ohne Skript").fill("Guten Tag!")
        page.get_by_role("button", name="Senden").click()
        assert citizen.hears() == "Guten Tag!"
        page.get_by_text("Interne Notiz").click()
        page.get_by_label("Nachricht an Ohne Skript").fill("Nur für uns")
        page.get_by_role("button", name="Senden").click()
        expect(page.locator(".msg-note")).to_contain_text("Nur für uns")
        page.get_by_label("Zuständig").select_option("")
        page.get_by_role("button", name="Zuweisen").click()
        expect(page.locator("#messages")).to_contain_text("hat die Zuweisung aufgehoben")
        page.get_by_role("button", name="An den Assistenten zurückgeben").click()
        page.get_by_role("button", name="Übernehmen").click()
        page.get_by_role("button", name="Schließen").click()
        page.get_by_role("button", name="Wieder öffnen").click()
        expect(page.get_by_role("button", name="Schließen")).to_be_visible()
        page.get_by_label("Unterhaltungen durchsuchen").fill("ohne skript")
        page.get_by_label("Unterhaltungen durchsuchen").press("Enter")
        expect(page.locator("#row-list > li")).to_have_count(1)


def test_stale_reply_without_a_script(browser: Browser, furnished: Furnished) -> None:
    city = furnished.city
    citizen = person(city, "Zwei Leute", "Ich möchte mit einem Menschen sprechen")
    address = f"/desk/conversations/{citizen.conversation_id}"
    with furnished.page(browser, script=False) as (page, _):
        page.goto(address)
        page.get_by_label("Nachricht an Zwei Leute").fill("Mein Text")
        answer(city.staff(Role.MANAGER), address, "Schneller")
        page.get_by_role("button", name="Senden").click()
        expect(page.get_by_role("heading", name="Nicht gesendet", exact=True)).to_be_visible()
        expect(page.locator("main")).to_contain_text("Schneller")
        page.get_by_role("button", name="Trotzdem senden").click()
        expect(page.locator("#messages")).to_contain_text("Mein Text")
    assert [citizen.hears(), citizen.hears()] == ["Schneller", "Mein Text"]


_LABELS = """() => [...document.querySelectorAll('.rail ul a')].filter(
  (item) => item.getClientRects().length).map((item) => {
  const range = document.createRange();
  range.selectNodeContents(item.querySelector('.label'));
  return {text: range.getBoundingClientRect().width, room: item.getBoundingClientRect().width,
    words: item.innerText};
})"""


def answer(desk: Desk, address: str, text: str) -> None:
    version = value(desk.get(address).text, "version")
    desk.post(f"{address}/replies", {"mode": "reply", "text": text, "version": version})


def test_live_update_keeps_text_and_focus_and_stale_reply_is_stopped(
    browser: Browser, furnished: Furnished
) -> None:
    city = furnished.city
    citizen = person(city, "Live Lena", "Ich möchte mit einem Menschen sprechen")
    colleague = city.staff(Role.MANAGER)
    address = f"/desk/conversations/{citizen.conversation_id}"
    with furnished.page(browser) as (page, _):
        page.goto(address)
        expect(page.locator("#live")).to_have_text("Verbunden")
        box = page.get_by_label("Nachricht an Live Lena")
        answer(colleague, address, "Ganz früh")  # nothing typed yet: no reason to stop later
        expect(page.locator("#messages")).to_contain_text("Ganz früh")
        box.press_sequentially("Halb fertig")
        answer(colleague, address, "Ich war schneller")
        expect(page.locator("#messages")).to_contain_text("Ich war schneller")
        expect(box).to_have_value("Halb fertig")
        expect(box).to_be_focused()
        expect(page.locator("#draft-state")).to_have_text("Entwurf gespeichert")
        box.press("Control+Enter")
        conflict = page.locator(".conflict")
        expect(conflict).to_contain_text("Ich war schneller")
        expect(conflict).not_to_contain_text("Ganz früh")
        expect(conflict).to_contain_text("Halb fertig")
        expect(box).to_have_value("Halb fertig")
        conflict.get_by_role("button", name="Trotzdem senden").click()
        expect(page.locator("#messages")).to_contain_text("Halb fertig")
        expect(page.get_by_label("Nachricht an Live Lena")).to_have_value("")
    heard = [citizen.hears() for _ in range(3)]
    assert heard == ["Ganz früh", "Ich war schneller", "Halb fertig"]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [320, 390])
def test_labels_of_the_bottom_bar_keep_apart(
    browser: Browser, furnished: Furnished, width: int, language: str
) -> None:
    furnished.desk.post("/desk/account/language", {"language": language})
    with furnished.page(browser, width=width) as (page, _):
        page.goto("/desk/tickets")
        labels = page.evaluate(_LABELS)
    furnished.desk.post("/desk/account/language", {"language": "de"})
    assert len(labels) == 6
    assert len([label for label in labels if label["room"]]) == 6
    assert [label for label in labels if label["text"] > label["room"]] == []


def test_new_conversation_appears_by_itself(browser: Browser, furnished: Furnished) -> None:
    with furnished.page(browser) as (page, _):
        page.goto("/desk")
        expect(page.locator("#live")).to_have_text("Verbunden")
        person(furnished.city, "Eben Erst", "Ich möchte mit einem Menschen sprechen")
        expect(page.locator("#rows")).to_contain_text("Eben Erst")


def test_an_alarm_appears_by_itself_and_somebody_takes_care(
    browser: Browser, furnished: Furnished
) -> None:
    with furnished.page(browser) as (page, _):
        page.goto("/desk/alarms")
        expect(page.locator("#live")).to_have_text("Verbunden")
        nina = person(furnished.city, "Nina Nochmal", "Hilfe, es brennt in der Dhünnstraße 16!")
        title = f"Notfall: Unterhaltung {nina.conversation_id}"
        expect(page.locator("#alarm-line")).to_contain_text("Notfall: Unterhaltung")
        mine = page.locator("#alarms li").filter(has_text=title)
        mine.get_by_role("button", name="Ich kümmere mich").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Alle sehen, dass Sie sich kümmern.")).to_be_visible()
        expect(mine).to_contain_text("bestätigt von")
        mine.get_by_role("link", name="Ansehen").click()
        expect(page.get_by_role("heading", name="Nina Nochmal")).to_be_visible()
        page.get_by_role("button", name="Schließen").click()


def test_alarms_work_without_a_script(browser: Browser, furnished: Furnished) -> None:
    person(furnished.city, "Ohne Alles", "Hilfe, es brennt in der Dhünnstraße 18!")
    with furnished.page(browser, script=False, width=320) as (page, _):
        page.goto("/desk/account")
        page.locator("#alarm-line a").click()
        expect(page.get_by_role("heading", name="Alarme")).to_be_visible()
        open_ones = page.get_by_role("button", name="Ich kümmere mich")
        before = open_ones.count()
        open_ones.first.click()
        expect(open_ones).to_have_count(before - 1)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_whole_turn_by_keyboard(browser: Browser, furnished: Furnished) -> None:
    citizen = person(furnished.city, "Tina Taste", "Ich möchte mit einem Menschen sprechen")
    with furnished.page(browser) as (page, _):
        page.goto("/desk?q=tina")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Zum Inhalt")).to_be_focused()
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("Boolean(document.activeElement.closest('#rows'))"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("#conversation h1")).to_have_text("Tina Taste")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id === 'text'"):
                break
        page.keyboard.type("Mit der Tastatur")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#messages")).to_contain_text("Mit der Tastatur")
        expect(page.locator("#text")).to_be_focused()
    assert citizen.hears() == "Mit der Tastatur"
