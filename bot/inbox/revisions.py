"""What contacts do to messages that are here already: edits, deletions, reactions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment
from bot.contacts import service as contacts
from bot.contacts.models import Identity
from bot.db.bulk import insert
from bot.inbox.batch import PREVIEW
from bot.inbox.models import (
    Conversation,
    Message,
    MessageRevision,
    Reaction,
    TurnUnderstanding,
)
from bot.inbox.states import Direction
from bot.learning import service as learning
from bot.outbox.models import Delivery
from bot.privacy import erasure
from connectors.base import InboundDeletion, InboundEdit, InboundReaction

_MUTE = {"synchronize_session": False}

Revision = InboundEdit | InboundDeletion | InboundReaction


@dataclass(frozen=True, slots=True)
class Revised:
    """A conversation in which something was changed; of an edit, which message, before and now."""

    conversation_id: int
    message_id: int | None = None
    before: str = field(default="", repr=False)
    text: str = field(default="", repr=False)


def revise(
    session: Session,
    changes: Sequence[tuple[int, Revision]],
    *,
    now: datetime,
) -> list[Revised]:
    """Apply `changes` of channels, in order; return what they changed.

    An edit keeps the text before it as a revision; a deletion takes the content, its revisions and
    files, what was kept of it elsewhere, and what the platform had brought of it.
    """
    _lock(session, changes)
    touched: list[Revised] = []
    for channel_id, change in changes:
        if isinstance(change, InboundReaction):
            touched += _plainly(_react(session, channel_id, change, now))
            continue
        if isinstance(change, InboundDeletion):
            touched += _plainly(_take_back(session, channel_id, change))
            erasure.erase_raw_items(
                session, channel_id, change.native_id, order_key=change.room, now=now
            )
        message = session.execute(_meant(channel_id, change)).one_or_none()
        if message is None or message.deleted_at is not None:
            continue
        if isinstance(change, InboundEdit):
            touched.append(Revised(message.conversation_id, message.id, message.text, change.text))
            revision = {"message_id": message.id, "text": message.text, "replaced_at": now}
            session.execute(insert(session, MessageRevision), [revision])
            values: dict[str, object] = {
                "text": change.text,
                "edited_at": change.edited_at or now,
            }
        else:
            touched.append(Revised(message.conversation_id))
            values = {"text": "", "deleted_at": now, "lat": None, "lon": None}
            values |= {"offence": None, "offence_words": None}
        session.execute(
            update(Message)
            .where(Message.id == message.id)
            .values(values)
            .execution_options(**_MUTE)
        )
        if isinstance(change, InboundDeletion):
            _erase_traces(session, message.id, message.conversation_id)
    return touched


def _lock(session: Session, changes: Sequence[tuple[int, Revision]]) -> None:
    """Lock the conversations that are meant, before any message: as whoever judges one does."""
    meant = {
        session.scalar(_meant(channel_id, change).with_only_columns(Message.conversation_id))
        for channel_id, change in changes
        if not isinstance(change, InboundReaction)
    } - {None}
    if meant:
        session.execute(
            select(Conversation.id)
            .where(Conversation.id.in_(meant))
            .order_by(Conversation.id)
            .with_for_update()
        )


def _plainly(conversations: Iterable[int]) -> list[Revised]:
    return [Revised(conversation_id) for conversation_id in conversations]


def _meant(
    channel_id: int, change: InboundEdit | InboundDeletion
) -> Select[int, int, str, datetime | None]:
    """Return the message that a change is about, if it is one that it may be about."""
    found = (
        select(Message.id, Message.conversation_id, Message.text, Message.deleted_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.channel_id == channel_id, Message.native_id == change.native_id)
    )
    if change.room is not None:
        below = Conversation.thread.startswith(f"{change.room}/", autoescape=True)
        found = found.where(or_(Conversation.thread == change.room, below))
    if isinstance(change, InboundEdit) and change.author is not None:
        theirs = select(Identity.contact_id).where(
            Identity.channel_id == channel_id, Identity.external_id == change.author
        )
        found = found.where(Conversation.contact_id.in_(theirs))
    return found


def _erase_traces(session: Session, message_id: int, conversation_id: int) -> None:
    """Take what was kept of a deleted message: revisions, files, evidence, question, preview.

    What a person has said of it goes as well, masked or not: its author has taken it back.
    """
    blobs = session.scalars(
        delete(Attachment).where(Attachment.message_id == message_id).returning(Attachment.blob_id)
    ).all()
    erasure.delete_unused_blobs(session, blobs)
    turn = session.scalar(
        select(func.min(TurnUnderstanding.message_id)).where(
            TurnUnderstanding.conversation_id == conversation_id,
            TurnUnderstanding.message_id >= message_id,
        )
    )
    learning.forget(session, [turn])
    for statement in (
        delete(MessageRevision).where(MessageRevision.message_id == message_id),
        delete(Reaction).where(Reaction.message_id == message_id),
        update(TurnUnderstanding)
        .where(TurnUnderstanding.message_id == turn)
        .values(entities=[], evidence=[], doubt=None),
        update(Conversation).where(Conversation.id == conversation_id).values(dialogue=None),
    ):
        session.execute(statement.execution_options(**_MUTE))
    renew_preview(session, conversation_id)


def renew_preview(
    session: Session, conversation_id: int, *, replaced: Mapping[int, str] | None = None
) -> None:
    """Let the list show the newest text of a conversation; of `replaced` messages, these instead.

    A message that is replaced by nothing is passed over.
    """
    texts = replaced or {}
    newest = session.execute(
        select(Message.id, Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction.in_((Direction.INBOUND, Direction.OUTBOUND)),
            Message.deleted_at.is_(None),
            Message.id.not_in([key for key, text in texts.items() if not text]),
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    text = texts.get(newest.id, newest.text) if newest else ""
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(preview=text[:PREVIEW])
        .execution_options(**_MUTE)
    )


def _react(
    session: Session, channel_id: int, reaction: InboundReaction, now: datetime
) -> list[int]:
    """Put a sign on a message of theirs or ours; what we do not have can bear none."""
    message = session.execute(
        select(Message.id, Message.conversation_id).where(
            Message.channel_id == channel_id,
            Message.deleted_at.is_(None),
            or_(
                Message.native_id == reaction.target,
                Message.id.in_(
                    select(Delivery.message_id).where(
                        Delivery.channel_id == channel_id, Delivery.native_id == reaction.target
                    )
                ),
            ),
        )
    ).first()
    if message is None:
        return []
    sender = reaction.sender
    identity = contacts.identify(session, {(channel_id, sender.id): sender.name}, now=now)
    session.execute(
        insert(session, Reaction)
        .values(
            message_id=message.id,
            channel_id=channel_id,
            contact_id=identity[channel_id, sender.id].contact_id,
            native_id=reaction.native_id,
            symbol=reaction.symbol[:80],
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["channel_id", "native_id"])
    )
    return [message.conversation_id]


def _take_back(session: Session, channel_id: int, deletion: InboundDeletion) -> list[int]:
    gone = delete(Reaction).where(
        Reaction.channel_id == channel_id, Reaction.native_id == deletion.native_id
    )
    messages = session.scalars(gone.returning(Reaction.message_id).execution_options(**_MUTE)).all()
    found = select(Message.conversation_id).where(Message.id.in_(messages))
    return list(session.scalars(found)) if messages else []
