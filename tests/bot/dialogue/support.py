"""What the tests of the dialogue look at, and what a colleague does meanwhile."""

from sqlalchemy import select

from bot.inbox import service as inbox
from bot.offices.models import Office
from bot.outbox.models import Delivery
from bot.tickets.models import Ticket
from tests.fakes.town import Town


def tickets(town: Town) -> list[tuple[str, str, str, str]]:
    with town.database.read() as session:
        return list(
            session.execute(
                select(Ticket.category_id, Office.slug, Ticket.place, Ticket.description)
                .join(Office, Office.id == Ticket.office_id)
                .order_by(Ticket.id)
            ).all()
        )


def take(town: Town, thread: str) -> None:
    key = town.conversation(thread).id
    with town.database.unit_of_work() as session:
        inbox.take(session, key, user_id=town.user_id, now=town.clock.now())


def hand_back(town: Town, thread: str) -> None:
    key = town.conversation(thread).id
    with town.database.unit_of_work() as session:
        inbox.hand_back(session, key, user_id=town.user_id, now=town.clock.now())


def buttons(town: Town) -> list[str]:
    with town.database.read() as session:
        rows = session.scalars(select(Delivery.buttons).order_by(Delivery.id)).all()
    return [str(button["id"]) for button in rows[-1] if isinstance(button, dict)]
