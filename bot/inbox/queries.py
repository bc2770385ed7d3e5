"""Reading the inbox for the desk: list, thread, context. Keyset pages, bounded counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.contacts.models import Contact, Identity
from bot.db.base import BigInt, Instant
from bot.inbox.models import Conversation, Draft, Message
from bot.inbox.states import ConversationStatus, DraftMode, Handler
from bot.offices.models import Category
from bot.staff.models import User
from bot.tickets.models import Ticket
from connectors.capabilities import Visibility

PAGE = 40
COUNTED = 100  # counts stop here: "99+" tells enough
_KEYS = 2**63  # keys lie below
_URGENT = "_e"
_ESCAPE = "/"


class View(StrEnum):
    """The views of the list; `WAITING` holds what needs a person."""

    WAITING = "waiting"
    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    UNREAD = "unread"
    CLOSED = "closed"


class Shape(NamedTuple):
    """Which conditions a list has, whatever their values."""

    view: View
    of_office: bool
    on_channel: bool
    is_searched: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows: `q` is looked for in the contact's name, the newest words, the number.

    `office_id` narrows it to the conversations of one office.
    """

    view: View = View.OPEN
    channel: str = ""
    q: str = ""
    user_id: int | None = None
    office_id: int | None = None

    def shape(self) -> Shape:
        """Return what decides the words of the statement."""
        return Shape(self.view, self.office_id is not None, bool(self.channel), bool(self.q))

    def values(self) -> dict[str, object]:
        """Return what the statement is sent with."""
        words = self.q.strip()
        return {
            "user_id": self.user_id,
            "office_id": self.office_id,
            "channel": self.channel,
            "pattern": _pattern(words) if words else None,
            "number": words.upper(),
        }


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


class Row(NamedTuple):
    """A conversation in the list; `name` is None where the contact never gave one.

    `due` is the deadline of an open ticket; `draft` tells whether the reader left an unsent text.
    A tuple, because forty are made for every look at the list. What `_COLUMNS` does not name is a
    column of the conversation.
    """

    id: int
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    channel_state: ChannelState
    visibility: Visibility
    preview: str
    time: datetime
    unread: int
    status: ConversationStatus
    handler: Handler
    emergency_at: datetime | None
    waiting_since: datetime | None
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
    draft: bool

    @property
    def emergency(self) -> bool:
        """Whether the alarm of an emergency still stands."""
        return self.emergency_at is not None

    @property
    def needed_since(self) -> datetime | None:
        """When a person first had to look."""
        return self.waiting_since or self.emergency_at


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a contact."""

    identity: str | None
    since: datetime
    conversations: int
    language: str | None


_ASSIGNEE = aliased(User)
_USER = bindparam("user_id", type_=BigInt)
_COLUMNS: Mapping[str, SQLColumnExpression[object]] = {
    "name": Contact.name,
    "channel_kind": Channel.kind,
    "channel_name": Channel.name,
    "channel_state": Channel.state,
    "time": Conversation.last_message_at,
    "assignee_name": _ASSIGNEE.display_name,
    "ticket_number": Ticket.number,
    "ticket_title": Ticket.title,
    "due": case((Ticket.closed_at.is_(None), Ticket.due_at)),
    "category_de": Category.label_de,
    "category_en": Category.label_en,
    "draft": exists().where(Draft.user_id == _USER, Draft.conversation_id == Conversation.id),
}


def _column(name: str) -> SQLColumnExpression[object]:
    return _COLUMNS[name] if name in _COLUMNS else Conversation.__table__.c[name]


_ROW = (
    select(*map(_column, Row._fields))
    .join(Contact, Contact.id == Conversation.contact_id)
    .join(Channel, Channel.id == Conversation.channel_id)
    .outerjoin(_ASSIGNEE, _ASSIGNEE.id == Conversation.assignee_id)
    .outerjoin(Ticket, Ticket.id == Conversation.ticket_id)
    .outerjoin(Category, Category.id == Ticket.category_id)
)
_ONE = _ROW.where(Conversation.id == bindparam("id", type_=BigInt))
_THIS = aliased(Conversation)
_OTHER_SIDE = (
    _ROW.join(_THIS, _THIS.contact_id == Conversation.contact_id)
    .where(
        _THIS.id == bindparam("id", type_=BigInt),
        _THIS.channel_id == Conversation.channel_id,
        _THIS.visibility != Conversation.visibility,
    )
    .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    .limit(1)
)


def rows(
    session: Session, filters: Filters, *, after: Place | None = None, limit: int = PAGE
) -> tuple[list[Row], Place | None]:
    """Return a page of the list, and where the next one begins.

    The newest comes first; of what waits, emergencies come first, then what waits longest.
    """
    is_waiting = filters.view is View.WAITING
    values = filters.values() | {"limit": limit + 1}
    if after:
        values |= {"at": after.at, "id": after.id, "rank": int(not after.urgent)}
    statement = _page(filters.shape(), is_behind=after is not None)
    found = list(map(Row._make, session.connection().execute(statement, values).all()))
    page, more = found[:limit], found[limit:]
    return page, _place(page[-1], is_waiting=is_waiting) if more else None


def count(session: Session, filters: Filters) -> int:
    """Count what `filters` show, at most `COUNTED`."""
    found = session.connection().execute(_count(filters.shape()), filters.values())
    return found.scalar_one()


def row(session: Session, conversation_id: int) -> Row | None:
    """Return one conversation as a row."""
    return _first(session, _ONE, conversation_id)


def other_side(session: Session, conversation_id: int) -> Row | None:
    """Return where its contact last spoke in private if it is public, in public if private."""
    return _first(session, _OTHER_SIDE, conversation_id)


def _first(
    session: Session, statement: Select[*tuple[object, ...]], conversation_id: int
) -> Row | None:
    values = {"id": conversation_id, "user_id": None}
    found = session.connection().execute(statement, values).one_or_none()
    return Row._make(found) if found else None


def drafts(session: Session, conversation_id: int, user_id: int) -> dict[DraftMode, str]:
    """Return the user's unsent texts in a conversation."""
    found = session.execute(
        select(Draft.mode, Draft.text).where(
            Draft.conversation_id == conversation_id, Draft.user_id == user_id
        )
    )
    return dict(found.all())


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


_VIEWS: dict[View, ColumnElement[bool]] = {
    View.WAITING: Conversation.needed_since.is_not(None),
    View.MINE: Conversation.assignee_id == _USER,
    View.UNASSIGNED: Conversation.assignee_id.is_(None),
    View.UNREAD: Conversation.unread > 0,
}


@cache
def _page(shape: Shape, *, is_behind: bool) -> Select[*tuple[object, ...]]:
    """Return the statement of a page: built once for each shape, for building is what costs."""
    row_id = bindparam("id", type_=BigInt)
    at = bindparam("at", type_=Instant)
    statement = _ROW.where(_matching(shape)).limit(bindparam("limit"))
    if shape.view is View.WAITING:
        order = (Conversation.needed_rank, Conversation.needed_since, Conversation.id)
        behind = tuple_(*order) > tuple_(bindparam("rank", type_=Integer), at, row_id)
        statement = statement.order_by(*order)
    else:
        behind = tuple_(Conversation.last_message_at, Conversation.id) < tuple_(at, row_id)
        statement = statement.order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
    return statement.where(behind) if is_behind else statement


@cache
def _count(shape: Shape) -> Select[int]:
    found = select(Conversation.id).where(_matching(shape)).limit(COUNTED)
    if shape.is_searched:
        found = found.join(Contact, Contact.id == Conversation.contact_id)
    return select(func.count()).select_from(found.subquery())


def _place(row: Row, *, is_waiting: bool) -> Place:
    if is_waiting and row.needed_since is not None:
        return Place(row.needed_since, row.id, row.emergency)
    return Place(row.time, row.id)


def _matching(shape: Shape) -> ColumnElement[bool]:
    status = ConversationStatus.CLOSED if shape.view is View.CLOSED else ConversationStatus.OPEN
    found: list[ColumnElement[bool]] = [Conversation.status == status]
    if shape.view in _VIEWS:
        found.append(_VIEWS[shape.view])
    if shape.of_office:
        found.append(Conversation.office_id == bindparam("office_id", type_=BigInt))
    if shape.on_channel:
        channel = select(Channel.id).where(Channel.slug == bindparam("channel")).scalar_subquery()
        found.append(Conversation.channel_id == channel)
    if shape.is_searched:
        pattern = bindparam("pattern", type_=String)
        number = select(Ticket.conversation_id).where(Ticket.number == bindparam("number"))
        found.append(
            or_(
                func.lower(Contact.name).like(pattern, escape=_ESCAPE),
                func.lower(Conversation.preview).like(pattern, escape=_ESCAPE),
                Conversation.id.in_(number),
            )
        )
    return and_(*found)


def _pattern(words: str) -> str:
    """Return the LIKE pattern that finds these words anywhere."""
    escaped = words.lower()
    for special in (_ESCAPE, "%", "_"):
        escaped = escaped.replace(special, _ESCAPE + special)
    return f"%{escaped}%"
