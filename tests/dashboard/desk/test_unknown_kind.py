"""A channel that nothing here can speak: its package is missing, or another version added it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.channels.models import Channel
from bot.channels.queries import Connectors
from bot.contacts.models import Identity
from bot.inbound.models import RawItem
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction, Handler
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from connectors.base import Connector
from connectors.registry import UnknownKindError
from tests.dashboard.desk.test_channels import FORM
from tests.dashboard.desk.test_lists import break_delivery, poison
from tests.support import city as cities
from tests.support.city import Citizen, City, Desk, value

MISSING = "Für diesen Kanal fehlt auf diesem Server ein Programmpaket"


class Without(Connectors):
    """The connectors of a machine on which the package for Matrix is missing."""

    def named(self, kind: str) -> Connector:
        if kind == "matrix":
            raise UnknownKindError("matrix needs the package nio")
        return super().named(kind)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with cities.on_engine(request.param, request, folder, connectors=Without()) as town:
        yield town


@pytest.fixture(scope="module")
def desk(city: City) -> Desk:
    return city.staff(Role.ADMIN)


@pytest.fixture(scope="module", params=["matrix", "pigeon"])
def reporter(city: City, request: pytest.FixtureRequest) -> Citizen:
    """Return somebody with a ticket, a lost answer and an unreadable item on such a channel."""
    citizen = city.citizen(name="Paula Pfütze")
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    delivery = break_delivery(city, citizen.thread, DeliveryState.DEAD)
    item = poison(city, citizen.thread)
    kind: str = request.param
    with city.database.unit_of_work() as session:
        channel = Channel(kind=kind, slug=kind, name=f"Kanal {kind}", created_at=clock.now())
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
    for path in ("/desk/alarms", "/desk/channels/new", "/desk/channels/new?kind=matrix"):
        assert desk.get(path).status_code == 200, path


def test_its_forms_say_what_is_wrong(city: City, desk: Desk, reporter: Citizen) -> None:
    with city.database.read() as session:
        here = session.get_one(Conversation, reporter.conversation_id).channel_id
        slug = session.get_one(Channel, here).slug
    address = f"/desk/channels/{slug}"
    page = desk.get(address).text
    assert MISSING in page
    assert f"{address}/test" not in page
    assert f"{address}/change" not in page
    assert f"{address}/test" not in desk.get("/desk/channels").text
    for path, expected in (("test", 422), ("pause", 303), ("resume", 303)):
        assert desk.post(f"{address}/{path}").status_code == expected, path


def test_who_adds_one_is_told_what_is_missing(desk: Desk) -> None:
    answer = desk.post("/desk/channels/new", FORM)
    assert answer.status_code == 422
    assert MISSING in answer.text


def test_what_cannot_be_sent_is_kept_and_said(desk: Desk, reporter: Citizen) -> None:
    address = f"/desk/conversations/{reporter.conversation_id}"
    version = value(desk.get(address).text, "version")
    data = {"text": "Guten Tag, wir kommen morgen.", "version": version}
    page = desk.post(f"{address}/replies", data | {"mode": "reply"})
    assert page.status_code == 422
    assert MISSING in page.text
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
