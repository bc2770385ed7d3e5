"""Reading the inbox for the desk: list, thread, context. Keyset pages, bounded counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from bot.channels.models import Channel
from bot.contacts.models import Contact, Identity
from bot.db.base import BigInt
from bot.inbox.models import Conversation, Draft, Message, TurnUnderstanding
from bot.inbox.states import ConversationStatus, DraftMode, Handler
from bot.offices.models import Category
from bot.staff.models import User
from bot.tickets.models import Ticket
from connectors.base import Visibility

PAGE = 40
COUNTED = 100  # counts stop here: "99+" tells enough
_KEYS = 2**63  # keys lie below
_URGENT = "_e"


class View(StrEnum):
    """The views of the list; `WAITING` holds what needs a person."""

    WAITING = "waiting"
    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNREAD = "unread"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows.

    `office_id` narrows it to the conversations of one office: those it was given, and those whose
    newest ticket it has.
    """

    view: View = View.OPEN
    channel: str = ""
    q: str = ""
    user_id: int | None = None
    office_id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: what comes behind it is the next page.

    `urgent` only counts among what waits, where emergencies come first.
    """

    at: datetime
    id: int
    urgent: bool = False

    def __str__(self) -> str:
        return f"{self.at.timestamp()!r}_{self.id}{_URGENT if self.urgent else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the list; `name` is None where the contact never gave one.

    `office_id` is the office it was given, else the one of its newest ticket; `due` is the
    deadline of an open ticket; `needed_since` is when a person first had to look.
    """

    id: int
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    visibility: Visibility
    preview: str
    time: datetime
    unread: int
    status: ConversationStatus
    handler: Handler
    emergency: bool
    waiting_since: datetime | None
    needed_since: datetime | None
    assignee_id: int | None
    assignee_name: str | None
    version: int
    office_id: int | None
    ticket_id: int | None
    ticket_number: str | None
    ticket_title: str | None
    due: datetime | None
    category_de: str | None
    category_en: str | None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Why the bot decided as it did in its newest turn here."""

    intents: list[object]
    category: list[object]
    evidence: list[object]
    decision: str
    model: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a contact."""

    identity: str | None
    since: datetime
    conversations: int
    language: str | None


_ASSIGNEE = aliased(User)
_IS_CALM = case((Conversation.emergency_at.is_not(None), 0), else_=1)
_NEEDED_SINCE = func.coalesce(Conversation.waiting_since, Conversation.emergency_at)
_ROW = (
    select(
        Conversation.id,
        Conversation.contact_id,
        Contact.name,
        Channel.kind.label("channel_kind"),
        Channel.name.label("channel_name"),
        Conversation.visibility,
        Conversation.preview,
        Conversation.last_message_at.label("time"),
        Conversation.unread,
        Conversation.status,
        Conversation.handler,
        Conversation.emergency_at.is_not(None).label("emergency"),
        Conversation.waiting_since,
        _NEEDED_SINCE.label("needed_since"),
        Conversation.assignee_id,
        _ASSIGNEE.display_name.label("assignee_name"),
        Conversation.version,
        func.coalesce(Conversation.office_id, Ticket.office_id).label("office_id"),
        Conversation.ticket_id,
        Ticket.number.label("ticket_number"),
        Ticket.title.label("ticket_title"),
        case((Ticket.closed_at.is_(None), Ticket.due_at)).label("due"),
        Category.label_de.label("category_de"),
        Category.label_en.label("category_en"),
    )
    .join(Contact, Contact.id == Conversation.contact_id)
    .join(Channel, Channel.id == Conversation.channel_id)
    .outerjoin(_ASSIGNEE, _ASSIGNEE.id == Conversation.assignee_id)
    .outerjoin(Ticket, Ticket.id == Conversation.ticket_id)
    .outerjoin(Category, Category.id == Ticket.category_id)
)


def rows(
    session: Session, filters: Filters, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[Row], Place | None]:
    """Return a page of the list, and where the next one begins.

    The newest comes first; of what waits, emergencies come first, then what waits longest.
    """
    is_waiting = filters.view is View.WAITING
    found = _matching(filters)
    if after:
        found = and_(found, _is_behind(after, waiting=is_waiting))
    wanted = _ROW.where(found).limit(limit + 1)
    if is_waiting:
        wanted = wanted.order_by(_IS_CALM, _NEEDED_SINCE, Conversation.id)
    else:
        wanted = wanted.order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    result = session.execute(wanted)
    page = [Row(**row) for row in result.mappings()]
    page, more = page[:limit], page[limit:]
    following = _place(page[-1], waiting=is_waiting) if more else None
    return _with_drafts(session, page, filters.user_id), following


def count(session: Session, filters: Filters) -> int:
    """Count what `filters` show, at most `COUNTED`."""
    found = (
        select(Conversation.id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(_matching(filters))
        .limit(COUNTED)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(found)) or 0


def row(session: Session, conversation_id: int) -> Row | None:
    """Return one conversation as a row."""
    found = session.execute(_ROW.where(Conversation.id == conversation_id)).mappings()
    return next((Row(**one) for one in found), None)


def drafts(session: Session, conversation_id: int, user_id: int) -> dict[DraftMode, str]:
    """Return the user's unsent texts in a conversation."""
    found = session.execute(
        select(Draft.mode, Draft.text).where(
            Draft.conversation_id == conversation_id, Draft.user_id == user_id
        )
    )
    return dict(found.all())


def why(session: Session, conversation_id: int) -> Why | None:
    """Return the newest understanding of a conversation."""
    found = session.execute(
        select(
            TurnUnderstanding.intents,
            TurnUnderstanding.category,
            TurnUnderstanding.evidence,
            TurnUnderstanding.decision,
            TurnUnderstanding.model,
            TurnUnderstanding.outcome,
        )
        .where(TurnUnderstanding.conversation_id == conversation_id)
        .order_by(TurnUnderstanding.id.desc())
        .limit(1)
    ).one_or_none()
    return Why(*found) if found else None


def known(session: Session, conversation_id: int) -> Known | None:
    """Return what is known of a conversation's contact."""
    found = session.execute(
        select(
            Identity.name,
            Contact.created_at,
            select(func.count())
            .where(Conversation.contact_id == Contact.id)
            .correlate(Contact)
            .scalar_subquery(),
            func.coalesce(Contact.language, Conversation.language),
        )
        .select_from(Conversation)
        .join(Contact, Contact.id == Conversation.contact_id)
        .join(
            Identity,
            and_(Identity.contact_id == Contact.id, Identity.channel_id == Conversation.channel_id),
        )
        .where(Conversation.id == conversation_id)
        .limit(1)
    ).one_or_none()
    return Known(*found) if found else None


def last_messages(
    session: Session, conversation_id: int, *, since_version_of: int
) -> Sequence[Message]:
    """Return the newest messages, as many as versions have passed, oldest first."""
    found = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(max(since_version_of, 1))
    ).all()
    return list(reversed(found))


def read_place(text: str) -> Place | None:
    """Return the place that a page address names, None where it names none."""
    urgent = text.endswith(_URGENT)
    instant, _, row_id = text.removesuffix(_URGENT).partition("_")
    try:
        place = Place(datetime.fromtimestamp(float(instant), tz=UTC), int(row_id), urgent)
    except (ValueError, OverflowError, OSError):
        return None
    return place if 0 <= place.id < _KEYS else None


def _is_behind(place: Place, *, waiting: bool) -> ColumnElement[bool]:
    at = literal(place.at, Conversation.last_message_at.type)
    if waiting:
        here = tuple_(_IS_CALM, _NEEDED_SINCE, Conversation.id)
        return here > tuple_(literal(0 if place.urgent else 1), at, literal(place.id, BigInt))
    here = tuple_(Conversation.last_message_at, Conversation.id)
    return here < tuple_(at, literal(place.id, BigInt))


def _place(row: Row, *, waiting: bool) -> Place:
    if waiting and row.needed_since is not None:
        return Place(row.needed_since, row.id, row.emergency)
    return Place(row.time, row.id)


def _matching(filters: Filters) -> ColumnElement[bool]:
    open_one = Conversation.status == ConversationStatus.OPEN
    views: dict[View, ColumnElement[bool]] = {
        View.WAITING: and_(open_one, _NEEDED_SINCE.is_not(None)),
        View.OPEN: open_one,
        View.MINE: and_(open_one, Conversation.assignee_id == filters.user_id),
        View.UNASSIGNED: and_(open_one, Conversation.assignee_id.is_(None)),
        View.UNREAD: and_(open_one, Conversation.unread > 0),
        View.CLOSED: Conversation.status == ConversationStatus.CLOSED,
    }
    found = views[filters.view]
    if filters.office_id is not None:
        found = and_(found, _of_office(filters.office_id))
    if filters.channel:
        same = select(Channel.id).where(Channel.slug == filters.channel).scalar_subquery()
        found = and_(found, Conversation.channel_id == same)
    if filters.q:
        found = and_(found, _search(filters.q))
    return found


def _of_office(office_id: int) -> ColumnElement[bool]:
    its_tickets = select(Ticket.id).where(Ticket.office_id == office_id)
    return or_(
        Conversation.office_id == office_id,
        and_(Conversation.office_id.is_(None), Conversation.ticket_id.in_(its_tickets)),
    )


def _search(text: str) -> ColumnElement[bool]:
    """Match the contact's name, the newest words, or the ticket's number."""
    pattern = text.strip().lower()
    if not pattern:
        return false()
    number = select(Ticket.conversation_id).where(Ticket.number == text.strip().upper())
    return or_(
        func.lower(Contact.name).contains(pattern, autoescape=True),
        func.lower(Conversation.preview).contains(pattern, autoescape=True),
        Conversation.id.in_(number),
    )


def _with_drafts(session: Session, page: list[Row], user_id: int | None) -> list[Row]:
    if user_id is None or not page:
        return page
    found = session.scalars(
        select(Draft.conversation_id).where(
            Draft.user_id == user_id, Draft.conversation_id.in_([row.id for row in page])
        )
    )
    written = set(found)
    return [replace(row, draft=True) if row.id in written else row for row in page]
