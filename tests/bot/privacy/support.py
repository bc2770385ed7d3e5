"""A conversation with everything that belongs to one."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob, BlobChunk
from bot.attachments.states import AttachmentState
from bot.channels.models import Channel
from bot.contacts.models import Contact, Identity
from bot.db.base import Base
from bot.db.engine import Database
from bot.inbound.models import RawItem, RawItemFile
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Draft, Message, MessageRevision, TurnUnderstanding
from bot.inbox.states import AuthorKind, Direction, DraftMode
from bot.offices.models import Category, Office
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.models import User
from bot.staff.states import Role
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import TicketEventKind
from connectors.capabilities import Visibility

T = TypeVar("T", bound=Base)

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def save(session: Session, row: T) -> T:
    session.add(row)
    session.flush()
    return row


@dataclass(frozen=True, slots=True)
class City:
    """Where the conversations take place."""

    channel_id: int
    user_id: int


def city(session: Session) -> City:
    channel = save(session, Channel(kind="api", slug="app", name="App", created_at=ago(400)))
    office = save(session, Office(slug="tbl", name="TBL", created_at=ago(400)))
    save(
        session,
        Category(
            id="litter",
            group_id="clean",
            label_de="Wilder Müll",
            label_en="Litter",
            label_plain="Müll",
            office_id=office.id,
        ),
    )
    user = save(
        session,
        User(
            username="mira",
            display_name="Mira",
            password_hash="-",
            role=Role.MANAGER,
            created_at=ago(400),
        ),
    )
    return City(channel.id, user.id)


def blob(session: Session, content: bytes) -> int:
    row = save(
        session,
        Blob(sha256=hashlib.sha256(content).hexdigest(), size=len(content), created_at=ago(400)),
    )
    save(session, BlobChunk(blob_id=row.id, position=0, content=content))
    return row.id


def contact(session: Session, place: City, name: str) -> int:
    row = save(session, Contact(name=name, created_at=ago(400)))
    save(
        session,
        Identity(
            contact_id=row.id, channel_id=place.channel_id, external_id=name, created_at=ago(400)
        ),
    )
    return row.id


def conversation(
    session: Session,
    place: City,
    contact_id: int,
    thread: str,
    *,
    days: float,
    picture: int | None = None,
) -> Conversation:
    """Add a conversation whose last message is `days` old, with a row in every table it has."""
    row = save(
        session,
        Conversation(
            channel_id=place.channel_id,
            contact_id=contact_id,
            visibility=Visibility.PRIVATE,
            thread=thread,
            preview="Guten Tag",
            last_message_at=ago(days),
            created_at=ago(days),
        ),
    )
    question = message(session, row, Direction.INBOUND, days=days)
    answer = message(session, row, Direction.OUTBOUND, days=days)
    answer.reply_to_id = question.id
    save(session, MessageRevision(message_id=question.id, text="Guden", replaced_at=ago(days)))
    save(
        session,
        TurnUnderstanding(
            conversation_id=row.id,
            message_id=question.id,
            language="de",
            intents=[],
            category=[],
            entities=[],
            evidence=[],
            flags=[],
            decision="act",
            model="1",
            outcome="answered",
            created_at=ago(days),
        ),
    )
    save(
        session,
        Draft(
            user_id=place.user_id,
            conversation_id=row.id,
            mode=DraftMode.REPLY,
            text="Entwurf",
            updated_at=ago(days),
        ),
    )
    save(
        session,
        Attachment(
            message_id=question.id,
            position=0,
            name="bild.jpg",
            blob_id=picture,
            media_type="image/jpeg",
            state=AttachmentState.READY,
        ),
    )
    delivery(session, answer, thread, days=days)
    return row


def message(
    session: Session, parent: Conversation, direction: Direction, *, days: float
) -> Message:
    return save(
        session,
        Message(
            conversation_id=parent.id,
            channel_id=parent.channel_id,
            direction=direction,
            author_kind=AuthorKind.CONTACT,
            text="Guten Tag",
            created_at=ago(days),
        ),
    )


def delivery(
    session: Session,
    parent: Message,
    thread: str,
    *,
    days: float,
    part: int = 0,
    state: DeliveryState = DeliveryState.SENT,
    seq: int | None = None,
) -> Delivery:
    return save(
        session,
        Delivery(
            channel_id=parent.channel_id,
            message_id=parent.id,
            visibility=Visibility.PRIVATE,
            thread=thread,
            part=part,
            key=f"{parent.id}-{part}",
            text="Guten Tag",
            buttons=[{"id": "1", "label": "Ja"}],
            in_reply_to="m1",
            state=state,
            due_at=ago(days),
            seq=seq,
            native_id="n1",
            created_at=ago(days),
            sent_at=ago(days) if state is DeliveryState.SENT else None,
        ),
    )


def raw_item(
    session: Session,
    place: City,
    event_id: str,
    *,
    days: float,
    state: RawState = RawState.DONE,
    file: int | None = None,
) -> int:
    row = save(
        session,
        RawItem(
            channel_id=place.channel_id,
            event_id=event_id,
            order_key="t1",
            payload="{}",
            state=state,
            received_at=ago(days),
            done_at=ago(days) if state is RawState.DONE else None,
        ),
    )
    if file is not None:
        save(
            session,
            RawItemFile(
                raw_item_id=row.id,
                position=0,
                name="bild.jpg",
                declared_type="image/jpeg",
                blob_id=file,
            ),
        )
    return row.id


def ticket(
    session: Session,
    number: str,
    *,
    closed_days: float | None,
    parent: Conversation | None = None,
    contact_id: int | None = None,
) -> Ticket:
    office = session.scalars(select(Office)).one()
    row = save(
        session,
        Ticket(
            number=number,
            token=number,
            check_code="1234",
            category_id="litter",
            office_id=office.id,
            title="Müll vor dem Haus von Frau Muster",
            description="Vor meiner Tür.",
            place="Musterweg 1",
            lat=51.0,
            lon=7.0,
            reporter_name="Erika Muster",
            reporter_email="erika@stadt.example",
            reporter_phone="0214 4711",
            contact_id=parent.contact_id if parent else contact_id,
            conversation_id=parent.id if parent else None,
            created_at=ago(300),
            updated_at=ago(closed_days or 0),
            closed_at=None if closed_days is None else ago(closed_days),
        ),
    )
    save(
        session,
        TicketEvent(
            ticket_id=row.id,
            at=ago(200),
            kind=next(iter(TicketEventKind)),
            actor_kind="contact",
            public_note="Erledigt",
            citizen_text="Danke, Erika",
        ),
    )
    if parent:
        parent.ticket_id, parent.office_id = row.id, row.office_id
        session.flush()
    return row


def talk(session: Session, place: City, name: str, *, days: float) -> Conversation:
    person = contact(session, place, name)
    picture = blob(session, name.encode())
    return conversation(session, place, person, name, days=days, picture=picture)


def count(database: Database, table: type[Base]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
