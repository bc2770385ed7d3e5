"""A town small enough for a test: two offices, four categories, one contact."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.audit.service import CLI, Actor, ActorKind
from bot.contacts.models import Contact
from bot.db.engine import Database
from bot.events.models import Event
from bot.offices import service as offices
from bot.offices.states import OfficeKind, Publication
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import TicketKind

NOW = datetime(2026, 11, 19, 17, 26, tzinfo=UTC)  # a Thursday evening
STAFF = Actor(ActorKind.USER, 7)


@dataclass(frozen=True, slots=True)
class Town:
    roads: int
    lamps: int
    contact: int
    stranger: int


def build(database: Database) -> Town:
    with database.unit_of_work() as session:
        roads = offices.put_office(
            session, "tbl", "Technische Betriebe", OfficeKind.CITY, actor=CLI, now=NOW
        )
        lamps = offices.put_office(session, "evl", "EVL", OfficeKind.COMPANY, actor=CLI, now=NOW)
        for category in (
            offices.NewCategory(
                "road_damage",
                "roads_pothole",
                "Straßenschaden, Schlagloch",
                "Pothole",
                "Loch in der Straße",
                roads.id,
                target_days=10,
                danger=True,
                position=1,
            ),
            offices.NewCategory(
                "street_light",
                "street_light",
                "Straßenbeleuchtung defekt",
                "Street light",
                "Die Laterne ist kaputt",
                lamps.id,
                target_days=3,
                position=2,
            ),
            offices.NewCategory(
                "data_protection",
                "administration",
                "Datenschutz",
                "Data protection",
                "Datenschutz",
                roads.id,
                kind=TicketKind.DATA_REQUEST,
                target_months=1,
                publication=Publication.NEVER,
                position=3,
            ),
            offices.NewCategory("other", "other", "Sonstiges", "Other", "Anderes", roads.id),
        ):
            offices.put_category(session, category, actor=CLI, now=NOW)
        contact, stranger = Contact(created_at=NOW), Contact(created_at=NOW)
        session.add_all([contact, stranger])
        session.flush()
        return Town(roads.id, lamps.id, contact.id, stranger.id)


def lamp(town: Town, text: str = "Die Laterne vor Haus 14 ist aus.") -> tickets.NewTicket:
    return tickets.NewTicket(
        category_id="street_light",
        description=text,
        place="Dhünnstraße 14",
        district="wiesdorf",
        lat=51.03,
        lon=6.98,
        contact_id=town.contact,
        language="de",
    )


def open_lamp(database: Database, town: Town) -> Ticket:
    actor = Actor(ActorKind.CONTACT, town.contact)
    with database.unit_of_work() as session:
        return tickets.open_ticket(session, lamp(town), actor=actor, now=NOW, prefix="LEV")


def audit_lines(session: Session, subject_kind: str) -> list[tuple[str, str, int | None]]:
    rows = session.scalars(
        select(AuditEntry).where(AuditEntry.subject_kind == subject_kind).order_by(AuditEntry.id)
    )
    return [(row.action, row.actor_kind, row.subject_id) for row in rows]


def live_kinds(session: Session, ticket_id: int) -> list[str]:
    rows = session.scalars(
        select(Event.kind).where(Event.ticket_id == ticket_id).order_by(Event.id)
    )
    return list(rows)
