"""What the desk asks of a platform is done there, and shows on the desk when it is."""

import httpx
import pytest
from sqlalchemy import select

from bot import clock
from bot.audit.service import CLI
from bot.inbox.models import Message
from bot.outbox.models import Delivery
from bot.staff import passwords
from bot.staff import service as staff
from bot.staff.states import Role
from connectors.capabilities import Act
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered
from tests.conformance.stage import Stage
from tests.conformance.test_city import City, city, is_read, sent
from tests.support.city import PASSWORD, log_in, value
from tests.support.waiting import settled, until

__all__ = ["city"]

TAKEN_BACK = "Diese Nachricht haben wir zurückgenommen."


@pytest.fixture
def able(stage: Stage) -> None:
    """Say so before a city is started for nothing."""
    if Act.DELETE not in stage.connector.capabilities.acts:
        raise NotOffered("no delete")


def seen(city: City) -> set[str]:
    return {one.native_id for one in city.stage.platform.heard()}


@case(12, "what a colleague takes back on the desk is gone on the platform")
def test_what_is_taken_back_on_the_desk_is_gone_there(able: None, city: City) -> None:
    until("the account is read", lambda: is_read(city))
    city.ask("anna", 1)
    until("the answer, whole", lambda: sent(city) and settled(city.database))
    names = set(sent(city))
    assert names <= seen(city)
    with city.database.read() as session:
        message = session.scalars(
            select(Message).join(Delivery, Delivery.message_id == Message.id).distinct()
        ).one()
    with city.database.unit_of_work() as session:
        staff.create_user(
            session,
            CLI,
            username="mira",
            display_name="Mira",
            role=Role.MANAGER,
            password_hash=passwords.hash_password(PASSWORD),
            must_change_password=False,
            now=clock.now(),
        )
    address = f"/desk/conversations/{message.conversation_id}/messages/{message.id}"
    with httpx.Client(base_url=city.server.url, timeout=60) as client:
        log_in(client, "mira")
        page = client.get(address).text
        assert 'name="act" value="delete"' in page
        form = {"csrf": value(page, "csrf"), "act": "delete", "seen": value(page, "seen")}
        assert client.post(address, data=form).status_code == 303
        until("it is gone there", lambda: names.isdisjoint(seen(city)))
        until("it is told here", lambda: TAKEN_BACK in client.get(address).text)
