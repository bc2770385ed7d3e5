"""One conversation as the templates show it: messages, composer, and what is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import Request
from sqlalchemy.orm import Session

from bot.attachments.states import AttachmentState
from bot.channels import kinds
from bot.inbound import fetching
from bot.inbox import queries as inbox
from bot.inbox import thread
from bot.inbox.queries import Row
from bot.inbox.states import Direction, DraftMode
from bot.inbox.thread import Entry, File
from bot.staff import queries as staff
from bot.staff.permissions import StaffUser
from bot.staff.states import Role
from connectors.base import AWAITED, MISSING, TOO_LARGE, Button
from connectors.capabilities import SOUNDS, Visibility
from connectors.registry import UnknownKindError
from dashboard.desk import abilities, access, context
from dashboard.desk.access import May
from dashboard.desk.listing import Chosen, chosen
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.web import web_of

_FILES = frozenset({MISSING, TOO_LARGE})
_GROWTH = 4
_MOST = thread.PAGE * _GROWTH**5


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message; `state` is "stored" or "refused"."""

    url: str
    name: str
    media_type: str
    is_image: bool
    is_sound: bool
    state: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A content that nobody can read here.

    `is_coming`: it is still being fetched; `is_missing`: somebody wanted us to have it.
    """

    kind: str
    hint: str
    is_coming: bool
    is_missing: bool
    may_ask: bool  # a file can be asked for again


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message, note or line of the log."""

    id: int
    direction: str
    author_kind: str
    author_name: str
    text: str
    at: datetime
    edited: bool
    deleted: bool
    delivery_state: str | None
    buttons: tuple[Button, ...]
    attachments: tuple[ShownFile, ...]
    unread: Unread | None
    reactions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownConversation:
    """The head of a conversation."""

    id: int
    name: str
    channel_kind: str
    channel_name: str
    public: bool
    status: str
    handler: str
    emergency: bool
    waiting_since: datetime | None
    assignee_id: int | None
    assignee_name: str | None
    version: int
    other_side: int | None = None  # where the same person speaks in private, or in public


@dataclass(frozen=True, slots=True)
class Drafts:
    """The unsent texts of the reader."""

    reply: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Everything that `desk/_conversation.html` needs."""

    conversation: ShownConversation
    may: May
    staff: list[tuple[int, str]]
    messages: list[ShownMessage]
    earlier: str | None
    filters: Chosen
    drafts: Drafts
    mode: str
    errors: Mapping[str, str]
    conflict: object | None
    limits: tuple[str, ...]
    around: context.Around

    def context(self) -> dict[str, object]:
        """Return the template's variables."""
        around = {name: getattr(self.around, name) for name in self.around.__slots__}
        own = {name: getattr(self, name) for name in self.__slots__ if name != "around"}
        return own | around

    def with_text(self, mode: DraftMode, text: str, errors: Mapping[str, str]) -> "Thread":
        """Return the same page with a text that was not taken, and why."""
        drafts = replace(self.drafts, **{mode.value: text})
        return replace(self, drafts=drafts, mode=mode.value, errors=errors)


def read(session: Session, request: Request, user: StaffUser, row: Row) -> Thread:
    """Read a conversation that `user` may read; `?shown=` says how many messages."""
    words = Words(user.language)
    beside = access.other_side(session, user, row)
    conversation = replace(shown(row, words), other_side=beside.id if beside else None)
    filters = chosen(request)
    many = _many(request.query_params.get("shown", ""))
    entries, before = thread.entries(session, row.id, limit=many)
    missing = [entry.id for entry in entries if entry.unread in _FILES]
    given_up = fetching.given_up(session, missing) if missing else frozenset()
    drafts = inbox.drafts(session, row.id, user.id)
    may = access.may(user, row)
    more = link(f"/desk/conversations/{row.id}", **filters.query, shown=many * _GROWTH)
    mode = DraftMode.REPLY if may.reply else DraftMode.NOTE
    return Thread(
        conversation=conversation,
        may=may,
        staff=_assignable(session, row) if may.assign else [],
        messages=[
            message(entry, conversation.name, words, may_ask=entry.id in given_up)
            for entry in entries
        ],
        earlier=more if before and many < _MOST else None,
        filters=filters,
        drafts=Drafts(drafts.get(DraftMode.REPLY, ""), drafts.get(DraftMode.NOTE, "")),
        mode=mode.value,
        errors={},
        conflict=None,
        limits=_limits(request, session, row, words),
        around=context.around(session, user, row, words),
    )


def _limits(request: Request, session: Session, row: Row, words: Words) -> tuple[str, ...]:
    try:
        can = web_of(request).app.connectors.named(row.channel_kind).capabilities
    except UnknownKindError:  # its library is not installed here
        return ()
    is_allowed = row.channel_kind not in kinds.forbidden_kinds(session)
    return abilities.limits(can, row.visibility, words, is_allowed=is_allowed)


def shown(row: Row, words: Words) -> ShownConversation:
    """Return the head of a conversation."""
    return ShownConversation(
        id=row.id,
        name=words.contact(row.name, row.contact_id),
        channel_kind=row.channel_kind,
        channel_name=row.channel_name,
        public=row.visibility is Visibility.PUBLIC,
        status=row.status,
        handler=row.handler,
        emergency=row.emergency,
        waiting_since=row.waiting_since,
        assignee_id=row.assignee_id,
        assignee_name=row.assignee_name,
        version=row.version,
    )


def message(entry: Entry, contact: str, words: Words, *, may_ask: bool = False) -> ShownMessage:
    """Return a message in the reader's language; system lines become sentences."""
    text = entry.text
    if entry.direction is Direction.SYSTEM:
        text = words.system_line(entry.text, entry.author_name)
    return ShownMessage(
        id=entry.id,
        direction=entry.direction,
        author_kind=entry.author_kind,
        author_name=_author(entry, contact, words),
        text=text,
        at=entry.at,
        edited=entry.edited,
        deleted=entry.deleted,
        delivery_state=entry.delivery_state,
        buttons=entry.buttons,
        attachments=tuple(_file(file) for file in entry.attachments),
        unread=_unread(entry.unread, words, may_ask=may_ask) if entry.unread else None,
        reactions=entry.reactions,
    )


def _unread(code: str, words: Words, *, may_ask: bool) -> Unread:
    kind, hint = words.unread(code)
    is_missing = code in _FILES or code == "encrypted"
    return Unread(kind, hint, code == AWAITED, is_missing, may_ask)


def _author(entry: Entry, contact: str, words: Words) -> str:
    if entry.direction is Direction.INBOUND:
        return contact
    return entry.author_name or words.say("Assistent")


def _file(file: File) -> ShownFile:
    return ShownFile(
        url=f"/desk/attachments/{file.id}",
        name=file.name,
        media_type=file.media_type,
        is_image=file.is_image,
        is_sound=file.media_type in SOUNDS,
        state="stored" if file.state is AttachmentState.READY else "refused",
    )


def _assignable(session: Session, row: Row) -> list[tuple[int, str]]:
    """Return who can answer here: not those who only read, nor other offices."""
    return [
        (user.id, user.display_name)
        for user in staff.list_users(session)
        if user.active
        and user.role is not Role.VIEWER
        and (user.role is not Role.OFFICE or user.office_id == row.office_id)
    ]


def _many(text: str) -> int:
    """Return how many messages the page shows: 30, or more on demand."""
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return thread.PAGE
    return min(max(int(text), thread.PAGE), _MOST)
