"""Reading a conversation's messages, for the desk and for the citizen's chat."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob
from bot.attachments.states import AttachmentState
from bot.channels.models import Channel
from bot.contacts.models import Identity
from bot.db.base import BigInt
from bot.inbox.models import Conversation, Message, Reaction
from bot.inbox.states import AuthorKind, Direction, Offence
from bot.outbox.models import Delivery
from bot.outbox.states import OPEN, SETTLED, DeliveryState
from bot.staff.models import User
from connectors.base import Button
from connectors.capabilities import Act, Visibility

PAGE = 30
_NEWER_THAN_ANY = 2**63 - 1
_WORST_FIRST = (
    DeliveryState.DEAD,
    DeliveryState.UNCONFIRMED,
    DeliveryState.RETRY,
    DeliveryState.SENDING,
    DeliveryState.QUEUED,
    DeliveryState.SENT,
)
_PUBLIC = (Direction.INBOUND, Direction.OUTBOUND)
_READY = (
    select(
        Attachment.id,
        Message.conversation_id,
        Attachment.name,
        Attachment.media_type,
        Blob.id,
    )
    .join(Message, Message.id == Attachment.message_id)
    .join(Blob, Blob.id == Attachment.blob_id)
    .where(Attachment.state == AttachmentState.READY, Message.deleted_at.is_(None))
)
# Built once: building a statement takes longer than sending it.
_CONVERSATION = Message.conversation_id == bindparam("conversation_id", type_=BigInt)
_SHOWN = and_(
    _CONVERSATION,
    Message.id.between(bindparam("first", type_=BigInt), bindparam("last", type_=BigInt)),
)
_ALL = (
    select(
        Message.id,
        Message.direction,
        Message.author_kind,
        User.display_name,
        Message.text,
        Message.created_at,
        Message.edited_at,
        Message.deleted_at,
        Message.buttons,
        Message.native_id,
        Message.unread,
        Message.below,
        Message.moderated,
        Message.offence,
        Message.judgement,
    )
    .outerjoin(User, User.id == Message.user_id)
    .where(_CONVERSATION, Message.id < bindparam("before", type_=BigInt))
    .order_by(Message.id.desc())
    .limit(bindparam("limit"))
)
_FOR_CITIZEN = _ALL.where(Message.direction.in_(_PUBLIC))
_STATES = (
    select(
        Delivery.id,
        Delivery.message_id,
        Delivery.act,
        Delivery.state,
        Delivery.attachment_id,
        Delivery.native_id,
        Delivery.error_code,
    )
    .join(Message, Message.id == Delivery.message_id)
    .where(_SHOWN)
    .order_by(Delivery.id)
)
_FILES = (
    select(
        Attachment.message_id,
        Attachment.id,
        Attachment.name,
        Attachment.media_type,
        Attachment.state,
        Attachment.reason,
    )
    .join(Message, Message.id == Attachment.message_id)
    .where(_SHOWN)
    .order_by(Attachment.message_id, Attachment.position)
)


_REACTIONS = (
    select(Reaction.message_id, Reaction.symbol)
    .join(Message, Message.id == Reaction.message_id)
    .where(_SHOWN)
    .order_by(Reaction.id)
)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; only a ready one may be shown."""

    id: int
    name: str
    media_type: str
    state: AttachmentState
    reason: str | None

    @property
    def is_image(self) -> bool:
        """Whether it is a picture."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A ready attachment, where it belongs, and the blob that holds its content."""

    id: int
    conversation_id: int
    name: str
    media_type: str
    blob_id: int


class Way(NamedTuple):
    """How far a message has come: the worst state of its parts, and what was done to it since.

    Without parts (`state` is None) it came in.
    """

    state: DeliveryState | None = None
    is_open: bool = False  # some part is still on its way
    texts: int = 0  # parts that are texts
    named: int = 0  # parts of which the platform's name is known
    act: Act | None = None  # the newest
    act_state: DeliveryState | None = None  # the worst of this act's parts
    act_error: str | None = None
    acted: int = 0  # the number of its last part


_CAME_IN = Way()


class Entry(NamedTuple):
    """A message of the thread; `below` and `moderated` as in the table.

    A tuple, because every look at a thread makes dozens.
    """

    id: int
    direction: Direction
    author_kind: AuthorKind
    author_name: str | None
    text: str
    at: datetime
    deleted: bool
    buttons: tuple[Button, ...]
    attachments: tuple[File, ...]
    native_id: str | None = None
    unread: str | None = None
    reactions: tuple[str, ...] = ()
    way: Way = _CAME_IN
    edited_at: datetime | None = None
    below: str | None = None
    moderated: Act | None = None
    suspected: Offence | None = None  # and nobody has judged it yet

    @property
    def delivery_state(self) -> DeliveryState | None:
        """The worst state of its parts; None for what came in."""
        return self.way.state

    @property
    def edited(self) -> bool:
        """Whether its text was changed."""
        return self.edited_at is not None

    @property
    def mark(self) -> str:
        """What tells this state of the message from any other: forms bring it back."""
        return f"{self.edited_at.isoformat() if self.edited_at else ''}/{self.way.acted}"


def entry(session: Session, conversation_id: int, message_id: int) -> Entry | None:
    """Return one message of a conversation."""
    page, _ = _page(session, _ALL, conversation_id, message_id + 1, 1)
    return page[0] if page and page[0].id == message_id else None


def entries(
    session: Session,
    conversation_id: int,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[list[Entry], int | None]:
    """Return the newest messages (older than `before`), oldest first, and where the rest begins."""
    end = _NEWER_THAN_ANY if before is None else before
    page, is_more = _page(session, _ALL, conversation_id, end, limit)
    return page, page[0].id if is_more else None


def citizen_entries(session: Session, conversation_id: int, *, limit: int = 50) -> list[Entry]:
    """Return what the citizen sees: their own messages and what was sent to them."""
    page, _ = _page(session, _FOR_CITIZEN, conversation_id, _NEWER_THAN_ANY, limit)
    return [
        entry
        for entry in page
        if entry.direction is Direction.INBOUND or entry.delivery_state is DeliveryState.SENT
    ]


def stored_file(session: Session, file_id: int) -> StoredFile | None:
    """Return an attachment that may be shown; None for any other."""
    found = session.execute(_READY.where(Attachment.id == file_id)).one_or_none()
    return StoredFile(*found) if found else None


def citizen_file(session: Session, conversation_id: int, file_id: int) -> StoredFile | None:
    """Return an attachment that the citizen of this conversation may see; None for any other."""
    found = session.execute(
        _READY.where(
            Attachment.id == file_id,
            Message.conversation_id == conversation_id,
            Message.direction.in_(_PUBLIC),
        )
    ).one_or_none()
    return StoredFile(*found) if found else None


def is_answered(session: Session, channel_id: int, native_id: str) -> bool:
    """Tell whether something has been sent in reply to this message of the citizen."""
    asked = select(Message.id).where(
        Message.channel_id == channel_id, Message.native_id == native_id
    )
    return (
        session.scalar(
            select(Delivery.id)
            .join(Message, Message.id == Delivery.message_id)
            .where(
                Message.reply_to_id == asked.scalar_subquery(),
                Delivery.state == DeliveryState.SENT,
            )
            .limit(1)
        )
        is not None
    )


def conversation_of(session: Session, channel_slug: str, external_id: str) -> int | None:
    """Return a visitor's private conversation on a channel."""
    return session.scalar(
        select(Conversation.id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .join(Identity, Identity.contact_id == Conversation.contact_id)
        .where(
            Channel.slug == channel_slug,
            Identity.channel_id == Channel.id,
            Identity.external_id == external_id,
            Conversation.thread == external_id,
            Conversation.visibility == Visibility.PRIVATE,
        )
    )


def _page(
    session: Session,
    statement: Select[*tuple[object, ...]],
    conversation_id: int,
    before: int,
    limit: int,
) -> tuple[list[Entry], bool]:
    """Return a page of messages, oldest first, and whether there are older ones."""
    values = {"conversation_id": conversation_id, "before": before, "limit": limit + 1}
    found = session.connection().execute(statement, values).all()
    if not found:
        return [], False
    shown = found[:limit][::-1]
    span = {"conversation_id": conversation_id, "first": shown[0].id, "last": shown[-1].id}
    ways = _ways(session, span)
    files = _files(session, span)
    reactions = _reactions(session, span)
    page = [
        Entry(
            row.id,
            row.direction,
            row.author_kind,
            row.display_name,
            row.text,
            row.created_at,
            row.deleted_at is not None,
            _buttons(row.buttons),
            tuple(files[row.id]) if row.id in files else (),
            native_id=row.native_id,
            unread=row.unread,
            reactions=tuple(reactions[row.id]) if row.id in reactions else (),
            way=ways.get(row.id, _CAME_IN),
            edited_at=row.edited_at,
            below=row.below,
            moderated=row.moderated,
            suspected=None if row.judgement else row.offence,
        )
        for row in shown
    ]
    return page, len(found) > limit


def _buttons(stored: list[object] | None) -> tuple[Button, ...]:
    return tuple(
        Button(str(button["id"]), str(button["label"]))
        for button in stored or ()
        if isinstance(button, dict)
    )


def _ways(session: Session, span: Mapping[str, int]) -> dict[int, Way]:
    ways: dict[int, Way] = {}
    rows = session.connection().execute(_STATES, span).all()
    for part_id, message_id, act, state, attachment_id, native_id, error_code in rows:
        way = ways.get(message_id, _CAME_IN)
        if act is Act.POST:
            way = way._replace(
                state=_worse(way.state or state, state),
                is_open=way.is_open or state in OPEN,
                texts=way.texts + (attachment_id is None),
                named=way.named + (native_id is not None),
            )
        elif error_code != SETTLED:
            before = way.act_state if way.act is act and way.act_state else state
            way = way._replace(
                act=act, act_state=_worse(before, state), act_error=error_code, acted=part_id
            )
        ways[message_id] = way
    return ways


def _worse(one: DeliveryState, other: DeliveryState) -> DeliveryState:
    return min(one, other, key=_WORST_FIRST.index)


def _reactions(session: Session, span: Mapping[str, int]) -> dict[int, list[str]]:
    reactions: dict[int, list[str]] = defaultdict(list)
    for message_id, symbol in session.connection().execute(_REACTIONS, span).all():
        reactions[message_id].append(symbol)
    return reactions


def _files(session: Session, span: Mapping[str, int]) -> dict[int, list[File]]:
    files: dict[int, list[File]] = defaultdict(list)
    rows = session.connection().execute(_FILES, span).all()
    for message_id, file_id, name, media_type, state, reason in rows:
        files[message_id].append(File(file_id, name, media_type, state, reason))
    return files
