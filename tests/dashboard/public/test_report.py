"""Reporting by form: a ticket at once, once, with or without everything optional."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.tickets.models import Ticket
from tests.dashboard.public.browser import Browser, between, photo, picture, visible
from tests.support.city import City, value

LAMP = {"text": "Die Straßenlaterne ist seit gestern aus.", "place": "Dhünnstraße 14"}


def ticket(city: City, address: str) -> Ticket:
    with city.database.read() as session:
        token = address.removeprefix("/t/").partition("?")[0]
        return session.scalars(select(Ticket).where(Ticket.token == token)).one()


def count(city: City) -> int:
    with city.database.read() as session:
        return session.scalars(select(func.count(Ticket.id))).one()


def test_a_report_becomes_a_ticket_of_the_right_office(city: City) -> None:
    browser = Browser(city)
    answer = browser.report(LAMP | {"name": "Ada Muster", "contact": "ada@example.org"})
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"])
    stored = ticket(city, answer.headers["location"])
    assert (stored.category_id, stored.place) == ("street_light", "Dhünnstraße 14")
    assert (stored.reporter_name, stored.reporter_email) == ("Ada Muster", "ada@example.org")
    words = visible(page.text)
    assert "Ihre Meldung ist da" in words
    assert stored.number in words
    assert stored.check_code in words
    assert LAMP["text"] in words
    assert "Ada Muster" not in words


def test_the_same_form_posted_twice_is_one_report(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/").text
    form = LAMP | {name: value(page, name) for name in ("csrf", "key")}
    before = count(city)
    first, second = (browser.client.post("/report", data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert count(city) == before + 1


def test_the_same_form_posted_at_once_by_many_is_one_report(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/").text
    form = LAMP | {name: value(page, name) for name in ("csrf", "key")}
    before = count(city)
    with ThreadPoolExecutor(6) as pool:
        posts = [pool.submit(browser.client.post, "/report", data=form) for _ in range(6)]
    answers = [post.result() for post in posts]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert count(city) == before + 1


@pytest.mark.parametrize("name", ["text", "place", "district", "name", "contact"])
def test_who_goes_back_and_writes_of_another_matter_reports_two(city: City, name: str) -> None:
    browser = Browser(city)
    page = browser.get("/").text
    form = LAMP | {"name": "Ada Muster", "contact": "ada@example.org"}
    form |= {hidden: value(page, hidden) for hidden in ("csrf", "key")}
    other = form | {name: "schlebusch" if name == "district" else f"x{form[name]}"}
    before = count(city)
    first, second, again = (
        browser.client.post("/report", data=told).headers["location"]
        for told in (form, other, form)
    )
    assert first == again
    assert first != second
    assert count(city) == before + 2


def test_another_visitor_with_the_same_key_gets_another_ticket(city: City) -> None:
    ada, eve = Browser(city), Browser(city)
    key = {"key": "known-to-both-of-them"}
    first, second = (who.report(LAMP | key).headers["location"] for who in (ada, eve))
    assert first != second


@pytest.mark.parametrize("where", [{"place": "Rathaus"}, {"district": "opladen"}])
def test_a_place_or_a_district_is_enough(city: City, where: dict[str, str]) -> None:
    address = Browser(city).reported({"text": "Hier liegt Müll.", **where})
    stored = ticket(city, address)
    assert stored.place or stored.district == "opladen"


def test_a_district_in_the_text_is_found(city: City) -> None:
    address = Browser(city).reported(LAMP | {"text": "Laterne kaputt, in Schlebusch."})
    assert ticket(city, address).district == "schlebusch"


def test_a_chosen_category_counts_and_an_unclear_text_is_other(city: City) -> None:
    browser = Browser(city)
    chosen = browser.reported(LAMP | {"category": "tree"})
    assert ticket(city, chosen).category_id == "tree"
    unclear = browser.reported({"text": "Bitte schauen Sie sich das an.", "place": "Rathaus"})
    assert ticket(city, unclear).category_id == "other"


def test_what_is_missing_is_said_and_what_was_typed_is_kept(city: City) -> None:
    browser = Browser(city)
    answer = browser.report({"text": "Nur ein Text & mehr", "contact": "keine Adresse"})
    assert answer.status_code == 422
    words = visible(answer.text)
    assert "wo das ist" in words
    assert "E-Mail-Adresse" in words
    assert between(answer.text, 'name="text"', "</textarea>").endswith("Nur ein Text & mehr")
    assert 'value="keine Adresse"' in answer.text
    assert 'href="#place"' in answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": " \t\u200b\u202e "},
        {"text": "x" * 5001},
        {"place": "x" * 201},
        {"name": "x" * 121},
        {"contact": "a@b"},
        {"contact": "a b@example.org"},
        {"contact": f"{'a' * 250}@example.org"},
        {"district": "atlantis"},
        {"category": "no_such"},
    ],
    ids=str,
)
def test_wrong_fields_are_refused(city: City, wrong: dict[str, str]) -> None:
    before = count(city)
    assert Browser(city).report(LAMP | wrong).status_code == 422
    assert count(city) == before


def test_errors_are_in_the_language_of_the_page(city: City) -> None:
    browser = Browser(city, language="en")
    answer = browser.report({"text": "A lamp is out."})
    assert "where it is" in visible(answer.text)


def test_a_form_that_is_not_ours_is_refused_and_kept(city: City) -> None:
    browser = Browser(city)
    browser.get("/")
    before = count(city)
    for csrf in ({}, {"csrf": ""}, {"csrf": "x" * 43}):
        answer = browser.client.post("/report", data=LAMP | csrf)
        assert answer.status_code == 403
        assert LAMP["text"] in answer.text
    assert count(city) == before


def test_a_foreign_cookie_is_worth_nothing(city: City) -> None:
    ada, eve = Browser(city), Browser(city)
    csrf = value(ada.get("/").text, "csrf")
    eve.get("/")
    assert eve.client.post("/report", data=LAMP | {"csrf": csrf}).status_code == 403


def test_an_emergency_reads_where_help_is_and_the_report_stays(city: City) -> None:
    browser = Browser(city)
    emergency = {"text": "Hilfe, hier brennt ein Haus!", "place": "Rathaus"}
    answer = browser.report(emergency)
    page = visible(browser.get(answer.headers["location"]).text)
    assert "Rufen Sie 112 an." in page
    assert page.index("112") < page.index("Ihre Meldung ist da")
    later = visible(browser.get(answer.headers["location"].partition("?")[0]).text)
    assert "Rufen Sie 112 an." not in later


def test_staff_see_that_a_report_tells_of_an_emergency(city: City) -> None:
    browser = Browser(city)
    address = browser.reported({"text": "Es brennt im Keller.", "place": "Rathaus"})
    stored = ticket(city, address)
    assert stored.title.startswith("Notfall-Hinweis: ")
    assert stored.priority == "raised"
    assert stored.due_at == stored.created_at + timedelta(days=1)
    assert "Notfall-Hinweis" not in browser.get(address).text
    ordinary = ticket(city, browser.reported(LAMP))
    assert "Notfall" not in ordinary.title


def test_nothing_is_promised_that_nobody_does(city: City) -> None:
    browser = Browser(city)
    form = visible(browser.get("/").text)
    assert "Für Rückfragen des Amtes" in form
    page = visible(browser.get(browser.reported(LAMP)).text)
    assert "Neues steht immer auf dieser Seite." in page
    for promise in ("melden uns", "schreiben Ihnen", "schreiben wir Ihnen"):
        assert promise not in page


def test_a_form_that_comes_back_asks_for_its_photos_again(city: City) -> None:
    browser = Browser(city)
    browser.get("/")
    files = [photo("a.png", picture())]
    answers = [
        browser.report({"text": "Hier liegt Müll."}, files),
        browser.client.post("/report", data=LAMP, files=files),
    ]
    assert [answer.status_code for answer in answers] == [422, 403]
    for answer in answers:
        assert "Bitte wählen Sie die Bilder noch einmal aus." in visible(answer.text)


def test_an_ordinary_report_reads_no_alarm(city: City) -> None:
    browser = Browser(city)
    answer = browser.report(LAMP)
    page = visible(browser.get(answer.headers["location"]).text)
    assert "Diese Nachricht erreicht keine Rettungskräfte" not in page


def test_photos_stand_with_the_report(city: City) -> None:
    browser = Browser(city)
    files = [photo(f"bild{n}.png", picture(size=(40 + n, 30))) for n in range(3)]
    address = browser.reported(LAMP, files)
    page = browser.get(address).text
    shown = [part.partition('"')[0] for part in page.split('<img src="')[1:]]
    assert len(shown) == 3
    answer = browser.get(shown[0])
    assert answer.headers["content-type"] in {"image/jpeg", "image/png"}
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    stranger = browser.reported(LAMP)
    assert browser.get(shown[0].replace(address, stranger)).status_code == 404


def test_too_many_photos_are_refused(city: City) -> None:
    files = [photo(f"{n}.png", picture()) for n in range(4)]
    answer = Browser(city).report(LAMP, files)
    assert answer.status_code == 422
    assert "höchstens 3 Bilder" in visible(answer.text)
    assert LAMP["text"] in answer.text


def test_an_empty_file_field_is_no_photo(city: City) -> None:
    empty = [("photos", ("", b"", "application/octet-stream"))]
    assert Browser(city).report(LAMP, empty).status_code == 303


def test_reports_of_one_address_are_limited(city: City) -> None:
    browser = Browser(city)
    page = browser.get("/").text
    form = LAMP | {"csrf": value(page, "csrf")}
    answers = [
        browser.client.post("/report", data=form | {"key": f"number-{n:04}"}) for n in range(21)
    ]
    assert [answer.status_code for answer in answers] == [303] * 20 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert LAMP["text"] in answers[-1].text
    assert Browser(city).report(LAMP).status_code == 303


def test_a_barrier_is_a_ticket_of_its_own_kind(city: City) -> None:
    browser = Browser(city)
    barrier = {"text": "Der Kalender ist mit der Tastatur nicht zu bedienen."}
    answer = browser.post("/barrierefreiheit", barrier, form="/barrierefreiheit")
    assert answer.status_code == 303
    assert ticket(city, answer.headers["location"]).category_id == "barrier"
    empty = browser.post("/barrierefreiheit", {"contact": "nein"}, form="/barrierefreiheit")
    assert empty.status_code == 422
    assert 'value="nein"' in empty.text
    unsigned = browser.post("/barrierefreiheit", barrier)
    assert unsigned.status_code == 403
