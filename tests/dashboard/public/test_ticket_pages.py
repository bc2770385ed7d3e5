"""A ticket's page: everything for who has the link, the state alone for number and code."""

import pytest
from sqlalchemy import func, select

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.tickets import service as tickets
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import TicketStatus
from tests.dashboard.public.browser import Browser, photo, picture, visible
from tests.support.city import City, value

LAMP = {"text": "Die Straßenlaterne ist seit gestern aus.", "place": "Dhünnstraße 14"}


ADDED = "Jetzt <i>brummt</i> sie."


def load(city: City, address: str) -> Ticket:
    with city.database.read() as session:
        token = address.removeprefix("/t/")
        return session.scalars(select(Ticket).where(Ticket.token == token)).one()


def set_status(city: City, address: str, status: TicketStatus, note: str | None = None) -> None:
    found = load(city, address)
    with city.database.unit_of_work() as session:
        tickets.change_status(
            session,
            found.id,
            status,
            version=found.version,
            public_note=note,
            internal_note="Nur für uns",
            actor=Actor(ActorKind.CLI),
            now=clock.now(),
        )


def own_messages(city: City, address: str) -> int:
    with city.database.read() as session:
        return session.scalars(
            select(func.count(TicketEvent.id)).where(
                TicketEvent.ticket_id == load(city, address).id, TicketEvent.kind == "message"
            )
        ).one()


def test_the_link_needs_no_cookie_and_sets_none(city: City) -> None:
    address = Browser(city).reported(LAMP)
    answer = Browser(city).get(address)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in answer.text


def test_the_story_is_in_the_citizens_words(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    set_status(city, address, TicketStatus.IN_PROGRESS, "Ein Trupp kommt am <b>Montag</b>.")
    page = browser.get(address).text
    words = visible(page)
    assert "In Bearbeitung" in words
    assert "Ein Trupp kommt am <b>Montag</b>." in words
    assert "<b>Montag" not in page
    assert "Nur für uns" not in words
    assert "„Die Straßenlaterne ist seit gestern aus.“" in words
    english = visible(browser.get(f"{address}?lang=en").text)
    assert "In progress" in english
    assert "What has happened so far" in english


@pytest.mark.parametrize(
    ("status", "steps"), [(TicketStatus.RESOLVED, 4), (TicketStatus.NOT_RESPONSIBLE, 0)]
)
def test_a_closed_ticket_can_be_opened_again(city: City, status: TicketStatus, steps: int) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    set_status(city, address, status, "Ist erledigt.")
    page = browser.get(address).text
    assert page.count('class="step-done"') == steps
    form = {"csrf": value(page, "csrf")}
    for _ in range(2):
        assert browser.client.post(f"{address}/reopen", data=form).status_code == 303
    assert load(city, address).status is TicketStatus.REOPENED
    assert "Wieder geöffnet" in visible(browser.get(address).text)


def test_a_report_can_be_taken_back(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    assert browser.client.post(f"{address}/withdraw").status_code == 403
    form = {"csrf": value(browser.get(address).text, "csrf")}
    for _ in range(2):
        assert browser.client.post(f"{address}/withdraw", data=form).status_code == 303
    assert load(city, address).status is TicketStatus.WITHDRAWN


def test_number_and_code_show_the_state_and_nothing_of_the_citizen(city: City) -> None:
    address = Browser(city).reported(LAMP, [photo("a.png", picture())])
    set_status(city, address, TicketStatus.PLANNED, "Am Montag.")
    found = load(city, address)
    form = {"number": f" {found.number.lower()} ", "code": found.check_code.lower()}
    answer = Browser(city).post("/t", form, form="/t")
    assert answer.status_code == 200
    words = visible(answer.text)
    assert "Am Montag." in words
    for secret in (LAMP["text"], LAMP["place"], found.check_code, found.token, "<img"):
        assert secret not in words
        assert secret not in answer.text


def test_unknown_and_wrong_look_the_same(city: City) -> None:
    found = load(city, Browser(city).reported(LAMP))
    tries = [
        {"number": found.number, "code": "CCCCCC"},
        {"number": "LEV-2026-999999", "code": found.check_code},
        {"number": found.number, "code": ""},
        {"number": "", "code": ""},
        {"number": "\x00\u202e'; --", "code": "<script>"},
    ]
    pages = []
    for typed in tries:
        answer = Browser(city).post("/t", typed, form="/t")
        assert answer.status_code == 422
        pages.append(visible(answer.text))
    assert set(pages) == {pages[0]}
    assert "passen nicht zusammen" in pages[0]


def test_guessing_is_limited_by_address(city: City) -> None:
    browser = Browser(city)
    form = {"csrf": value(browser.get("/t").text, "csrf"), "number": "LEV-2026-000001"}
    answers = [browser.client.post("/t", data=form | {"code": f"C{n:05}"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    words = visible(answers[-1].text)
    assert "sehr viele Versuche" in words
    assert "gesendet" not in words
    assert browser.client.post("/t", data={"number": "x"}).status_code == 403


@pytest.mark.parametrize("token", ["x", "a" * 2000, "%00", "..%2f..", "%F0%9F%92%A1", "%ff"])
def test_a_link_that_opens_nothing_is_a_page_in_plain_words(city: City, token: str) -> None:
    answer = Browser(city).get(f"/t/{token}")
    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text
    assert Browser(city).get(f"/t/{token}/photos/p1").status_code == 404


def test_a_message_is_added_once_with_its_photo(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    page = browser.get(address).text
    form = {
        "csrf": value(page, "csrf"),
        "key": value(page, "key"),
        "text": "Jetzt <i>brummt</i> sie.",
    }
    answers = [
        browser.client.post(
            f"{address}/messages", data=form, files=[photo("b.jpg", picture("JPEG"))]
        )
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [303] * 3
    assert own_messages(city, address) == 1
    shown = browser.get(answers[0].headers["location"]).text
    assert "Ihre Nachricht ist angekommen" in visible(shown)
    assert "„Jetzt <i>brummt</i> sie.“" in visible(shown)
    assert "<i>brummt" not in shown
    assert shown.count("<img ") == 1
    assert "Rufen Sie 112 an." not in visible(shown)


def test_a_message_that_does_not_work_is_kept(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    csrf = value(browser.get(address).text, "csrf")
    unsigned = browser.client.post(f"{address}/messages", data={"text": "Bleibt stehen"})
    assert unsigned.status_code == 403
    assert "Bleibt stehen" in unsigned.text
    empty = browser.client.post(f"{address}/messages", data={"csrf": csrf, "text": " "})
    assert empty.status_code == 422
    broken = browser.client.post(
        f"{address}/messages",
        data={"csrf": csrf, "text": "Mit Bild"},
        files=[photo("x.png", b"PK\x03\x04 no picture")],
    )
    assert broken.status_code == 422
    assert "Mit Bild" in broken.text
    assert own_messages(city, address) == 0


def test_an_emergency_in_a_message_reads_where_help_is(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    answer = browser.post(
        f"{address}/messages", {"text": "Hilfe, es brennt, hier ist jemand verletzt!"}, form=address
    )
    assert "Rufen Sie 112 an." in visible(browser.get(answer.headers["location"]).text)


def test_messages_of_a_ticket_are_limited(city: City) -> None:
    browser = Browser(city)
    address = browser.reported(LAMP)
    csrf = value(browser.get(address).text, "csrf")
    answers = [
        browser.client.post(
            f"{address}/messages", data={"csrf": csrf, "key": f"number-{n:04}", "text": f"Nr. {n}"}
        ).status_code
        for n in range(31)
    ]
    assert answers == [303] * 30 + [429]
    assert own_messages(city, address) == 30
