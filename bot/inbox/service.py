"""What staff do with conversations: reply, note, take, hand back, assign, close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.attachments import service as attachments
from bot.attachments.service import ReadyFile
from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind
from bot.channels.queries import Connectors, NoConnectorError, channel
from bot.contacts.models import Identity
from bot.db.bulk import insert
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.inbox import batch, queries, unreached
from bot.inbox.batch import PREVIEW, Place
from bot.inbox.models import Conversation, Draft, Message
from bot.inbox.states import AuthorKind, ConversationStatus, Direction, DraftMode, Handler
from bot.outbox import service as outbox
from bot.outbox.service import Outgoing, OutgoingFile
from bot.staff.models import User
from connectors import text as texts
from connectors.capabilities import Capabilities, Visibility
from connectors.registry import UnknownKindError

MAX_TEXT = 20_000


class ConversationNotFoundError(NotFoundError):
    """There is no such conversation."""

    code = "conversation_not_found"


class StaleConversationError(StaleError):
    """A newer message or reply came since the author looked; nothing was sent."""

    code = "stale_conversation"


@dataclass(frozen=True, slots=True)
class Written:
    """What a reply or note became."""

    message_id: int
    version: int


def reply(
    session: Session,
    conversation_id: int,
    text: str,
    *,
    version: int,
    user_id: int,
    connectors: Connectors,
    now: datetime,
    files: Sequence[ReadyFile] = (),
) -> Written:
    """Send `text` and `files` to the citizen; the author takes the conversation.

    `version` is what the author saw. Raises `StaleConversationError` (409) when something newer
    exists, `InvalidError` for an empty or endless text, or a file that the channel does not take,
    `PublicTextError` for a public one that says too much, `NoConnectorError`.
    """
    body = _body(text)
    conversation = _advance(session, conversation_id, version)
    conversation.handler = Handler.STAFF
    conversation.status = ConversationStatus.OPEN
    conversation.assignee_id = conversation.assignee_id or user_id
    conversation.last_staff_at = conversation.last_message_at = now
    conversation.waiting_since = None
    conversation.dialogue = None
    conversation.unread = 0
    conversation.preview = body[:PREVIEW]
    message = _append(session, conversation, Direction.OUTBOUND, body, user_id, now)
    ids = attachments.attach(session, message.id, files, now=now) if files else []
    parts = tuple(
        OutgoingFile(one, file.name, file.media_type, len(file.content))
        for one, file in zip(ids, files, strict=True)
    )
    send(session, conversation, message, connectors, files=parts, now=now)
    _drop_draft(session, user_id, conversation_id, DraftMode.REPLY)
    _report(session, conversation, user_id, "message.replied", now)
    return Written(message.id, conversation.version)


def note(
    session: Session, conversation_id: int, text: str, *, version: int, user_id: int, now: datetime
) -> Written:
    """Keep an internal note; errors as `reply`. A note is never sent anywhere."""
    body = _body(text)
    conversation = _advance(session, conversation_id, version)
    message = _append(session, conversation, Direction.NOTE, body, user_id, now)
    _drop_draft(session, user_id, conversation_id, DraftMode.NOTE)
    _report(session, conversation, user_id, "message.noted", now)
    return Written(message.id, conversation.version)


def send(
    session: Session,
    conversation: Conversation,
    message: Message,
    connectors: Connectors,
    *,
    files: tuple[OutgoingFile, ...] = (),
    now: datetime,
) -> None:
    """Put a stored outbound message with its files into the outbox of its conversation's channel.

    Raises `FileNotTakenError`, and `NoConnectorError` where nothing here speaks to that channel.
    """
    outbox.enqueue(
        session,
        [
            Outgoing(
                message_id=message.id,
                channel_id=conversation.channel_id,
                visibility=conversation.visibility,
                thread=conversation.thread,
                text=message.text,
                capabilities=capabilities(session, conversation, connectors),
                files=files,
            )
        ],
        now=now,
    )


def tell(
    session: Session,
    conversation_id: int,
    text: str,
    *,
    connectors: Connectors,
    now: datetime,
) -> None:
    """Say something to the citizen in the name of the city, unprompted.

    Raises `NoConnectorError` before anything is written.
    """
    conversation = get(session, conversation_id)
    capabilities(session, conversation, connectors)
    conversation.version += 1
    conversation.last_message_at = now
    message = _append(session, conversation, Direction.OUTBOUND, text, None, now)
    send(session, conversation, message, connectors, now=now)
    events.publish(session, [Change("message.sent", conversation_id)], now=now)


def private_side(
    session: Session, conversation: Conversation, *, connectors: Connectors
) -> int | Place | None:
    """Return where its contact can be told something in private.

    That is itself, another conversation of theirs on the channel, or the place of a new one. None
    where that is not allowed, and where our last words were refused and they never wrote. Raises
    `UnknownKindError`.
    """
    if conversation.visibility is Visibility.PRIVATE:
        return conversation.id
    if known := queries.other_side(session, conversation.id):
        return None if unreached.refused(session, {known.id}) else known.id
    who = session.scalars(
        select(Identity.external_id).where(
            Identity.contact_id == conversation.contact_id,
            Identity.channel_id == conversation.channel_id,
        )
    )
    connector = connectors.of(channel(session, conversation.channel_id))
    thread = next(filter(None, map(connector.private_thread, who)), None)
    if thread is None:
        return None
    return conversation.channel_id, Visibility.PRIVATE, thread, conversation.contact_id


def in_private(
    session: Session, conversation: Conversation, *, connectors: Connectors, now: datetime
) -> int | None:
    """Return the conversation that `private_side` names, opened where there is none yet."""
    side = private_side(session, conversation, connectors=connectors)
    if side is None or isinstance(side, int):
        return side
    return batch.open_conversations(session, [side], now=now)[side].id


def take(session: Session, conversation_id: int, *, user_id: int, now: datetime) -> None:
    """Take the conversation: the assistant is silent in it from now on."""
    conversation = get(session, conversation_id)
    conversation.handler = Handler.STAFF
    conversation.assignee_id = user_id
    conversation.last_staff_at = now
    conversation.dialogue = None
    _changed(session, conversation, user_id, "conversation.taken", now)


def hand_back(session: Session, conversation_id: int, *, user_id: int, now: datetime) -> None:
    """Give the conversation back to the assistant; an alarm counts as dealt with."""
    conversation = get(session, conversation_id)
    release(conversation)
    _changed(session, conversation, user_id, "conversation.handed_back", now)


def assign(
    session: Session,
    conversation_id: int,
    assignee_id: int | None,
    *,
    user_id: int,
    now: datetime,
) -> None:
    """Give the conversation to a colleague, or to nobody; raises `InvalidError` for a stranger."""
    if assignee_id == user_id:
        take(session, conversation_id, user_id=user_id, now=now)
        return
    whom = ""
    if assignee_id is not None:
        colleague = session.get(User, assignee_id)
        if colleague is None or not colleague.active:
            raise InvalidError("There is no such colleague.", field="user_id")
        whom = colleague.display_name
    conversation = get(session, conversation_id)
    conversation.assignee_id = assignee_id
    if assignee_id is not None:
        conversation.handler = Handler.STAFF
        conversation.last_staff_at = now
        conversation.dialogue = None
    action = "conversation.assigned" if whom else "conversation.unassigned"
    _changed(session, conversation, user_id, action, now, whom=whom)


def close(session: Session, conversation_id: int, *, user_id: int, now: datetime) -> None:
    """Close the conversation; the next message of the citizen opens it again."""
    conversation = get(session, conversation_id)
    conversation.status = ConversationStatus.CLOSED
    release(conversation)
    conversation.waiting_since = None
    conversation.unread = 0
    _changed(session, conversation, user_id, "conversation.closed", now)


def reopen(session: Session, conversation_id: int, *, user_id: int, now: datetime) -> None:
    """Open a closed conversation again."""
    conversation = get(session, conversation_id)
    conversation.status = ConversationStatus.OPEN
    _changed(session, conversation, user_id, "conversation.reopened", now)


def mark_read(session: Session, conversation_id: int) -> None:
    """Note that a colleague has seen what there is; no change of version, no audit."""
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.unread > 0)
        .values(unread=0)
        .execution_options(synchronize_session=False)
    )


def save_draft(
    session: Session,
    conversation_id: int,
    mode: DraftMode,
    text: str,
    *,
    user_id: int,
    now: datetime,
) -> None:
    """Keep an unsent text; an empty one removes the draft."""
    if not text.strip():
        _drop_draft(session, user_id, conversation_id, mode)
        return
    get(session, conversation_id)
    values = {"text": text[:MAX_TEXT], "updated_at": now}
    key = {"user_id": user_id, "conversation_id": conversation_id, "mode": mode}
    session.execute(
        insert(session, Draft)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )


def get(session: Session, conversation_id: int) -> Conversation:
    """Return the conversation, locked until the commit; raises `ConversationNotFoundError`."""
    found = session.get(Conversation, conversation_id, with_for_update=True)
    if found is None:
        raise ConversationNotFoundError("There is no such conversation.")
    return found


def release(conversation: Conversation) -> None:
    """Let the assistant have the conversation again."""
    conversation.handler = Handler.ASSISTANT
    conversation.assignee_id = None
    conversation.emergency_at = None
    conversation.dialogue = None


def _advance(session: Session, conversation_id: int, seen: int) -> Conversation:
    """Raise the version if nobody else has; compared in the write itself."""
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.version == seen)
        .values(version=seen + 1)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    conversation = get(session, conversation_id)
    if changed is None:
        raise StaleConversationError("Something newer exists in this conversation.")
    return conversation


def capabilities(
    session: Session, conversation: Conversation, connectors: Connectors
) -> Capabilities:
    """Return what the conversation's channel can do; raises `NoConnectorError`."""
    try:
        return connectors.of(channel(session, conversation.channel_id)).capabilities
    except UnknownKindError:
        raise NoConnectorError("Only another version of Stadtdraht knows this channel.") from None


def _append(
    session: Session,
    conversation: Conversation,
    direction: Direction,
    text: str,
    user_id: int | None,
    now: datetime,
) -> Message:
    message = Message(
        conversation_id=conversation.id,
        channel_id=conversation.channel_id,
        direction=direction,
        author_kind=AuthorKind.STAFF if user_id else AuthorKind.ASSISTANT,
        user_id=user_id,
        text=text,
        created_at=now,
    )
    session.add(message)
    session.flush()
    return message


def _changed(
    session: Session,
    conversation: Conversation,
    user_id: int,
    action: str,
    now: datetime,
    *,
    whom: str = "",
) -> None:
    """Record a change of hands: a system line, a new version, the audit trail, the live desk.

    The line is the action and, where there is one, the colleague whom it names.
    """
    conversation.version += 1
    text = f"{action} {whom}".rstrip()
    line = _append(session, conversation, Direction.SYSTEM, text, user_id, now)
    line.author_kind = AuthorKind.SYSTEM
    _report(session, conversation, user_id, action, now)


def _report(
    session: Session, conversation: Conversation, user_id: int, action: str, now: datetime
) -> None:
    session.flush()
    actor = Actor(ActorKind.USER, user_id)
    audit.note(session, actor, action, "conversation", conversation.id, now=now)
    events.publish(session, [Change(action, conversation.id)], now=now)


def _drop_draft(session: Session, user_id: int, conversation_id: int, mode: DraftMode) -> None:
    session.execute(
        delete(Draft)
        .where(
            Draft.user_id == user_id,
            Draft.conversation_id == conversation_id,
            Draft.mode == mode,
        )
        .execution_options(synchronize_session=False)
    )


def _body(text: str) -> str:
    body = texts.clean(text)
    if not body:
        raise InvalidError("Write something first.", field="text")
    if len(body) > MAX_TEXT:
        raise InvalidError(f"At most {MAX_TEXT} characters.", field="text")
    return body
