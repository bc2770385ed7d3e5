"""The list of conversations: its filters from the address, its rows as the template shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlalchemy.orm import Session

from bot.channels import queries as channels
from bot.inbox import queries as inbox
from bot.inbox.queries import Filters, Place, Row, View
from bot.staff.permissions import StaffUser
from connectors import text as texts
from dashboard.desk import access
from dashboard.desk.words import Words, shown
from dashboard.render import link

_LONGEST = 200
_COUNTED = (View.WAITING, View.OPEN, View.MINE, View.UNASSIGNED, View.UNREAD)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters in use; `query` is what the addresses of this view carry."""

    status: str
    channel: str
    q: str
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the list, in the reader's language."""

    id: int
    name: str
    channel_kind: str
    channel_name: str
    preview: str
    time: datetime
    unread: int
    category_label: str | None
    ticket_number: str | None
    due: datetime | None
    waiting_since: datetime | None
    handler: str
    emergency: bool
    assignee_name: str | None
    status: str
    draft: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that `desk/_list.html` needs."""

    filters: Chosen
    counts: Mapping[str, int | str]
    channels: list[tuple[str, str]]
    rows: list[ListedRow]
    more: str | None
    selected_id: int | None

    def context(self) -> dict[str, object]:
        """Return the template's variables."""
        return {name: getattr(self, name) for name in self.__slots__}


def chosen(request: Request) -> Chosen:
    """Read the filters of the address; what makes no sense there is left out."""
    query = request.query_params
    status = query.get("status", "")
    q = texts.clean(query.get("q", ""))[:_LONGEST]
    usual = View.OPEN if q else View.WAITING  # who searches looks through everything open
    view = View(status) if status in set(View) else usual
    channel = texts.clean(query.get("channel", ""))[:_LONGEST]
    used = {"status": "" if view is usual else view.value, "channel": channel, "q": q}
    return Chosen(view, channel, q, {name: value for name, value in used.items() if value})


def listing(
    session: Session,
    request: Request,
    user: StaffUser,
    *,
    selected_id: int | None = None,
) -> Listing:
    """Read the list that the address asks for; raises `PermissionDeniedError`."""
    filters = chosen(request)
    office_id = access.inbox_office(session, user)
    after = inbox.read_place(request.query_params.get("after", ""))
    wanted = Filters(View(filters.status), filters.channel, filters.q, user.id, office_id)
    rows, following = inbox.rows(session, wanted, after=after)
    words = Words(user.language)
    return Listing(
        filters=filters,
        counts={
            view: shown(inbox.count(session, Filters(view, user_id=user.id, office_id=office_id)))
            for view in _COUNTED
        },
        channels=[(channel.slug, channel.name) for channel in channels.channels(session)],
        rows=[listed(row, words) for row in rows],
        more=_more(filters, following),
        selected_id=selected_id,
    )


def listed(row: Row, words: Words) -> ListedRow:
    """Return a row in the reader's language."""
    return ListedRow(
        id=row.id,
        name=words.contact(row.name, row.contact_id),
        channel_kind=row.channel_kind,
        channel_name=row.channel_name,
        preview=row.preview,
        time=row.time,
        unread=row.unread,
        category_label=row.category_en if words.language == "en" else row.category_de,
        ticket_number=row.ticket_number,
        due=row.due,
        waiting_since=row.waiting_since,
        handler=row.handler,
        emergency=row.emergency,
        assignee_name=row.assignee_name,
        status=row.status,
        draft=row.draft,
    )


def _more(filters: Chosen, following: Place | None) -> str | None:
    return link("/desk", **filters.query, after=str(following)) if following else None
