"""What the tests of public conversations share."""

from sqlalchemy import select

from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from connectors import registry
from connectors.capabilities import Capabilities, Visibility
from tests.fakes.town import Town

NOTICE = "Ich bin der automatische Assistent"


def public_kinds() -> dict[str, Capabilities]:
    """Return the kinds of the registry on which there are public conversations."""
    found = {kind: registry.connector(kind).capabilities for kind in registry.kinds()}
    return {kind: can for kind, can in found.items() if Visibility.PUBLIC in can.visibility}


def deliveries(town: Town, visibility: Visibility) -> list[str]:
    with town.database.read() as session:
        return list(
            session.scalars(
                select(Delivery.text).where(Delivery.visibility == visibility).order_by(Delivery.id)
            )
        )


def conversations(town: Town, visibility: Visibility) -> list[Conversation]:
    with town.database.read() as session:
        return list(
            session.scalars(select(Conversation).where(Conversation.visibility == visibility))
        )


def report(town: Town, person: str) -> str:
    """Let somebody report something in private; return the ticket's token."""
    text = "Die Laterne in der Dorfstraße 5 ist aus, und ich traue mich nicht vor die Tür"
    town.turn(f"{person}-private", text, sender=person, name="Karla Komet")
    with town.database.read() as session:
        return session.scalars(select(Ticket.token)).one()


def reply(town: Town, thread: str, text: str) -> None:
    conversation = town.conversation(thread)
    with town.database.unit_of_work() as session:
        inbox.reply(
            session,
            conversation.id,
            text,
            version=conversation.version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )
