"""Composing suggested replies for the newest message that nobody has answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from bot.clock import BERLIN
from bot.db.base import BigInt
from bot.dialogue.texts import spoken, supported
from bot.dialogue.turn import Turn
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import AuthorKind, Direction
from bot.knowledge import answers, markdown
from bot.knowledge.rules import ArticleFacts
from bot.skills import market_hours, ticket_status
from bot.skills.base import Surroundings
from bot.tickets import queries as tickets
from connectors.capabilities import Visibility
from nlp.types import Category, Decision, Entity, Intent, Understanding

MOST = 3
MARKET, TICKET = "market", "ticket"
_ARTICLE = "article:"
_FITS, _NEAR = 0.35, 0.25  # the least score, and how far behind the best; a person chooses
_TELLING = 20  # characters of a line by which an internal article is recognised

_Later = aliased(Message)
_OURS_SINCE = exists().where(
    _Later.conversation_id == Message.conversation_id,
    _Later.id > Message.id,
    _Later.direction == Direction.OUTBOUND,
)
# Built once: building a statement takes longer than sending it.
_NEWEST = (
    select(
        Message.id,
        Message.created_at,
        Conversation.contact_id,
        Conversation.visibility,
        Conversation.language.label("usual"),
        Conversation.waiting_since,
        _OURS_SINCE.label("is_answered"),
        _OURS_SINCE.where(_Later.author_kind == AuthorKind.STAFF).label("is_settled"),
        TurnUnderstanding.language,
        TurnUnderstanding.intents,
        TurnUnderstanding.entities,
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .outerjoin(TurnUnderstanding, TurnUnderstanding.message_id == Message.id)
    .where(
        Message.conversation_id == bindparam("conversation_id", type_=BigInt),
        Message.direction == Direction.INBOUND,
        Message.deleted_at.is_(None),
    )
    .order_by(Message.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reply that somebody may take over.

    `key` names it as long as the message is the newest. `title` is the article's, None for live
    data; `source` says where it comes from, `day` as of when (None: nobody has confirmed it).
    What is `internal` was never meant for citizens.
    """

    key: str
    text: str
    title: str | None = None
    source: str | None = None
    day: date | None = None
    slug: str | None = None
    internal: bool = False


@dataclass(frozen=True, slots=True)
class For:
    """For whom it is composed: the language of the desk, and whether they may tell of tickets."""

    language: str
    tickets: bool


def suggestions(
    session: Session,
    conversation_id: int,
    surroundings: Surroundings,
    reader: For,
    *,
    now: datetime,
) -> tuple[Suggestion, ...]:
    """Return at most three, live data first; none where nobody waits for an answer."""
    turn = _open_turn(session, conversation_id, now)
    if turn is None:
        return ()
    found = [*_live(turn, surroundings, reader), *_articles(turn, surroundings, reader)]
    return tuple(found[:MOST])


def quotes_internal(text: str, articles: Iterable[ArticleFacts]) -> bool:
    """Tell whether a text holds a line of an internal article."""
    return any(
        line in text
        for article in articles
        if article.internal
        for wording in article.wordings.values()
        for line in markdown.plain(wording.body).splitlines()
        if len(line) >= _TELLING
    )


def _open_turn(session: Session, conversation_id: int, now: datetime) -> Turn | None:
    """Return the newest turn of the citizen as it was understood; None where it is answered."""
    values = {"conversation_id": conversation_id}
    row = session.connection().execute(_NEWEST, values).one_or_none()
    if row is None or row.is_settled or (row.is_answered and row.waiting_since is None):
        return None
    texts = session.scalars(
        select(Message.text)
        .where(
            Message.conversation_id == conversation_id,
            Message.created_at == row.created_at,
            Message.direction == Direction.INBOUND,
            Message.deleted_at.is_(None),
        )
        .order_by(Message.id)
    )
    language = row.language if row.language not in {None, "und"} else row.usual
    return Turn(
        conversation_id=conversation_id,
        contact_id=row.contact_id,
        visibility=row.visibility,
        text="\n".join(filter(None, texts)),
        language=supported(language),
        location=None,
        files=0,
        choice=None,
        understanding=Understanding(
            language=language or "de",
            intents=_intents(row.intents or ()) or (Intent("off_topic", 0.0),),
            category=(Category("other", "other", 0.0),),
            entities=_entities(row.entities or ()),
            decision=Decision.HAND_OVER,
            flags=(),
            evidence=(),
            model="",
        ),
        now=now,
    )


def _live(turn: Turn, surroundings: Surroundings, reader: For) -> Iterable[Suggestion]:
    """Yield what the tables say now: market days, the state of the contact's own report."""
    today = turn.now.astimezone(BERLIN).date()
    if _mentions(turn, "market_hours", "market"):
        yield Suggestion(MARKET, market_hours.answer(turn, surroundings).text, day=today)
    if turn.visibility is Visibility.PUBLIC or not reader.tickets:
        return
    own = tickets.of_contact(surroundings.session, turn.contact_id, 1)
    if own and _mentions(turn, "ticket_status", "ticket_number"):
        yield Suggestion(TICKET, ticket_status.answer(turn, surroundings).text, day=today)


def _articles(turn: Turn, surroundings: Surroundings, reader: For) -> Iterable[Suggestion]:
    finder = surroundings.facts.finder
    today = turn.now.astimezone(BERLIN).date()
    valid = [article for article in finder.articles if article.is_valid(today)]
    language = spoken(turn.understanding.language, turn.language)
    brief = turn.visibility is Visibility.PUBLIC
    scored = finder.find(turn.text, valid)[:MOST]
    for found in scored:
        article = found.article
        if found.score < max(_FITS, scored[0].score - _NEAR):
            return
        text = answers.answer(article, language, brief=brief)
        if article.internal:  # its source is not for citizens either
            text = markdown.plain(article.wording(language).body)
        yield Suggestion(
            key=f"{_ARTICLE}{article.slug}",
            text=text,
            title=article.wording(reader.language).title,
            source=article.source,
            day=article.checked_on,
            slug=article.slug,
            internal=article.internal,
        )


def _mentions(turn: Turn, intent: str, entity: str) -> bool:
    """Tell whether it may be about that, however unsure: a person chooses."""
    understood = turn.understanding
    listed = any(found.id == intent for found in understood.intents)
    return listed or understood.first(entity) is not None


def _intents(stored: Sequence[object]) -> tuple[Intent, ...]:
    return tuple(
        Intent(str(one["id"]), float(one["confidence"])) for one in stored if isinstance(one, dict)
    )


def _entities(stored: Sequence[object]) -> tuple[Entity, ...]:
    return tuple(Entity(**one) for one in stored if isinstance(one, dict))
