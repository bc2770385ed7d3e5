"""Reading a conversation's messages, for the desk and for the citizen's chat."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob
from bot.attachments.states import AttachmentState
from bot.channels.models import Channel
from bot.contacts.models import Identity
from bot.inbox.models import Conversation, Message
from bot.inbox.states import AuthorKind, Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.staff.models import User
from connectors.base import Button, Visibility

PAGE = 30
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


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the thread; `delivery_state` is the worst of its parts."""

    id: int
    direction: Direction
    author_kind: AuthorKind
    author_name: str | None
    text: str
    at: datetime
    edited: bool
    deleted: bool
    delivery_state: DeliveryState | None
    buttons: tuple[Button, ...]
    attachments: tuple[File, ...]
    native_id: str | None = None


def entries(
    session: Session,
    conversation_id: int,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[list[Entry], int | None]:
    """Return the newest messages (older than `before`), oldest first, and where the rest begins."""
    wanted = select(Message, User.display_name).outerjoin(User, User.id == Message.user_id)
    wanted = wanted.where(Message.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(Message.id < before)
    found = session.execute(wanted.order_by(Message.id.desc()).limit(limit + 1)).all()
    page = _entries(session, list(reversed(found[:limit])))
    return page, page[0].id if len(found) > limit else None


def citizen_entries(session: Session, conversation_id: int, *, limit: int = 50) -> list[Entry]:
    """Return what the citizen sees: their own messages and what was sent to them."""
    found = session.execute(
        select(Message, User.display_name)
        .outerjoin(User, User.id == Message.user_id)
        .where(Message.conversation_id == conversation_id, Message.direction.in_(_PUBLIC))
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    page = _entries(session, list(reversed(found)))
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


def is_answered(session: Session, channel_id: int, thread: str, native_id: str) -> bool:
    """Tell whether something has been sent in reply to this message of the citizen."""
    return (
        session.scalar(
            select(Delivery.id)
            .where(
                Delivery.channel_id == channel_id,
                Delivery.thread == thread,
                Delivery.state == DeliveryState.SENT,
                Delivery.in_reply_to == native_id,
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


def _entries(session: Session, found: Sequence[tuple[Message, str | None]]) -> list[Entry]:
    ids = [message.id for message, _ in found]
    states = _delivery_states(session, ids)
    files = _files(session, ids)
    return [
        Entry(
            id=message.id,
            direction=message.direction,
            author_kind=message.author_kind,
            author_name=author,
            text=message.text,
            at=message.created_at,
            edited=message.edited_at is not None,
            deleted=message.deleted_at is not None,
            delivery_state=states.get(message.id),
            buttons=tuple(
                Button(str(button["id"]), str(button["label"]))
                for button in message.buttons or ()
                if isinstance(button, dict)
            ),
            attachments=tuple(files[message.id]),
            native_id=message.native_id,
        )
        for message, author in found
    ]


def _delivery_states(session: Session, ids: Sequence[int]) -> dict[int, DeliveryState]:
    rows = session.execute(
        select(Delivery.message_id, Delivery.state).where(Delivery.message_id.in_(ids))
    )
    states: dict[int, DeliveryState] = {}
    for message_id, state in rows:
        states[message_id] = min(
            states.get(message_id, DeliveryState.SENT), state, key=_WORST_FIRST.index
        )
    return states


def _files(session: Session, ids: Sequence[int]) -> dict[int, list[File]]:
    rows = session.execute(
        select(
            Attachment.message_id,
            Attachment.id,
            Attachment.name,
            Attachment.media_type,
            Attachment.state,
            Attachment.reason,
        )
        .where(Attachment.message_id.in_(ids))
        .order_by(Attachment.message_id, Attachment.position)
    )
    files: dict[int, list[File]] = defaultdict(list)
    for message_id, file_id, name, media_type, state, reason in rows:
        files[message_id].append(File(file_id, name, media_type, state, reason))
    return files
