"""The moderation queue: messages under suspicion, until a person releases or confirms them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.audit.service import Actor, ActorKind
from bot.channels.models import Channel
from bot.contacts.models import Contact
from bot.errors import NotFoundError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.inbox import service as inbox
from bot.inbox.models import Conversation, Message
from bot.inbox.states import ConversationStatus, Judgement, Offence
from bot.staff.models import User
from connectors.capabilities import Visibility

PAGE = 50
RECENT = 20  # of the judgements
_RECENT = timedelta(days=7)
_WORDS = 400  # characters that are kept of the words that tell
_UNJUDGED: dict[str, object] = {"judgement": None, "judged_at": None}
_MUTE = {"synchronize_session": False}
_SUBJECT = "message"


class NotSuspectedError(NotFoundError):
    """No such message is, or was, in the queue."""

    code = "not_suspected"


class JudgedError(StaleError):
    """Somebody else has judged it, or its author has taken it back."""

    code = "already_judged"


class ReworkedError(StaleError):
    """Its author has changed its words since the colleague read them."""

    code = "message_reworked"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a message is suspected of, and for which words."""

    offence: Offence
    words: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A message in the queue; `name` is None for a nameless contact."""

    id: int
    conversation_id: int
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    visibility: Visibility
    text: str
    at: datetime
    edited_at: datetime | None
    offence: Offence
    words: str

    @property
    def wording(self) -> str:
        """What tells its text apart from any other that it had or will have."""
        return _digest(self.text)


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that was judged; `judged_by` is None where the colleague's account is gone."""

    suspect: Suspect
    judgement: Judgement
    judged_at: datetime
    judged_by: str | None


def queue(
    session: Session, *, after: int | None = None, limit: int = PAGE
) -> tuple[list[Suspect], int | None]:
    """Return the newest messages in the queue (older than `after`), and where the rest begins."""
    wanted = _suspects().where(*_suspected()).order_by(Message.id.desc()).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(Message.id < after)
    found = [Suspect(*(value for value in row)) for row in session.execute(wanted)]
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None


def recent(session: Session, *, now: datetime, limit: int = RECENT) -> list[Judged]:
    """Return the newest judgements of a week, the newest first."""
    last = (
        select(func.max(AuditEntry.id))
        .where(
            AuditEntry.subject_kind == _SUBJECT,
            AuditEntry.subject_id == Message.id,
            AuditEntry.action.in_([_action(judgement) for judgement in Judgement]),
        )
        .correlate(Message)
        .scalar_subquery()
    )
    is_colleague = and_(AuditEntry.actor_kind == ActorKind.USER, User.id == AuditEntry.actor_id)
    rows = session.execute(
        _suspects()
        .add_columns(Message.judgement, Message.judged_at, User.display_name)
        .outerjoin(AuditEntry, AuditEntry.id == last)
        .outerjoin(User, is_colleague)
        .where(
            Message.judged_at >= now - _RECENT,
            Message.offence.is_not(None),
            Message.deleted_at.is_(None),
        )
        .order_by(Message.judged_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return [Judged(Suspect(*row[:-3]), *row[-3:]) for row in map(tuple, rows)]


def count(session: Session, *, most: int) -> int:
    """Count what is in the queue, at most `most`."""
    found = select(Message.id).where(*_suspected()).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def columns(suspicion: Suspicion | None) -> dict[str, object]:
    """Return what is stored with a message."""
    if suspicion is None:
        return {"offence": None, "offence_words": None}
    return {"offence": suspicion.offence, "offence_words": suspicion.words[:_WORDS]}


def reconsider(
    session: Session,
    message_id: int,
    suspicion: Suspicion | None,
    *,
    negative: bool,
    now: datetime,
) -> None:
    """Take what the new words of an edited message are suspected of, and whether they disapprove.

    An offence has to be judged anew. Words that were under suspicion, or found an offence, and are
    harmless now wait for an answer: nobody has given one.
    """
    comment = _change(message_id).where(Message.below.is_not(None))
    session.execute(comment.values(negative=negative).execution_options(**_MUTE))
    if suspicion is not None:
        fresh = columns(suspicion) | _UNJUDGED
        session.execute(_change(message_id).values(fresh).execution_options(**_MUTE))
        return
    cleared = session.scalar(
        _change(message_id)
        .where(
            Message.offence.is_not(None),
            or_(Message.judgement.is_(None), Message.judgement == Judgement.CONFIRMED),
        )
        .values(columns(None) | _UNJUDGED)
        .returning(Message.conversation_id)
        .execution_options(**_MUTE)
    )
    if cleared is not None:
        _wait(inbox.get(session, cleared), now)


def judge(
    session: Session,
    message_id: int,
    judgement: Judgement,
    *,
    seen: str,
    actor: Actor,
    now: datetime,
    anew: bool = False,
) -> None:
    """Release a message, so that its conversation waits for an answer, or confirm its offence.

    `seen` is the `wording` that the colleague has read. `anew`: it was judged the other way before;
    a conversation that waits since then goes on waiting. Raises `JudgedError`,
    `ReworkedError`, `NotSuspectedError`.
    """
    conversation_id = session.scalar(
        select(Message.conversation_id).where(Message.id == message_id)
    )
    if conversation_id is None:
        raise NotSuspectedError("There is no such message.")
    # First, as `revisions.revise` does: from here on nobody edits the message.
    conversation = inbox.get(session, conversation_id)
    text = session.scalar(select(Message.text).where(Message.id == message_id)) or ""
    judged = _digest(text) == seen and session.scalar(
        _change(message_id)
        .where(*(_judged_unlike(judgement) if anew else _suspected()))
        .where(Message.deleted_at.is_(None))
        .values(judgement=judgement, judged_at=now)
        .returning(Message.id)
        .execution_options(**_MUTE)
    )
    if not judged:
        raise _refusal(session, message_id)
    if judgement is Judgement.RELEASED:
        _wait(conversation, now)
    action = _action(judgement)
    audit.note(session, actor, action, _SUBJECT, message_id, "judgement", now=now)
    events.publish(session, [Change(action, conversation_id)], now=now)


def _refusal(session: Session, message_id: int) -> Exception:
    """Return why a message was not judged."""
    message = session.get_one(Message, message_id)
    if message.judgement is not None or message.deleted_at is not None:
        return JudgedError("It has left the queue.")
    if message.offence is not None or message.edited_at is not None:
        return ReworkedError("Its words have changed.")
    return NotSuspectedError("It was never under suspicion.")


def _suspects() -> Select[*tuple[Any, ...]]:
    """Select the fields of `Suspect`."""
    return (
        select(
            Message.id,
            Message.conversation_id,
            Conversation.contact_id,
            Contact.name,
            Channel.kind,
            Channel.name,
            Conversation.visibility,
            Message.text,
            Message.created_at,
            Message.edited_at,
            Message.offence,
            func.coalesce(Message.offence_words, ""),
        )
        .select_from(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .join(Channel, Channel.id == Message.channel_id)
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _wait(conversation: Conversation, now: datetime) -> None:
    """Put a conversation before a person, as any other that nobody has answered."""
    conversation.status = ConversationStatus.OPEN
    conversation.waiting_since = conversation.waiting_since or now


def _change(message_id: int) -> Update:
    return update(Message).where(Message.id == message_id)


def _suspected() -> tuple[ColumnElement[bool], ...]:
    """Return what holds in the queue, in the words of its index."""
    return Message.offence.is_not(None), Message.judgement.is_(None)


def _judged_unlike(judgement: Judgement) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a suspect that was judged the other way."""
    return Message.offence.is_not(None), Message.judgement != judgement


def _action(judgement: Judgement) -> str:
    return f"message.{judgement}"
