"""A message that is out: edited, taken back, hidden and shown again from the desk."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape, unescape

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.queries import Connectors
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.states import Role
from connectors.api.connector import ApiConnector
from connectors.base import Connector, InboundEvent, InboundMessage
from connectors.capabilities import Act
from tests.support import city as cities
from tests.support.city import Citizen, City, Desk

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Able(ApiConnector):
    """The generic channel, on a platform on which everything can be done to messages."""

    capabilities = replace(
        ApiConnector.capabilities,
        acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
        moderates=frozenset({Act.HIDE, Act.SHOW, Act.DELETE}),
    )

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a message as what stands below a post of ours."""
        return [
            replace(event, below="our-post") if isinstance(event, InboundMessage) else event
            for event in super().parse(payload)
        ]


class Abler(Connectors):
    def named(self, kind: str) -> Connector:
        return Able() if kind == "api" else super().named(kind)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    with cities.on_engine(request.param, request, folder, connectors=Abler()) as town:
        yield town


@pytest.fixture
def citizen(city: City) -> Citizen:
    someone = city.citizen(name="Karla Komet", public=True)
    someone.says("Wie ist der Stand meiner Meldung?")
    someone.hears()
    return someone


@pytest.fixture
def desk(city: City) -> Desk:
    return city.staff(Role.MANAGER)


def thread(citizen: Citizen) -> str:
    return f"/desk/conversations/{citizen.conversation_id}"


def newest(citizen: Citizen, direction: Direction) -> Message:
    with citizen.city.database.read() as session:
        return session.scalars(
            select(Message)
            .where(
                Message.conversation_id == citizen.conversation_id, Message.direction == direction
            )
            .order_by(Message.id.desc())
        ).all()[0]


def reply(desk: Desk, citizen: Citizen, text: str) -> str:
    """Reply, and return the address of the message when it is out."""
    version = cities.value(desk.get(thread(citizen)).text, "version")
    form = {"text": text, "mode": "reply", "version": version}
    assert desk.post(f"{thread(citizen)}/replies", form).status_code == 303
    assert citizen.hears() == text
    return f"{thread(citizen)}/messages/{newest(citizen, Direction.OUTBOUND).id}"


def fields(desk: Desk, address: str) -> dict[str, str]:
    """Return what the forms of a message's page send by themselves."""
    return {name: unescape(value) for name, value in _FIELD.findall(desk.get(address).text)}


def send(desk: Desk, address: str, act: str, **typed: str) -> httpx.Response:
    """Send a form of a message's page."""
    return desk.post(address, fields(desk, address) | {"act": act} | typed)


def all_done(city: City) -> bool:
    rest = select(func.count()).where(Delivery.state != DeliveryState.SENT)
    with city.database.read() as session:
        return session.scalars(rest).one() == 0


def test_a_reply_is_corrected_and_then_taken_back(city: City, citizen: Citizen, desk: Desk) -> None:
    address = reply(desk, citizen, "Der Markt ist am Montag.")
    page = desk.get(thread(citizen)).text
    assert f'<a href="{address}">ändern</a>' in page
    form = desk.get(address).text
    assert "Der Markt ist am Montag.</textarea>" in form

    answer = send(desk, address, "edit", text="Der Markt ist am Dienstag.")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(thread(citizen))
    city.until(lambda: all_done(city))
    page = desk.get(thread(citizen)).text
    assert "Der Markt ist am Dienstag." in page
    assert "Montag" not in page
    assert "bearbeitet" in page
    assert send(desk, address, "delete").status_code == 303
    city.until(lambda: all_done(city))
    page = desk.get(thread(citizen)).text
    assert "Diese Nachricht haben wir zurückgenommen." in page
    assert "Dienstag" not in page


def test_a_comment_is_hidden_and_shown_again(city: City, citizen: Citizen, desk: Desk) -> None:
    address = f"{thread(citizen)}/messages/{newest(citizen, Direction.INBOUND).id}"
    assert f'<a href="{address}">moderieren</a>' in desk.get(thread(citizen)).text
    assert send(desk, address, "hide").status_code == 303
    city.until(lambda: all_done(city))
    assert "auf der Plattform verborgen" in desk.get(thread(citizen)).text
    page = desk.get(address).text
    assert 'value="show"' in page
    assert 'value="hide"' not in page
    assert send(desk, address, "show").status_code == 303
    city.until(lambda: all_done(city))
    assert "verborgen" not in desk.get(thread(citizen)).text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (" ", "Bitte schreiben Sie einen Text."),
        ("Wort " * 1000, "In eine Nachricht passen hier etwa 4000 Zeichen."),
        ("Rufen Sie 0171 / 123 45 67 an.", "Telefonnummer"),
    ],
)
def test_a_text_that_is_not_taken_stays_where_it_was_typed(
    citizen: Citizen, desk: Desk, text: str, problem: str
) -> None:
    address = reply(desk, citizen, "Der Markt ist am Montag.")
    answer = send(desk, address, "edit", text=text)
    assert answer.status_code == 422
    assert problem in answer.text
    assert f">\n{escape(text)}</textarea>" in answer.text
    assert "Der Markt ist am Montag." in desk.get(thread(citizen)).text


def test_what_is_not_possible_any_more_is_said(city: City, citizen: Citizen, desk: Desk) -> None:
    address = reply(desk, citizen, "Der Markt ist am Montag.")
    form = fields(desk, address)
    assert desk.post(address, form | {"act": "delete"}).status_code == 303
    city.until(lambda: all_done(city))
    edit = {"act": "edit", "text": "Der Markt ist am Dienstag."}
    answer = desk.post(address, form | edit)
    assert answer.status_code == 409
    assert "Das geht nicht mehr" in answer.text
    assert "Der Markt ist am Dienstag." in answer.text, "what was typed is not lost"


def test_an_office_takes_back_its_reply_and_moderates_nobody(city: City, desk: Desk) -> None:
    citizen = city.citizen(name="Paula Pfütze", public=True)
    citizen.says("Großes Schlagloch in der Dhünnstraße 14")
    citizen.hears()
    with city.database.unit_of_work() as session:
        conversation = session.get_one(Conversation, citizen.conversation_id)
        conversation.office_id = city.office_id("tbl")
    office = city.staff(Role.OFFICE, office="tbl")
    ours = reply(office, citizen, "Wir kommen am Montag.")
    theirs = f"{thread(citizen)}/messages/{newest(citizen, Direction.INBOUND).id}"
    for who, may in ((desk, True), (office, False)):
        assert ("moderieren" in who.get(thread(citizen)).text) == may
        assert ('name="act"' in who.get(theirs).text) == may
    form = fields(desk, theirs)
    for act in ("hide", "delete"):
        assert office.post(theirs, form | {"act": act, "csrf": office.csrf}).status_code == 403
    assert f'<a href="{ours}">ändern</a>' in office.get(thread(citizen)).text
    assert send(office, ours, "delete").status_code == 303
    city.until(lambda: all_done(city))
    page = desk.get(thread(citizen)).text
    assert "Diese Nachricht haben wir zurückgenommen." in page
    assert "auf der Plattform verborgen" not in page
    assert "Großes Schlagloch" in page


def test_who_only_reads_changes_nothing(city: City, citizen: Citizen, desk: Desk) -> None:
    reader = city.staff(Role.VIEWER)
    for direction in (Direction.INBOUND, Direction.OUTBOUND):
        address = f"{thread(citizen)}/messages/{newest(citizen, direction).id}"
        page = reader.get(address)
        assert page.status_code == 200
        assert 'name="act"' not in page.text
        form = fields(desk, address) | {"act": "delete", "csrf": reader.csrf}
        assert reader.post(address, form).status_code == 403
    assert "moderieren" not in reader.get(thread(citizen)).text
    office = city.staff(Role.OFFICE, office="tbl")
    assert office.get(thread(citizen)).status_code == 404


def test_a_message_of_another_conversation_is_not_there(
    city: City, citizen: Citizen, desk: Desk
) -> None:
    other = city.citizen()
    other.says("Hallo")
    other.hears()
    address = f"{thread(other)}/messages/{newest(citizen, Direction.INBOUND).id}"
    assert desk.get(address).status_code == 404
    assert desk.post(address, {"act": "hide"}).status_code == 404
