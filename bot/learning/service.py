"""Writing what people say a message meant."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind
from bot.contacts.models import Contact, Identity
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Conversation, TurnUnderstanding
from bot.learning import masking, queries
from bot.learning.models import Correction
from bot.learning.rules import Meaning

_MUTE = {"synchronize_session": False}
_ACTION = "message.understood"


class TurnNotFoundError(NotFoundError):
    """No turn ends with this message."""

    code = "turn_not_found"


class RewordedError(StaleError):
    """Its author has changed its words since the colleague read them, or taken it back."""

    code = "message_reworked"


def judge(
    session: Session, message_id: int, meant: Meaning, *, seen: str, user_id: int, now: datetime
) -> None:
    """Keep what the turn that ends with this message meant; a later judgement replaces an earlier.

    `seen` is the `wording` that the colleague has read. Raises `TurnNotFoundError`,
    `RewordedError`, and `InvalidError` for a meaning that there is not.
    """
    if not meant.is_known:
        raise InvalidError("There is no such intent or category.", field="intents")
    of_turn = TurnUnderstanding.message_id == message_id
    here = select(TurnUnderstanding.conversation_id).where(of_turn)
    # First, as `revisions.revise` does: from here on nobody edits or deletes the message.
    session.execute(select(Conversation.id).where(Conversation.id.in_(here)).with_for_update())
    stored = session.scalar(select(TurnUnderstanding).where(of_turn))
    turn = queries.turn(session, message_id)
    if stored is None or turn is None:
        raise TurnNotFoundError("No turn ends with this message.")
    if turn.wording != seen or not turn.text:
        raise RewordedError("Its words have changed.")
    text = masking.mask(turn.text, _names(session, stored.conversation_id))
    judged = session.get(Correction, stored.correction_id) if stored.correction_id else None
    if judged is None:
        judged = Correction(language=stored.language, model=stored.model)
        judged.said_intents = list(turn.said.intents)
        judged.said_category = turn.said.category
        judged.confidence = turn.intents[0].confidence
        session.add(judged)
    judged.text = text
    judged.intents = list(meant.intents)
    judged.category = meant.category
    judged.user_id, judged.judged_at = user_id, now
    session.flush()
    stored.correction_id = judged.id
    actor = Actor(ActorKind.USER, user_id)
    audit.note(session, actor, _ACTION, "message", message_id, "intents", "category", now=now)
    events.publish(session, [Change(_ACTION, stored.conversation_id)], now=now)


def forget(session: Session, messages: Collection[int | None]) -> None:
    """Delete what was said of the turns that end with one of these messages."""
    delete_corrections(
        session,
        session.scalars(
            select(TurnUnderstanding.correction_id).where(
                TurnUnderstanding.message_id.in_(messages),
                TurnUnderstanding.correction_id.is_not(None),
            )
        ).all(),
    )


def delete_corrections(session: Session, ids: Collection[int | None]) -> None:
    """Delete corrections; turns that are still here may be judged again."""
    if not ids:
        return
    session.execute(
        update(TurnUnderstanding)
        .where(TurnUnderstanding.correction_id.in_(ids))
        .values(correction_id=None)
        .execution_options(**_MUTE)
    )
    session.execute(delete(Correction).where(Correction.id.in_(ids)).execution_options(**_MUTE))


def _names(session: Session, conversation_id: int) -> list[str]:
    """Return by what names the author of a conversation is known."""
    contact_id = session.scalar(
        select(Conversation.contact_id).where(Conversation.id == conversation_id)
    )
    known = session.execute(
        select(Identity.name, Identity.external_id).where(Identity.contact_id == contact_id)
    )
    own = session.scalar(select(Contact.name).where(Contact.id == contact_id))
    return [name for name in (own, *(one for row in known for one in row)) if name]
