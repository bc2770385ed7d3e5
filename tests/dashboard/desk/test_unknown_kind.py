"""A channel that nothing here can speak: another version of Stadtdraht has added it."""

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.channels.models import Channel
from bot.contacts.models import Identity
from bot.inbound.models import RawItem
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction, Handler
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from tests.dashboard.desk.test_lists import break_delivery, poison
from tests.support.city import Citizen, City, Desk, value

UNKNOWN = "Diesen Kanal kennt nur eine andere Version von Stadtdraht"


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: such a channel is in it."""
    return own_city


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.ADMIN)


@pytest.fixture(scope="module")
def reporter(city: City) -> Citizen:
    """Return somebody with a ticket, a lost answer and an unreadable item on such a channel."""
    citizen = city.citizen(name="Paula Pfütze")
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    delivery = break_delivery(city, citizen.thread, DeliveryState.DEAD)
    item = poison(city, citizen.thread)
    with city.database.unit_of_work() as session:
        channel = Channel(kind="pigeon", slug="pigeon", name="Brieftauben", created_at=clock.now())
        session.add(channel)
        session.flush()
        here = {"channel_id": channel.id}
        there = Conversation.thread == citizen.thread
        contact = session.scalars(select(Conversation.contact_id).where(there)).one()
        for statement in (
            update(Conversation).where(there),
            update(Identity).where(Identity.contact_id == contact),
            update(Delivery).where(Delivery.id == delivery),
            update(RawItem).where(RawItem.id == item),
        ):
            session.execute(statement.values(here))
    return citizen


def test_every_list_and_page_that_names_its_kind_is_shown(
    city: City, desk: Desk, reporter: Citizen
) -> None:
    with city.database.read() as session:
        channel = session.get_one(
            Channel, session.get_one(Conversation, reporter.conversation_id).channel_id
        )
    for path in (
        "/desk?view=all",
        f"/desk/conversations/{reporter.conversation_id}",
        f"/desk/tickets/{reporter.ticket_number}",
        "/desk/channels",
        f"/desk/channels/{channel.slug}",
        f"/desk/channels/{channel.slug}/remove",
        "/desk/failed",
        "/desk/quarantine",
    ):
        page = desk.get(path)
        assert page.status_code == 200, path
        is_ticket = path.startswith("/desk/tickets")
        assert (channel.name in page.text) != is_ticket, path
    for path in ("/desk/alarms", "/desk/channels/new"):
        assert desk.get(path).status_code == 200, path


@pytest.mark.usefixtures("reporter")
def test_its_page_says_what_is_wrong(desk: Desk) -> None:
    address = "/desk/channels/pigeon"
    page = desk.get(address).text
    assert UNKNOWN in page
    assert f"{address}/test" not in page
    assert f"{address}/change" not in page
    assert f"{address}/test" not in desk.get("/desk/channels").text
    for path, expected in (("test", 422), ("change", 422), ("pause", 303), ("resume", 303)):
        assert desk.post(f"{address}/{path}").status_code == expected, path
    assert desk.get(f"{address}/change").status_code == 422
    assert desk.post("/desk/channels/new", {"kind": "pigeon", "name": "P"}).status_code == 422


def test_what_cannot_be_sent_is_kept_and_said(desk: Desk, reporter: Citizen) -> None:
    address = f"/desk/conversations/{reporter.conversation_id}"
    version = value(desk.get(address).text, "version")
    data = {"text": "Guten Tag, wir kommen morgen.", "version": version}
    page = desk.post(f"{address}/replies", data | {"mode": "reply"})
    assert page.status_code == 422
    assert UNKNOWN in page.text
    assert "wir kommen morgen" in desk.get(address).text
    assert desk.post(f"{address}/replies", data | {"mode": "note"}).status_code == 303


def test_a_taken_conversation_goes_back_and_nothing_is_written_in_vain(
    city: City, desk: Desk, reporter: Citizen
) -> None:
    address = f"/desk/conversations/{reporter.conversation_id}"
    desk.post(f"{address}/take")
    said = select(func.count()).where(
        Message.conversation_id == reporter.conversation_id,
        Message.direction == Direction.OUTBOUND,
    )
    assert desk.post(f"{address}/handback").status_code == 303
    with city.database.read() as session:
        conversation = session.get_one(Conversation, reporter.conversation_id)
        assert conversation.handler is Handler.ASSISTANT
        assert session.scalars(said).one() == 1, "only what was said before"


def test_a_new_status_is_saved_and_nobody_is_told(desk: Desk, reporter: Citizen) -> None:
    address = f"/desk/tickets/{reporter.ticket_number}"
    form = {"status": "in_progress", "version": value(desk.get(address).text, "version")}
    answer = desk.post(f"{address}/status", form)
    assert answer.headers["location"] == f"{address}?done=untold"
