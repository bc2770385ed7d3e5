import base64
import re
from urllib.parse import quote

import pytest
from sqlalchemy import select

from bot.inbox.models import Conversation
from bot.staff.states import Role
from bot.tickets.inputs import TEXT_LIMIT
from bot.tickets.models import Ticket
from tests.dashboard.public.browser import Browser
from tests.support.city import Citizen, City, Desk, value
from tests.support.files import png


def report(city: City, text: str = "Großes Schlagloch in der Dhünnstraße 14") -> Citizen:
    citizen = city.citizen(name="Paula Pfütze")
    citizen.says(text)
    citizen.hears()
    return citizen


@pytest.fixture
def citizen(city: City) -> Citizen:
    return report(city)


@pytest.fixture
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


def address(citizen: Citizen, action: str = "") -> str:
    return f"/desk/tickets/{citizen.ticket_number}{action}"


def form(desk: Desk, citizen: Citizen, status: str, **more: str) -> dict[str, str]:
    version = value(desk.get(address(citizen)).text, "version")
    return {"status": status, "public_note": "", "internal_note": "", "version": version} | more


def test_list_and_filters(citizen: Citizen, desk: Desk) -> None:
    number = citizen.ticket_number
    assert number in desk.get("/desk/tickets").text
    assert number in desk.get("/desk/tickets?office=tbl").text
    assert number not in desk.get("/desk/tickets?office=evl").text
    assert number not in desk.get("/desk/tickets?status=closed").text
    assert number not in desk.get("/desk/tickets?status=overdue").text
    assert number in desk.get(f"/desk/tickets?q={number.lower().replace('-', ' ')}").text
    assert "Keine Vorgänge" in desk.get("/desk/tickets?q=gibtesnicht").text


@pytest.mark.parametrize("odd", ["\0", "%00", "'", "\\", "-1", str(2**70), "x" * 3000])
def test_odd_filters_do_no_harm(desk: Desk, odd: str) -> None:
    for name in ("q", "office", "status", "after"):
        answer = desk.client.get("/desk/tickets", params={name: odd})
        assert answer.status_code == (404 if odd == "\0" else 200)
    assert desk.get(f"/desk/tickets/{quote(odd, safe='')}").status_code == 404


def test_page_tells_what_is_known(citizen: Citizen, desk: Desk) -> None:
    page = desk.get(address(citizen)).text
    for known in (citizen.ticket_number, "Dhünnstraße 14", "Paula Pfütze", "Angelegt", "/t/"):
        assert known in page
    assert f"/desk/conversations/{citizen.conversation_id}" in page


def test_citizen_is_told_of_a_new_status(citizen: Citizen, desk: Desk, city: City) -> None:
    note = "Der Bautrupp kommt am Dienstag."
    data = form(desk, citizen, "planned", public_note=note, internal_note="Rolf fragen")
    answer = desk.post(address(citizen, "/status"), data)
    assert answer.status_code == 303
    assert "Die Nachricht ist unterwegs" in desk.get(answer.headers["location"]).text
    heard = citizen.hears()
    assert citizen.ticket_number in heard
    assert note in heard
    assert f"{city.url}/t/" in heard
    assert "Rolf" not in heard
    page = desk.get(address(citizen)).text
    assert "Stand: geplant" in page
    assert "Rolf fragen" in page
    assert desk.username.title() in page
    assert note in desk.get(f"/desk/conversations/{citizen.conversation_id}").text


def test_nothing_of_a_ticket_is_said_in_public(city: City, desk: Desk) -> None:
    citizen = city.citizen(public=True)
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    with city.database.read() as session:
        from_public = session.get_one(Conversation, citizen.conversation_id).ticket_id
    if from_public is None:
        private = report(city)
        with city.database.unit_of_work() as session:
            ticket = session.scalars(
                select(Ticket).where(Ticket.number == private.ticket_number)
            ).one()
            ticket.conversation_id = citizen.conversation_id
            session.get_one(Conversation, citizen.conversation_id).ticket_id = ticket.id
            session.get_one(Conversation, private.conversation_id).ticket_id = None
    answer = desk.post(address(citizen, "/status"), form(desk, citizen, "in_progress"))
    assert answer.headers["location"].endswith("done=hinted")
    page = desk.get(f"/desk/conversations/{citizen.conversation_id}").text
    assert "Neuer Stand" not in page


def test_stale_change_is_stopped_and_keeps_the_text(
    city: City, citizen: Citizen, desk: Desk
) -> None:
    mine = form(desk, citizen, "planned", public_note="Mein <Satz>", internal_note="intern")
    colleague = city.staff(Role.ADMIN)
    colleague.post(address(citizen, "/status"), form(colleague, citizen, "in_progress"))
    page = desk.post(address(citizen, "/status"), mine)
    assert page.status_code == 409
    assert f"Inzwischen hat {colleague.username.title()}" in page.text
    assert "„in Bearbeitung“" in page.text
    assert "Mein &lt;Satz&gt;" in page.text
    assert ">\nintern</textarea>" in page.text
    again = mine | {"version": value(page.text, "version")}
    assert desk.post(address(citizen, "/status"), again).status_code == 303


@pytest.mark.parametrize(
    ("status", "note", "sentence"),
    [
        ("resolved", "", "warum der Vorgang endet"),
        ("resolved", "  \0 ", "warum der Vorgang endet"),
        ("reopened", "", "nicht möglich"),
        ("nonsense", "", "nicht möglich"),
        ("planned", "x" * (TEXT_LIMIT + 1), "zu lang"),
    ],
)
def test_unfit_form_comes_back_with_errors(
    citizen: Citizen, desk: Desk, status: str, note: str, sentence: str
) -> None:
    data = form(desk, citizen, status, public_note=note, internal_note="bleibt")
    page = desk.post(address(citizen, "/status"), data)
    assert page.status_code == 422
    assert sentence in page.text
    assert 'role="alert"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert ">\nbleibt</textarea>" in page.text


def test_form_report_shows_pictures_and_contact_but_not_to_a_company(
    city: City, desk: Desk
) -> None:
    report = {"text": "Die Straßenlaterne ist aus.", "place": "Dhünnstraße 14"}
    person = {"name": "Ada Muster", "contact": "ada@example.org"}
    picture = ("photos", ("laterne.png", base64.b64decode(png()), "image/png"))
    address = Browser(city).reported(report | person, files=[picture])
    token = address.removeprefix("/t/").partition("?")[0]
    with city.database.read() as session:
        number = session.scalars(select(Ticket.number).where(Ticket.token == token)).one()
    page = desk.get(f"/desk/tickets/{number}").text
    assert "Ada Muster" in page
    assert "mailto:ada%40example.org" in page
    assert "Steht nur auf der Seite der Meldung." in page
    shown = re.search(r'<img src="(/desk/tickets/[^"]+/photos/p\d+)"', page)
    assert shown
    assert desk.get(shown.group(1)).headers["content-type"].startswith("image/")
    company = city.staff(Role.OFFICE, office="evl")
    seen = company.get(f"/desk/tickets/{number}").text
    assert shown.group(1) in seen
    assert "Muster" not in seen
    assert "ada@" not in seen
    assert "ada%40" not in seen
    form = {"status": "in_progress", "version": value(page, "version")}
    answer = desk.post(f"/desk/tickets/{number}/status", form)
    assert "Es geht keine Nachricht hinaus" in desk.get(answer.headers["location"]).text


def test_hint_says_where_a_public_note_goes(citizen: Citizen, desk: Desk) -> None:
    assert "wird auch in den Chat geschickt" in desk.get(address(citizen)).text


def test_pictures_of_the_report_are_shown(city: City, desk: Desk) -> None:
    citizen = city.citizen()
    attachment = {"name": "loch.png", "media_type": "image/png", "content_base64": png()}
    citizen.says("Großes Schlagloch in der Dhünnstraße 14", attachments=(attachment,))
    citizen.hears()
    page = desk.get(address(citizen)).text
    photo = re.search(r'<img src="(/desk/tickets/[^"]+/photos/a\d+)"', page)
    assert photo
    assert photo.group(1) in desk.get(f"/desk/conversations/{citizen.conversation_id}").text
    picture = desk.get(photo.group(1))
    assert picture.headers["content-type"].startswith("image/")
    roads = city.staff(Role.OFFICE, office="tbl")
    assert roads.get(photo.group(1)).status_code == 200
    assert city.staff(Role.OFFICE, office="evl").get(photo.group(1)).status_code == 404
    elsewhere = photo.group(1).replace(citizen.ticket_number, report(city).ticket_number)
    assert desk.get(elsewhere).status_code == 404
