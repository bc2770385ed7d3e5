"""What people do to messages after they are out: edit, take back, put out of sight, show again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment
from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels.models import Channel
from bot.channels.queries import Connectors
from bot.channels.states import ChannelState
from bot.db.bulk import insert
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.guard import service as guard
from bot.inbox import revisions, thread
from bot.inbox import service as inbox
from bot.inbox.models import Conversation, Message, MessageRevision
from bot.inbox.states import AuthorKind, Direction
from bot.inbox.thread import Entry
from bot.outbox.models import Delivery
from bot.outbox.queries import is_stuck
from bot.outbox.service import new_key, order_key
from bot.outbox.states import OPEN, SETTLED, DeliveryState
from bot.privacy import erasure
from bot.work import service as work
from bot.work.states import Lane
from connectors import text as texts
from connectors.capabilities import Act, Capabilities, Visibility

_MUTE = {"synchronize_session": False}
_LANE = Lane.BULK  # no answer waits behind an act that does not succeed


class MessageNotFoundError(NotFoundError):
    """There is no such message in this conversation."""

    code = "message_not_found"


class ActNotPossibleError(StaleError):
    """The platform does not offer it, or it does not fit what has become of the message."""

    code = "act_not_possible"


class Done(Protocol):
    """A part whose act the platform has carried out."""

    @property
    def id(self) -> int: ...
    @property
    def message_id(self) -> int: ...
    @property
    def act(self) -> Act: ...
    @property
    def text(self) -> str: ...


def possible(entry: Entry, visibility: Visibility, can: Capabilities) -> frozenset[Act]:
    """Return what can be done to a message now.

    What is out of our own can be taken back, and edited where it is one text of a colleague. What
    others have written in public can be deleted, and hidden below a post of ours. One at a time.
    """
    way = entry.way
    if entry.deleted or way.act_state in OPEN:
        return frozenset()
    if entry.direction is Direction.OUTBOUND and way.named and not way.is_open:
        is_one = way.state is DeliveryState.SENT and way.texts == 1
        is_text = is_one and entry.author_kind is AuthorKind.STAFF
        return can.acts & ({Act.EDIT, Act.DELETE} if is_text else {Act.DELETE})
    if entry.direction is Direction.INBOUND and visibility is Visibility.PUBLIC:
        if entry.native_id is None or entry.moderated is Act.DELETE:
            return frozenset()
        sight = Act.SHOW if entry.moderated is Act.HIDE else Act.HIDE
        return can.moderates & ({sight, Act.DELETE} if entry.below else {Act.DELETE})
    return frozenset()


def ask(
    session: Session,
    conversation: Conversation,
    message_id: int,
    act: Act,
    *,
    seen: str,
    text: str = "",
    connectors: Connectors,
    actor: Actor,
    now: datetime,
) -> None:
    """Send the platform what shall be done to a message; `text` is what it says after an edit.

    `conversation` is held by the caller; `seen` is the `Entry.mark` of what they looked at. What
    shows here follows when the platform has done it. Raises `MessageNotFoundError`,
    `ActNotPossibleError`, `InvalidError` for a text that is empty or no single message there,
    `PublicTextError`, `NoConnectorError`.
    """
    entry = thread.entry(session, conversation.id, message_id)
    if entry is None:
        raise MessageNotFoundError("There is no such message in this conversation.")
    can = inbox.capabilities(session, conversation, connectors)
    account = session.get_one(  # it cannot be removed before the commit
        Channel, conversation.channel_id, with_for_update={"read": True, "key_share": True}
    )
    is_there = account.state is not ChannelState.REMOVED
    fits = seen == entry.mark and act in possible(entry, conversation.visibility, can)
    if not is_there or not fits:
        raise ActNotPossibleError("This cannot be done to the message.")
    body = _edited(session, conversation, message_id, text, can, now) if act is Act.EDIT else ""
    session.execute(  # what has failed before is past
        update(Delivery)
        .where(Delivery.message_id == message_id, Delivery.act != Act.POST, is_stuck())
        .values(error_code=SETTLED)
        .execution_options(**_MUTE)
    )
    last = session.scalar(select(func.max(Delivery.part)).where(Delivery.message_id == message_id))
    session.execute(
        insert(session, Delivery),
        [
            {
                "channel_id": conversation.channel_id,
                "message_id": message_id,
                "lane": _LANE,
                "visibility": conversation.visibility,
                "thread": conversation.thread,
                "part": place,
                "act": act,
                "target": target,
                "key": new_key(now),
                "text": body,
                "buttons": [],
                "state": DeliveryState.QUEUED,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
            }
            for place, target in enumerate(_targets(session, entry, act), start=(last or 0) + 1)
        ],
    )
    if entry.direction is Direction.OUTBOUND:
        revisions.renew_preview(session, conversation.id, replaced={message_id: body})
    key = order_key(conversation.visibility, conversation.thread)
    task = work.Task(conversation.channel_id, key, now)
    work.announce(session, _LANE, [task], now=now)
    audit.note(session, actor, f"message.{act}", "message", message_id, "act", now=now)
    events.publish(session, [Change("delivery.changed", conversation.id)], now=now)


def carry_out(session: Session, parts: Sequence[Done], *, now: datetime) -> None:
    """Let what shows here follow what the platform has done."""
    for part in parts:
        message = session.get(Message, part.message_id)
        if message is None:  # erased meanwhile
            continue
        if message.direction is Direction.INBOUND:
            message.moderated = None if part.act is Act.SHOW else part.act
            continue
        if message.deleted_at or (
            part.act is Act.DELETE and not _is_gone(session, message.id, [one.id for one in parts])
        ):
            continue
        if part.act is Act.DELETE:
            _forget(session, message, now)
            continue
        session.add(MessageRevision(message_id=message.id, text=message.text, replaced_at=now))
        message.text, message.edited_at = part.text, now


def _edited(
    session: Session,
    conversation: Conversation,
    message_id: int,
    text: str,
    can: Capabilities,
    now: datetime,
) -> str:
    body = texts.clean(text)
    if not body:
        raise InvalidError("Write something first.", field="text")
    if len(texts.split(body, can.max_text, can.measure)) > 1:
        raise InvalidError("This does not fit into one message.", field="text")
    if conversation.visibility is Visibility.PUBLIC:
        guard.replacements(session, {message_id: body}, now=now)
    return body


def _targets(session: Session, entry: Entry, act: Act) -> list[str]:
    """Return the platform's names of what the act is done to."""
    if entry.direction is Direction.INBOUND:
        return [entry.native_id or ""]
    parts = select(Delivery.native_id).where(
        Delivery.message_id == entry.id, Delivery.act == Act.POST, Delivery.native_id.is_not(None)
    )
    if act is Act.EDIT:
        parts = parts.where(Delivery.attachment_id.is_(None))
    return [str(name) for name in session.scalars(parts.order_by(Delivery.part))]


def _forget(session: Session, message: Message, now: datetime) -> None:
    """Leave nothing of what a message said; it may have gone to the wrong person."""
    message.text, message.deleted_at = "", now
    parts = update(Delivery).where(Delivery.message_id == message.id)
    session.execute(parts.values(text="", attachment_id=None).execution_options(**_MUTE))
    session.execute(
        delete(MessageRevision)
        .where(MessageRevision.message_id == message.id)
        .execution_options(**_MUTE)
    )
    gone = delete(Attachment).where(Attachment.message_id == message.id)
    blobs = session.scalars(gone.returning(Attachment.blob_id).execution_options(**_MUTE)).all()
    erasure.delete_unused_blobs(session, blobs)


def _is_gone(session: Session, message_id: int, done: Collection[int]) -> bool:
    """Tell whether nothing of a message is left to be deleted but what is `done` right now."""
    rest = select(Delivery.id).where(
        Delivery.message_id == message_id,
        Delivery.act == Act.DELETE,
        Delivery.state != DeliveryState.SENT,
        func.coalesce(Delivery.error_code, "") != SETTLED,
        Delivery.id.not_in(done),
    )
    return session.scalar(rest.limit(1)) is None
