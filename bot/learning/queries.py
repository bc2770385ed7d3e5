"""Reading turns: what was understood and why, what people said of it, and what nobody judged."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from bot.channels.models import Channel
from bot.contacts.models import Contact
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import Direction
from bot.learning import rules
from bot.learning.models import Correction
from bot.learning.rules import Meaning
from bot.staff.models import User
from connectors.capabilities import Visibility
from nlp import corpus
from nlp.corpus import Example
from nlp.types import Category, Evidence, Intent

PAGE = 20
WITHIN = timedelta(days=14)  # older ones nobody remembers
LATEST = 200  # judgements that tell how well it understands
_REACH = 200  # keys; the messages of a turn are written together
_VOICE = "correction"
_OWN_LANGUAGE = "de"  # of what does not tell its language


@dataclass(frozen=True, slots=True)
class Judged:
    """What a person said of a turn; `by` is None where the account is gone."""

    meaning: Meaning
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """What was understood of a turn, and why. `text` is what its messages say now, a line each."""

    id: int
    conversation_id: int
    message_id: int
    text: str = field(repr=False)
    intents: tuple[Intent, ...]
    categories: tuple[Category, ...]
    evidence: tuple[Evidence, ...]
    decision: str
    model: str
    judged: Judged | None

    @property
    def said(self) -> Meaning:
        """What the model took it for."""
        return rules.meaning(self.intents, self.categories)

    @property
    def wording(self) -> str:
        """What tells its text apart from any other that it had or will have."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Doubted:
    """A turn that nobody has judged, and whose it is; `name` is None for a nameless contact."""

    turn: Turn
    at: datetime
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: behind the turn `id`, whose doubt is this."""

    doubt: float
    id: int


_TURNS = (
    select(
        TurnUnderstanding.id,
        TurnUnderstanding.conversation_id,
        TurnUnderstanding.message_id,
        TurnUnderstanding.intents,
        TurnUnderstanding.category,
        TurnUnderstanding.evidence,
        TurnUnderstanding.decision,
        TurnUnderstanding.model,
        TurnUnderstanding.created_at,
        TurnUnderstanding.doubt,
        Correction.intents.label("meant"),
        Correction.category.label("meant_category"),
        Correction.judged_at,
        User.display_name,
    )
    .outerjoin(Correction, Correction.id == TurnUnderstanding.correction_id)
    .outerjoin(User, User.id == Correction.user_id)
)
_TEXTS = (
    select(TurnUnderstanding.id, Message.text)
    .join(
        Message,
        and_(
            Message.conversation_id == TurnUnderstanding.conversation_id,
            Message.id <= TurnUnderstanding.message_id,
            Message.id > TurnUnderstanding.message_id - _REACH,
            Message.created_at == TurnUnderstanding.created_at,
            Message.direction == Direction.INBOUND,
        ),
    )
    .order_by(Message.id)
)


def turn(session: Session, message_id: int) -> Turn | None:
    """Return the turn that ends with this message."""
    found = turns(session, [message_id])
    return found[0] if found else None


def turns(session: Session, messages: Collection[int]) -> list[Turn]:
    """Return the turns that end with one of these messages."""
    if not messages:
        return []
    wanted = TurnUnderstanding.message_id.in_(messages)
    return _turns(session, session.execute(_TURNS.where(wanted)).all())


def queue(
    session: Session, *, now: datetime, after: Place | None = None, limit: int = PAGE
) -> tuple[list[Doubted], Place | None]:
    """Return the turns of the last days that nobody judged, the most doubtful first.

    Also returns where the rest begins.
    """
    place = (TurnUnderstanding.doubt, TurnUnderstanding.id)
    wanted: Select[*tuple[object, ...]] = (
        _TURNS.add_columns(
            Conversation.contact_id,
            Contact.name,
            Channel.kind,
            Channel.name.label("channel_name"),
            Conversation.visibility,
        )
        .join(Conversation, Conversation.id == TurnUnderstanding.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .join(Channel, Channel.id == Conversation.channel_id)
        .where(
            TurnUnderstanding.doubt.is_not(None),
            TurnUnderstanding.correction_id.is_(None),
            TurnUnderstanding.created_at >= now - WITHIN,
        )
        .order_by(*(column.desc() for column in place))
        .limit(limit + 1)
    )
    if after is not None:
        wanted = wanted.where(tuple_(*place) < (after.doubt, after.id))
    rows = session.execute(wanted).all()
    page = rows[:limit]
    read = {one.id: one for one in _turns(session, page)}
    found = [
        Doubted(
            read[row.id],
            row.created_at,
            row.contact_id,
            row.name,
            row.kind,
            row.channel_name,
            row.visibility,
        )
        for row in page
        if row.id in read
    ]
    more = len(rows) > limit
    return found, Place(page[-1].doubt, page[-1].id) if more else None


def count(session: Session) -> int:
    """Count what people have said so far."""
    return session.scalar(select(func.count()).select_from(Correction)) or 0


def hits(session: Session) -> tuple[int, int]:
    """Return how many of the latest judgements said that it was understood, and of how many."""
    rows = session.execute(
        select(
            Correction.intents,
            Correction.category,
            Correction.said_intents,
            Correction.said_category,
        )
        .order_by(Correction.judged_at.desc())
        .limit(LATEST)
    ).all()
    right = [
        set(row.intents) == set(row.said_intents) and row.category == row.said_category
        for row in rows
    ]
    return sum(right), len(right)


def examples(session: Session) -> list[Example]:
    """Return what people have said, as training reads it; without what this version knows no more.

    In the order in which it was said: training gives the same model for the same corrections.
    """
    rows = session.execute(
        select(
            Correction.text, Correction.language, Correction.intents, Correction.category
        ).order_by(Correction.id)
    )
    found = [(row, Meaning(tuple(map(str, row.intents)), row.category)) for row in rows]
    return [
        Example(
            row.text,
            row.language if row.language in corpus.LANGUAGES else _OWN_LANGUAGE,
            meant.intents,
            meant.category,
            _VOICE,
            corpus.group_of(row.text),
        )
        for row, meant in found
        if meant.is_known
    ]


def _turns(session: Session, rows: Sequence[Row[*tuple[object, ...]]]) -> list[Turn]:
    """Make turns of rows; one that was never understood is none."""
    lines: dict[int, list[str]] = {row.id: [] for row in rows}
    for key, text in session.execute(_TEXTS.where(TurnUnderstanding.id.in_(lines))):
        if text:
            lines[key].append(text)
    return [
        Turn(
            row.id,
            row.conversation_id,
            row.message_id,
            "\n".join(lines[row.id]),
            tuple(Intent(**one) for one in row.intents),
            tuple(Category(**one) for one in row.category),
            tuple(Evidence(**one) for one in row.evidence),
            row.decision,
            row.model,
            Judged(
                Meaning(tuple(map(str, row.meant)), row.meant_category),
                row.display_name,
                row.judged_at,
            )
            if row.judged_at
            else None,
        )
        for row in rows
        if row.intents
    ]
