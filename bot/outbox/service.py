"""Writing what shall leave the house: one row per part, with a key fixed for ever."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.db.bulk import insert
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.guard import service as guard
from bot.inbox.models import Message
from bot.outbox.models import Delivery
from bot.outbox.queries import is_stuck
from bot.outbox.states import OPEN, SETTLED, DeliveryState
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from connectors import text
from connectors.base import Button
from connectors.capabilities import Capabilities, Visibility

REMOVED = "channel_removed"  # the error code of what a removed channel left behind
_MUTE = {"synchronize_session": False}


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery."""

    code = "delivery_not_found"


class NotStuckError(StaleError):
    """Only what was not delivered can be sent again or put aside."""

    code = "delivery_not_stuck"


class ChannelGoneError(StaleError):
    """The channel was removed; what it did not deliver stays undelivered."""

    code = "channel_gone"


class FileNotTakenError(InvalidError):
    """The channel cannot be sent this file; nothing was written."""

    code = "file_not_taken"


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A ready attachment of an outgoing message; `size` in bytes."""

    attachment_id: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A stored message on its way out; `in_reply_to` is the platform's id of what it answers."""

    message_id: int
    channel_id: int
    visibility: Visibility
    thread: str
    text: str
    capabilities: Capabilities
    buttons: tuple[Button, ...] = ()
    in_reply_to: str | None = None
    files: tuple[OutgoingFile, ...] = ()


def order_key(visibility: Visibility, thread: str) -> str:
    """Return the key under which the parts of a thread leave in order."""
    return f"{visibility}:{thread}"


def enqueue(
    session: Session,
    messages: Sequence[Outgoing],
    *,
    now: datetime,
    lane: Lane = Lane.OUTBOUND,
) -> frozenset[int]:
    """Write the parts of `messages` and announce their threads.

    The text comes first, with the buttons in its last part, then each file for itself. What is
    meant for a channel that was removed is not delivered, and listed as such. Raises
    `FileNotTakenError` before anything is written.

    Public texts pass the guard here, all of them. What a colleague wrote and it stops is refused
    with `PublicTextError`; what a program said goes out as a harmless sentence, and its
    conversation to a person: the ids of these messages are returned, for who holds copies.
    """
    if not messages:
        return frozenset()
    for message in messages:
        _check(message)
    said = {
        one.message_id: _readable(one) for one in messages if one.visibility is Visibility.PUBLIC
    }
    harmless = guard.replacements(session, said, now=now)
    messages = [
        replace(one, text=harmless[one.message_id], buttons=(), files=())
        if one.message_id in harmless
        else one
        for one in messages
    ]
    removed = _removed(session, messages)
    rows = [
        row
        for message in messages
        for row in _parts(message, lane, now, removed=message.channel_id in removed)
    ]
    session.execute(insert(session, Delivery), rows)
    work.announce(
        session,
        lane,
        [
            work.Task(message.channel_id, order_key(message.visibility, message.thread), now)
            for message in messages
            if message.channel_id not in removed
        ],
        now=now,
    )
    return frozenset(harmless)


def requeue(session: Session, delivery_id: int, *, actor: Actor, now: datetime) -> None:
    """Send a part again that is dead or unconfirmed: a new attempt on the same row and key.

    Raises `DeliveryNotFoundError`, `NotStuckError`, `ChannelGoneError`.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise DeliveryNotFoundError("There is no such delivery.")
    channel = session.get_one(
        Channel, delivery.channel_id, with_for_update={"read": True, "key_share": True}
    )
    if channel.state is ChannelState.REMOVED:
        raise ChannelGoneError("The channel was removed: nothing can be sent on it.")
    changed = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, is_stuck())
        .values(
            state=DeliveryState.QUEUED,
            attempts=0,
            maybe_sent=False,
            due_at=now,
            native_id=None,
            error_code=None,
            error=None,
            sent_at=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if changed is None:
        raise NotStuckError("This part is on its way already, or put aside.")
    key = order_key(delivery.visibility, delivery.thread)
    work.announce(session, delivery.lane, [work.Task(delivery.channel_id, key, now)], now=now)
    audit.note(session, actor, "delivery.requeued", "delivery", delivery_id, "state", now=now)
    _publish(session, delivery.message_id, now)


def settle(session: Session, delivery_id: int, *, actor: Actor, now: datetime) -> None:
    """Put a stuck part aside: nobody will send it again. It stays what it is, dead or unconfirmed.

    Raises `DeliveryNotFoundError`, `NotStuckError`.
    """
    message_id = session.scalar(select(Delivery.message_id).where(Delivery.id == delivery_id))
    if message_id is None:
        raise DeliveryNotFoundError("There is no such delivery.")
    changed = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, is_stuck())
        .values(error_code=SETTLED)
        .returning(Delivery.id)
        .execution_options(**_MUTE)
    ).scalar_one_or_none()
    if changed is None:
        raise NotStuckError("This part is on its way already, or put aside.")
    audit.note(session, actor, "delivery.settled", "delivery", delivery_id, "error_code", now=now)
    _publish(session, message_id, now)


def give_up(session: Session, channel_id: int, *, now: datetime) -> None:
    """Let nothing of a removed channel wait: it is listed as not delivered, or as unclear.

    Whoever is sending a part at this moment holds a work row that is gone, and records nothing.
    """
    outward = Work.lane.in_((Lane.OUTBOUND, Lane.BULK))
    session.execute(
        delete(Work).where(Work.channel_id == channel_id, outward).execution_options(**_MUTE)
    )
    unclear = or_(Delivery.state == DeliveryState.SENDING, Delivery.maybe_sent)
    session.execute(
        update(Delivery)
        .where(Delivery.channel_id == channel_id, Delivery.state.in_(OPEN))
        .values(
            state=case((unclear, DeliveryState.UNCONFIRMED), else_=DeliveryState.DEAD),
            error_code=REMOVED,
        )
        .execution_options(**_MUTE)
    )
    events.publish(session, [Change("delivery.changed")], now=now)


def _publish(session: Session, message_id: int, now: datetime) -> None:
    conversation_id = session.scalar(
        select(Message.conversation_id).where(Message.id == message_id)
    )
    events.publish(session, [Change("delivery.changed", conversation_id)], now=now)


def _removed(session: Session, messages: Sequence[Outgoing]) -> set[int]:
    """Return the channels of `messages` that were removed; the others cannot be until the commit.

    Their rows are shared locks on PostgreSQL: the parts that refer to them take these anyway.
    """
    ids = {message.channel_id for message in messages}
    states = session.execute(
        select(Channel.id, Channel.state)
        .where(Channel.id.in_(ids))
        .order_by(Channel.id)
        .with_for_update(read=True, key_share=True)
    )
    return {channel_id for channel_id, state in states if state is ChannelState.REMOVED}


def new_key(now: datetime) -> str:
    """Return a new key; those of one time stand side by side in the index, which stays quick."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def _parts(
    message: Outgoing, lane: Lane, now: datetime, *, removed: bool
) -> list[dict[str, object]]:
    limits = message.capabilities
    worded = _worded(message)
    texts = text.split(worded, limits.max_text, limits.measure)
    if message.files and not worded.strip():
        texts = []
    contents: list[tuple[str, int | None]] = [
        *((part, None) for part in texts),
        *(("", file.attachment_id) for file in message.files),
    ]
    return [
        {
            "channel_id": message.channel_id,
            "message_id": message.message_id,
            "lane": lane,
            "visibility": message.visibility,
            "thread": message.thread,
            "part": place,
            "attachment_id": attachment_id,
            "key": new_key(now),
            "text": part,
            "buttons": [
                {"id": button.id, "label": button.label}
                for button in message.buttons
                if limits.buttons and place == len(texts) - 1
            ],
            "in_reply_to": message.in_reply_to,
            "state": DeliveryState.DEAD if removed else DeliveryState.QUEUED,
            "error_code": REMOVED if removed else None,
            "attempts": 0,
            "due_at": now,
            "created_at": now,
        }
        for place, (part, attachment_id) in enumerate(contents)
    ]


def _check(message: Outgoing) -> None:
    limits = message.capabilities
    for file in message.files:
        if not limits.files_out:
            raise FileNotTakenError("Files cannot be sent on this channel.", field="files")
        if file.media_type not in limits.media_types:
            raise FileNotTakenError(
                f"This channel does not take files like {file.name}.", field="files"
            )
        if file.size > limits.max_media_bytes:
            most = limits.max_media_bytes // 2**20
            raise FileNotTakenError(f"{file.name} is larger than {most} MB.", field="files")


def _readable(message: Outgoing) -> str:
    """Return everything that readers will see of it."""
    labels = (button.label for button in message.buttons)
    return "\n".join([message.text, *labels, *(file.name for file in message.files)])


def _worded(message: Outgoing) -> str:
    """Return the text; where a channel has no buttons, its choices stand below, numbered."""
    if message.capabilities.buttons or not message.buttons:
        return message.text
    choices = (f"{place}. {button.label}" for place, button in enumerate(message.buttons, start=1))
    return "\n".join([message.text, "", *choices])
