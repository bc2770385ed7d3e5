import pytest

from bot.inbox.models import Conversation
from bot.staff.states import Role
from tests.dashboard.desk.test_inbox import rows
from tests.support.city import Citizen, City, Desk


@pytest.fixture(scope="module")
def hole(city: City) -> Citizen:
    """Somebody whose ticket lies with the office `tbl`, a part of the administration."""
    citizen = city.citizen(name="Paula Pfütze")
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    return citizen


@pytest.fixture(scope="module")
def lamp(city: City) -> Citizen:
    """Somebody whose ticket lies with the company `evl`."""
    citizen = city.citizen(name="Lia Laterne")
    citizen.says("Die Laterne vor der Dhünnstraße 14 ist kaputt")
    citizen.hears()
    return citizen


def test_office_reads_and_answers_its_own(city: City, hole: Citizen, lamp: Citizen) -> None:
    desk = city.staff(Role.OFFICE, office="tbl")
    listed = rows(desk.get("/desk?status=open").text)
    assert hole.conversation_id in listed
    assert lamp.conversation_id not in listed
    page = desk.get(f"/desk/conversations/{hole.conversation_id}").text
    assert "<textarea" in page
    assert 'id="assignee"' not in page  # giving it to somebody else is not theirs
    assert desk.get(f"/desk/conversations/{lamp.conversation_id}").status_code == 404
    for action in ("replies", "draft", "take", "close"):
        path = f"/desk/conversations/{lamp.conversation_id}/{action}"
        assert desk.post(path, {"text": "x"}).status_code == 404
    assert desk.get("/desk/failed").status_code == 403


def test_tickets_of_others_are_not_there(city: City, hole: Citizen, lamp: Citizen) -> None:
    desk = city.staff(Role.OFFICE, office="tbl")
    page = desk.get("/desk/tickets").text
    assert hole.ticket_number in page
    assert lamp.ticket_number not in page
    assert lamp.ticket_number not in desk.get("/desk/tickets?office=evl").text
    assert desk.get(f"/desk/tickets/{lamp.ticket_number}").status_code == 404


def test_company_never_learns_who_reported(city: City, lamp: Citizen) -> None:
    desk = city.staff(Role.OFFICE, office="evl")
    assert desk.get("/desk").headers["location"] == "/desk/tickets"
    assert desk.get(f"/desk/conversations/{lamp.conversation_id}").status_code == 403
    page = desk.get(f"/desk/tickets/{lamp.ticket_number}")
    assert page.status_code == 200
    assert "Dhünnstraße 14" in page.text
    for secret in ("Laterne</", "Lia", "/t/", f"/conversations/{lamp.conversation_id}"):
        assert secret not in page.text.replace("Straßenbeleuchtung", "")


def test_office_of_the_conversation_counts_before_the_ticket(city: City, hole: Citizen) -> None:
    citizen = city.citizen()
    citizen.says("Großes Schlagloch in der Dhünnstraße 12")
    citizen.hears()
    roads = city.staff(Role.OFFICE, office="tbl")
    parks = city.staff(Role.OFFICE, office="stadtgruen")
    address = f"/desk/conversations/{citizen.conversation_id}"

    def seen() -> tuple[int, int]:
        return roads.get(address).status_code, parks.get(address).status_code

    assert seen() == (200, 404)
    with city.database.unit_of_work() as session:
        found = session.get_one(Conversation, citizen.conversation_id)
        found.office_id = city.office_id("stadtgruen")
    assert seen() == (404, 200)
    assert citizen.conversation_id in rows(parks.get("/desk?status=open").text)
    assert citizen.conversation_id not in rows(roads.get("/desk?status=open").text)


def test_areas_that_are_closed_are_not_offered(city: City) -> None:
    def offered(desk: Desk, home: str = "/desk") -> set[str]:
        page = desk.get(home).text
        areas = ("/desk/failed", "/desk/quarantine", "/desk/texts", "/desk/tickets")
        return {area for area in areas if f'href="{area}"' in page}

    assert offered(city.staff(Role.VIEWER)) == {"/desk/tickets"}
    assert len(offered(city.staff(Role.MANAGER))) == 4
    assert offered(city.staff(Role.OFFICE, office="evl"), "/desk/tickets") == {"/desk/tickets"}
