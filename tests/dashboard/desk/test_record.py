"""Telephone and counter: one form, one ticket, number and code to read out, a slip."""

import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.alarms.models import Alarm
from bot.audit.models import AuditEntry
from bot.staff.states import Role
from bot.tickets.models import Ticket
from bot.tickets.slip import WORDS
from bot.understanding.process import LanguageProcess
from dashboard import qr
from tests.dashboard.public.browser import between, visible
from tests.support import city as cities
from tests.support.city import City, Desk, value

LAMP = {"text": "Die Straßenlaterne ist seit gestern aus.", "place": "Dhünnstraße 14"}
PERSON = {"name": "Ada Muster", "contact": "ada@example.org", "phone": "+49 214 4711"}


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    city.app.language.warm_up()  # while it loads nobody is kept waiting for a guess
    return city.staff(Role.MANAGER)


def record(desk: Desk, form: dict[str, str]) -> str:
    """Record a call; return the address of the page with number and code."""
    key = value(desk.get("/desk/record").text, "key")
    answer = desk.post("/desk/record", {"key": key} | form)
    assert answer.status_code == 303, visible(answer.text)
    return answer.headers["location"]


def ticket(city: City, address: str) -> Ticket:
    with city.database.read() as session:
        number = address.rpartition("/")[2]
        return session.scalars(select(Ticket).where(Ticket.number == number)).one()


def count(city: City) -> int:
    with city.database.read() as session:
        return session.scalars(select(func.count(Ticket.id))).one()


def trail(city: City, row: Ticket) -> list[tuple[str, str, int | None]]:
    with city.database.read() as session:
        found = session.execute(
            select(AuditEntry.action, AuditEntry.actor_kind, AuditEntry.actor_id)
            .where(AuditEntry.subject_kind == "ticket", AuditEntry.subject_id == row.id)
            .order_by(AuditEntry.id)
        )
        return [(action, kind, actor) for action, kind, actor in found]


def hints(desk: Desk, **form: str) -> str:
    answer = desk.post("/desk/record/hints", form, fragment=True)
    assert answer.status_code == 200
    return answer.text


def test_a_call_becomes_the_ticket_that_the_web_form_would_make(city: City, desk: Desk) -> None:
    address = record(desk, LAMP | PERSON | {"origin": "counter", "language": "tr"})
    stored = ticket(city, address)
    assert (stored.category_id, stored.place) == ("street_light", "Dhünnstraße 14")
    assert (stored.reporter_name, stored.reporter_email) == ("Ada Muster", "ada@example.org")
    assert (stored.reporter_phone, stored.origin) == ("+49 214 4711", "counter")
    assert (stored.language, stored.contact_id) == ("tr", None)
    words = visible(desk.get(address).text)
    for known in (
        stored.number,
        stored.check_code,
        "EVL",
        "Schalter",
        "Türkisch",
        "Zettel drucken",
    ):
        assert known in words
    assert "112" not in words
    mine = ("user", desk.user_id)
    assert trail(city, stored) == [("ticket.created", *mine), ("ticket.code_shown", *mine)]
    page = desk.get(f"/desk/tickets/{stored.number}").text
    for known in ("Schalter", "+49 214 4711", 'href="tel:+492144711"', desk.username.title()):
        assert known in page
    assert 'href="/desk/record?way=counter"' in desk.get(address).text
    inside = ticket(city, record(desk, LAMP | {"phone": "+49 (0)214 / 47-11"}))
    assert 'href="tel:+492144711"' in desk.get(f"/desk/tickets/{inside.number}").text


def test_a_place_in_the_text_need_not_be_typed_again(city: City, desk: Desk) -> None:
    text = "An der Dhünnstraße 14 ist seit Tagen die Laterne aus"
    stored = ticket(city, record(desk, {"text": text}))
    assert (stored.place, stored.category_id) == ("Dhünnstraße 14", "street_light")
    key = value(desk.get("/desk/record").text, "key")
    nowhere = desk.post("/desk/record", {"key": key, "text": "Irgendwo ist eine Laterne aus"})
    assert nowhere.status_code == 422


def test_the_citizen_finds_it_by_number_and_code(city: City, desk: Desk) -> None:
    stored = ticket(city, record(desk, LAMP))
    client = city.client()
    form = {"csrf": value(client.get("/t").text, "csrf"), "number": stored.number}
    page = client.post("/t", data=form | {"code": stored.check_code}, follow_redirects=True)
    assert stored.number in page.text
    assert LAMP["text"] in visible(client.get(f"/t/{stored.token}").text)


def test_the_same_form_posted_twice_or_at_once_is_one_ticket(city: City, desk: Desk) -> None:
    form = LAMP | {"key": value(desk.get("/desk/record").text, "key")}
    before = count(city)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.post("/desk/record", form), range(4)))
    answers.append(desk.post("/desk/record", form))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert count(city) == before + 1
    record(desk, LAMP)
    assert count(city) == before + 2


@pytest.mark.parametrize("name", ["text", "place", "name", "phone", "contact", "district"])
def test_who_goes_back_and_writes_of_another_matter_records_two(
    city: City, desk: Desk, name: str
) -> None:
    form = LAMP | PERSON | {"key": value(desk.get("/desk/record").text, "key")}
    other = form | {name: "schlebusch" if name == "district" else f"{form[name]}7"}
    before = count(city)
    first, second, again = (
        desk.post("/desk/record", told).headers["location"] for told in (form, other, form)
    )
    assert first == again
    assert first != second
    assert count(city) == before + 2


def test_two_colleagues_with_the_same_key_record_two(city: City, desk: Desk) -> None:
    form = LAMP | {"key": "known-to-both-of-them"}
    other = city.staff(Role.MANAGER)
    assert len({who.post("/desk/record", form).headers["location"] for who in (desk, other)}) == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": " \u200b "}, "was passiert ist"),
        ({"text": "x" * 5001}, "zu lang"),
        ({"place": ""}, "wo das ist"),
        ({"contact": "keine Adresse"}, "E-Mail-Adresse"),
        ({"phone": "ruf mich an"}, "Telefonnummer"),
        ({"phone": "+++()"}, "Telefonnummer"),
        ({"phone": "1" * 41}, "Telefonnummer"),
        ({"district": "atlantis"}, "aus der Liste"),
        ({"category": "no_such"}, "aus der Liste"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    city: City, desk: Desk, wrong: dict[str, str], sentence: str
) -> None:
    before = count(city)
    typed = LAMP | PERSON | {"origin": "counter", "language": "uk"} | wrong
    page = desk.post("/desk/record", typed)
    assert page.status_code == 422
    assert sentence in visible(page.text)
    assert 'aria-invalid="true"' in page.text
    assert re.search(r'value="counter" checked', page.text)
    assert '<option value="uk" selected>' in page.text
    for name in ("place", "name", "contact", "phone"):
        assert f'name="{name}"' in page.text
        assert f'value="{typed[name]}"' in page.text
    assert between(page.text, 'name="text"', "</textarea>").endswith(typed["text"].strip(" \u200b"))
    assert count(city) == before


def test_a_form_of_an_old_session_comes_back_whole(city: City, desk: Desk) -> None:
    before = count(city)
    page = desk.post("/desk/record", LAMP | PERSON, csrf="of another session")
    assert page.status_code == 403
    assert "Alles steht noch da" in visible(page.text)
    assert LAMP["text"] in page.text
    assert PERSON["phone"] in page.text
    assert count(city) == before
    again = {name: value(page.text, name) for name in ("csrf", "key")}
    assert desk.post("/desk/record", LAMP | again).status_code == 303


def test_a_form_without_a_session_comes_back_whole(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    shown = desk.get("/desk/record").text
    desk.client.cookies.clear()
    before = count(city)
    typed = LAMP | PERSON | {"key": value(shown, "key"), "origin": "counter", "district": "opladen"}
    page = desk.post("/desk/record", typed)
    assert page.status_code == 403
    assert "Sie sind abgemeldet" in visible(page.text)
    assert 'href="/desk/login" target="_blank"' in page.text
    assert value(page.text, "key") == typed["key"]
    for known in (LAMP["text"], 'value="counter" checked', 'value="opladen" selected'):
        assert known in page.text
    for name in ("place", "name", "contact", "phone"):
        assert f'value="{typed[name]}"' in page.text
    for secret in (desk.csrf, desk.username.title(), "/desk/tickets", "/desk/events"):
        assert secret not in page.text
    assert count(city) == before
    cities.log_in(desk.client, desk.username)  # in another tab
    expired = desk.post("/desk/record", typed, csrf=value(page.text, "csrf"))
    assert expired.status_code == 403
    again = typed | {"csrf": value(expired.text, "csrf")}
    assert desk.post("/desk/record", again).status_code == 303
    assert count(city) == before + 1


def test_what_was_chosen_counts_and_what_the_hint_showed_fills_in(city: City, desk: Desk) -> None:
    chosen = {"category": "tree", "guessed": "road_damage"}
    assert ticket(city, record(desk, LAMP | chosen)).category_id == "tree"
    unclear = {"text": "Bitte schauen Sie sich das an.", "place": "Rathaus"}
    assert ticket(city, record(desk, unclear)).category_id == "other"
    hinted = unclear | {"guessed": "tree"}
    assert ticket(city, record(desk, hinted)).category_id == "tree"
    forged = unclear | {"guessed": "no_such"}
    assert ticket(city, record(desk, forged)).category_id == "other"
    assert ticket(city, record(desk, LAMP | {"guessed": "tree"})).category_id == "street_light"


def test_hints_name_category_office_and_what_is_known(city: City, desk: Desk) -> None:
    known = ticket(city, record(desk, LAMP | {"place": "Quettinger Straße 7"} | PERSON))
    page = hints(desk, text="Vor dem Haus ist die Laterne kaputt", place="quettinger str. 9")
    words = visible(page)
    assert "Erkannt" in words
    assert "EVL" in words
    assert 'name="guessed" form="record" value="street_light"' in page
    assert f'href="/desk/tickets/{known.number}" target="_blank"' in page
    first = between(page, "<li>", "</li>")
    for fact in (known.number, "Quettinger Straße 7", "eingegangen", "gleicher Ort"):
        assert fact in first, first
    assert "Muster" not in page
    other = hints(desk, text="Ein Ast ist abgebrochen", place="Quettinger Strasse", category="tree")
    assert "Gewählt" in visible(other)
    assert known.number in between(other, "<li>", "</li>")
    assert 'name="guessed"' not in other


def test_hints_forget_what_is_closed_or_far_away(city: City, desk: Desk) -> None:
    place = "Rennbaumstraße 3"
    known = ticket(city, record(desk, LAMP | {"place": place, "district": "opladen"}))
    asked = {"text": "Laterne dunkel", "category": "street_light", "district": "schlebusch"}
    assert known.number not in hints(desk, **asked)
    assert known.number in hints(desk, **asked, place="Rennbaumstr.")
    version = value(desk.get(f"/desk/tickets/{known.number}").text, "version")
    done = {"status": "resolved", "public_note": "Leuchtet.", "version": version}
    assert desk.post(f"/desk/tickets/{known.number}/status", done).status_code == 303
    assert known.number not in hints(desk, **asked, place="Rennbaumstr.")


def test_the_same_district_is_not_the_same_place(city: City, desk: Desk) -> None:
    known = ticket(city, record(desk, LAMP | {"place": "Opladen, Kölner Straße"}))
    page = hints(desk, text="Die Laterne ist aus", place="Opladen", category="street_light")
    assert known.number in page  # for its category
    assert "gleicher Ort" not in page
    assert "gleicher Ort" in hints(desk, text="Die Laterne ist aus", place="Kölner Str. 5")


@pytest.mark.parametrize("odd", ["", "a", "\0", "' OR 1=1 --", "%", "x" * 30_000, "💡" * 300])
def test_odd_texts_give_harmless_hints(desk: Desk, odd: str) -> None:
    hints(desk, text=odd, place=odd, district=odd, category=odd)
    assert "Sobald Sie schreiben" in hints(desk)


def test_hints_of_a_lost_session_send_nobody_away(city: City) -> None:
    desk = city.staff(Role.MANAGER)
    assert "Sie sind abgemeldet" in visible(
        desk.post("/desk/record/hints", LAMP, fragment=True, csrf="forged").text
    )
    desk.client.cookies.clear()
    answer = desk.post("/desk/record/hints", LAMP, fragment=True)
    assert answer.status_code == 200
    assert "Sie sind abgemeldet" in visible(answer.text)
    assert "hx-redirect" not in answer.headers


def test_an_emergency_is_said_at_once_and_raises_the_alarm(city: City, desk: Desk) -> None:
    form = {"text": "Hilfe, hier brennt ein Haus!", "place": "Rathaus"}
    page = hints(desk, **form)
    alert, calm = page.index('role="alert"'), page.index('id="hints-calm" aria-live="polite"')
    assert alert < calm  # not inside it, where it would be said twice
    around = between(desk.get("/desk/record").text, 'id="hints"', ">")
    assert "aria-live" not in around
    assert "Rufen Sie 112 an." in visible(page)
    address = record(desk, form)
    assert "Rufen Sie 112 an." in visible(desk.get(address).text)
    stored = ticket(city, address)
    assert stored.title.startswith("Notfall-Hinweis: ")
    assert stored.priority == "raised"
    with city.database.read() as session:
        alarm = select(Alarm.kind).where(
            Alarm.subject_kind == "ticket", Alarm.subject_id == stored.id
        )
        assert session.scalars(alarm).all() == ["emergency"]


def test_the_slip_holds_all_that_opens_the_page(city: City, desk: Desk) -> None:
    form = LAMP | PERSON | {"language": "en"}
    stored = ticket(city, record(desk, form))
    page = desk.get(f"/desk/tickets/{stored.number}/slip")
    words = visible(page.text)
    for fact in (stored.number, stored.check_code, f"{city.url}/t", "EVL", "Dhünnstraße 14"):
        assert fact in words
    assert WORDS["en"].heading in words
    assert '<main class="slip" id="main" lang="en">' in page.text
    assert str(qr.picture(f"{city.url}/t/{stored.token}")) in page.text
    for person in ("Muster", "ada@", "4711</", LAMP["text"], stored.token):
        assert person not in page.text
    assert "style=" not in page.text
    assert trail(city, stored)[-1] == ("ticket.slip_shown", "user", desk.user_id)


@pytest.mark.parametrize("language", ["de", "en", "tr", "uk"])
def test_the_slip_speaks_the_citizens_language(city: City, desk: Desk, language: str) -> None:
    stored = ticket(city, record(desk, LAMP | {"language": language}))
    words = visible(desk.get(f"/desk/tickets/{stored.number}/slip").text)
    assert WORDS[language].code in words
    assert WORDS[language].keep in words
    assert "Zurück" in words  # what the colleague reads stays in theirs


def test_who_records_hands_out_and_a_company_never_does(city: City, desk: Desk) -> None:
    clerk = city.staff(Role.OFFICE, office="tbl")
    address = record(clerk, LAMP | PERSON)  # lies with another office
    stored = ticket(city, address)
    slip = f"/desk/tickets/{stored.number}/slip"
    page = clerk.get(address).text
    assert stored.check_code in page
    assert "Zum Vorgang" not in page
    assert stored.check_code in clerk.get(slip).text
    assert clerk.get(f"/desk/tickets/{stored.number}").status_code == 404
    other = city.staff(Role.OFFICE, office="tbl")
    company = city.staff(Role.OFFICE, office="evl")
    viewer = city.staff(Role.VIEWER)
    for who, status in ((other, 404), (company, 403), (viewer, 403)):
        for path in (slip, address):
            answer = who.get(path)
            assert answer.status_code == status
            assert stored.check_code not in answer.text
    seen = company.get(f"/desk/tickets/{stored.number}").text
    assert "Zettel drucken" not in seen
    assert "/desk/record" not in seen
    for person in ("Muster", "4711", "ada"):
        assert person not in seen.replace(stored.number, "")
    assert company.get("/desk/record").status_code == 403
    assert company.post("/desk/record", LAMP).status_code == 403
    assert company.post("/desk/record/hints", LAMP).status_code == 403
    assert stored.number not in hints(clerk, **LAMP)  # another office's


def test_the_desk_leads_there(city: City, desk: Desk) -> None:
    assert 'href="/desk/record"' in desk.get("/desk").text
    assert "Anruf oder Besuch aufnehmen" in desk.get("/desk/tickets").text
    viewer = city.staff(Role.VIEWER)
    assert "/desk/record" not in viewer.get("/desk/tickets").text


def test_a_busy_understanding_hinders_nobody(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Its hint is absent; the category that was chosen, or a person, decides."""
    path = tmp_path / "city.sqlite3"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    loading = LanguageProcess((sys.executable, "-c", "import sys; sys.stdin.read()"))
    with cities.run(f"sqlite:///{path}", tmp_path, language=loading) as city:
        desk = city.staff(Role.MANAGER)
        known = ticket(city, record(desk, LAMP | {"category": "street_light"}))
        page = hints(desk, **LAMP)
        assert "Erkannt" not in page
        assert known.number in page
        assert ticket(city, record(desk, LAMP)).category_id == "other"
