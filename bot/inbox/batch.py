"""The hot path of the inbox: conversations and messages written in sets, not one by one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.db.bulk import insert, one_of, update_rows
from bot.inbox import rules
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import AuthorKind, ConversationStatus, Handler
from connectors.capabilities import Visibility

_MUTE = {"synchronize_session": False}
PREVIEW = 160

Place = tuple[int, Visibility, str, int]  # channel, visibility, thread, contact


@dataclass(slots=True)
class Open:
    """A conversation as the batch changes it; written back once, by `save`."""

    id: int
    channel_id: int
    contact_id: int
    visibility: Visibility
    thread: str
    status: ConversationStatus
    handler: Handler
    language: str | None
    version: int
    unread: int
    dialogue: dict[str, object] | None
    emergency_at: datetime | None
    waiting_since: datetime | None
    office_id: int | None
    ticket_id: int | None
    preview: str
    last_message_at: datetime
    last_inbound_at: datetime | None

    @property
    def place(self) -> Place:
        """The key of a conversation."""
        return self.channel_id, self.visibility, self.thread, self.contact_id


_COLUMNS = tuple(getattr(Conversation, name) for name in Open.__dataclass_fields__)
_SAVED = (
    "status",
    "handler",
    "language",
    "version",
    "unread",
    "dialogue",
    "emergency_at",
    "waiting_since",
    "office_id",
    "ticket_id",
    "preview",
    "last_message_at",
    "last_inbound_at",
)


def open_conversations(
    session: Session, places: Iterable[Place], *, now: datetime, beside: Iterable[Place] = ()
) -> dict[Place, Open]:
    """Return the conversation of each place, made where it is new, locked until the commit.

    Those `beside` them come along where there are any: locked together, so that two batches never
    wait for each other.
    """
    wanted = sorted(set(places))
    found = _load(session, sorted({*wanted, *beside}))
    missing = [place for place in wanted if place not in found]
    if missing:
        session.execute(
            insert(session, Conversation).on_conflict_do_nothing(
                index_elements=["channel_id", "visibility", "thread", "contact_id"]
            ),
            [
                {
                    "channel_id": channel_id,
                    "visibility": visibility,
                    "thread": thread,
                    "contact_id": contact_id,
                    "status": ConversationStatus.OPEN,
                    "handler": Handler.ASSISTANT,
                    "version": 0,
                    "unread": 0,
                    "preview": "",
                    "last_message_at": now,
                    "created_at": now,
                }
                for channel_id, visibility, thread, contact_id in missing
            ],
        )
        found |= _load(session, missing)
    return found


def save(session: Session, conversations: Sequence[Open]) -> None:
    """Write the changed conversations back in one statement."""
    update_rows(
        session,
        Conversation,
        [
            {"id": one.id}
            | {name: getattr(one, name) for name in _SAVED}
            | rules.needed(one.emergency_at, one.waiting_since)
            for one in conversations
        ],
    )


def answered_often(
    session: Session, conversations: Iterable[Open], *, times: int, since: datetime
) -> set[int]:
    """Return the conversations that the assistant has answered so many `times` `since` then.

    Only those are asked about in which that much was said: nearly always none.
    """
    busy = {
        one.id for one in conversations if one.version >= 2 * times and one.last_message_at >= since
    }
    if not busy:
        return set()
    answered_at = (
        select(Message.created_at)
        .where(
            Message.conversation_id == Conversation.id,
            Message.author_kind == AuthorKind.ASSISTANT,
            Message.reply_to_id.is_not(None),
        )
        .order_by(Message.id.desc())
        .offset(times - 1)
        .limit(1)
        .scalar_subquery()
    )
    return set(
        session.scalars(
            select(Conversation.id).where(Conversation.id.in_(busy), answered_at >= since)
        )
    )


def last_outcomes(session: Session, conversations: Iterable[int]) -> dict[int, str]:
    """Return what became of the newest turn of these conversations, where there is one."""
    wanted = sorted(set(conversations))
    if not wanted:
        return {}
    newest = (
        select(func.max(TurnUnderstanding.id))
        .where(TurnUnderstanding.conversation_id.in_(wanted))
        .group_by(TurnUnderstanding.conversation_id)
    )
    rows = session.execute(
        select(TurnUnderstanding.conversation_id, TurnUnderstanding.outcome).where(
            TurnUnderstanding.id.in_(newest)
        )
    )
    return dict(rows.all())


def known_natives(session: Session, natives: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return which of these (channel, native id) are messages already."""
    wanted = sorted(set(natives))
    if not wanted:
        return set()
    rows = session.execute(
        select(Message.channel_id, Message.native_id).where(
            one_of((Message.channel_id, Message.native_id), wanted)
        )
    )
    return {(channel_id, native_id or "") for channel_id, native_id in rows}


def comments(session: Session, natives: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return which of these (channel, native id) are comments below a post of the city's own."""
    wanted = sorted(set(natives))
    if not wanted:
        return set()
    rows = session.execute(
        select(Message.channel_id, Message.native_id).where(
            one_of((Message.channel_id, Message.native_id), wanted), Message.below.is_not(None)
        )
    )
    return {(channel_id, native_id or "") for channel_id, native_id in rows}


def add_messages(session: Session, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Insert messages and return their ids in the same order."""
    if not rows:
        return []
    inserted = session.execute(
        insert(session, Message).returning(Message.id, sort_by_parameter_order=True), list(rows)
    )
    return list(inserted.scalars())


def _load(session: Session, places: Sequence[Place]) -> dict[Place, Open]:
    if not places:
        return {}
    rows = session.execute(
        select(*_COLUMNS)
        .where(
            one_of(
                (
                    Conversation.channel_id,
                    Conversation.visibility,
                    Conversation.thread,
                    Conversation.contact_id,
                ),
                places,
                led_by=3,
            )
        )
        .order_by(Conversation.id)
        .with_for_update()
    )
    loaded = (Open(**row) for row in rows.mappings())
    return {one.place: one for one in loaded}
