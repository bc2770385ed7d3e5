"""One conversation as the templates show it: messages, composer, and what is known around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fastapi import Request
from sqlalchemy.orm import Session

from bot.attachments.states import AttachmentState
from bot.channels import kinds
from bot.channels.states import ChannelState
from bot.inbound import fetching
from bot.inbox import queries as inbox
from bot.inbox import thread, unreached
from bot.inbox.queries import Row
from bot.inbox.states import Direction, DraftMode
from bot.inbox.thread import Entry, File
from bot.learning import queries as learning
from bot.outbox import acts
from bot.outbox.states import OPEN, DeliveryState
from bot.staff import queries as staff
from bot.staff.permissions import StaffUser
from bot.staff.states import Role
from connectors.base import AWAITED, MISSING, TOO_LARGE, Button
from connectors.capabilities import SOUNDS, Act, Capabilities, Visibility
from connectors.registry import UnknownKindError
from dashboard.desk import abilities, access, context, reasons, suggested
from dashboard.desk.access import May
from dashboard.desk.listing import Chosen, chosen
from dashboard.desk.reasons import Labels, Reasons
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.web import web_of

UNREACHED = (
    "Unsere private Nachricht kam nicht an. Nennen Sie hier einen anderen Weg, etwa den Chat auf "
    "der Seite der Stadt oder das Telefon."
)
_FILES = frozenset({MISSING, TOO_LARGE})
_OURS, _THEIRS = True, False
_DOING: Mapping[tuple[Act, bool], str] = {
    (Act.EDIT, _OURS): "wird geändert",
    (Act.DELETE, _OURS): "wird zurückgenommen",
    (Act.DELETE, _THEIRS): "wird gelöscht",
    (Act.HIDE, _THEIRS): "wird verborgen",
    (Act.SHOW, _THEIRS): "wird wieder gezeigt",
}
_NOT_DONE: Mapping[tuple[Act, bool], str] = {
    (Act.EDIT, _OURS): "nicht geändert",
    (Act.DELETE, _OURS): "nicht zurückgenommen",
    (Act.DELETE, _THEIRS): "nicht gelöscht",
    (Act.HIDE, _THEIRS): "nicht verborgen",
    (Act.SHOW, _THEIRS): "nicht wieder gezeigt",
}
_MODERATED: Mapping[Act, str] = {
    Act.HIDE: "auf der Plattform verborgen",
    Act.DELETE: "auf der Plattform gelöscht",
}
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
class ShownAct:
    """What is being done to a message on its platform, or was not possible there."""

    text: str
    is_open: bool
    reason: str | None  # why it has failed, in words


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
    act: ShownAct | None
    moderated: str | None  # what the city has done to it, in words
    suspected: str | None  # what it may be, in words
    offer: str | None  # what can be done to it, in a word


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
    unreached: bool = False  # what we wrote to them in private will not arrive


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
    why: Mapping[int, Reasons]  # by message
    earlier: str | None
    filters: Chosen
    drafts: Drafts
    mode: str
    errors: Mapping[str, str]
    conflict: object | None
    limits: tuple[str, ...]
    suggestions: list[suggested.Shown] | None  # None: the page fetches them by itself
    quotes_internal: bool  # the draft of the reply does
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
    lost = beside is not None and bool(unreached.refused(session, [beside.id]))
    conversation = replace(
        shown(row, words), other_side=beside.id if beside else None, unreached=lost
    )
    filters = chosen(request)
    many = _many(request.query_params.get("shown", ""))
    entries, before = thread.entries(session, row.id, limit=many)
    missing = [entry.id for entry in entries if entry.unread in _FILES]
    given_up = fetching.given_up(session, missing) if missing else frozenset()
    drafts = inbox.drafts(session, row.id, user.id)
    may = access.may(user, row)
    can = capabilities(request, row)
    more = link(f"/desk/conversations/{row.id}", **filters.query, shown=many * _GROWTH)
    mode = DraftMode.REPLY if may.reply else DraftMode.NOTE
    reply = drafts.get(DraftMode.REPLY, "")
    return Thread(
        conversation=conversation,
        may=may,
        staff=_assignable(session, row) if may.assign else [],
        messages=[
            message(
                entry,
                conversation.name,
                words,
                may_ask=entry.id in given_up,
                offered=offered(entry, row, can, may),
            )
            for entry in entries
        ],
        why=_why(session, entries, words),
        earlier=more if before and many < _MOST else None,
        filters=filters,
        drafts=Drafts(reply, drafts.get(DraftMode.NOTE, "")),
        mode=mode.value,
        errors={},
        conflict=None,
        limits=(
            *((words.say(UNREACHED),) if lost else ()),
            *_limits(session, row, can, words),
        ),
        suggestions=suggested.shown(session, request, user, row)
        if may.reply and suggested.are_asked_for(request)
        else None,
        quotes_internal=suggested.quotes_internal(session, request, reply),
        around=context.around(session, user, row, words),
    )


def _why(session: Session, entries: Sequence[Entry], words: Words) -> dict[int, Reasons]:
    """Return why what they wrote was understood so, by the last message of each turn."""
    theirs = [entry.id for entry in entries if entry.direction is Direction.INBOUND]
    turns = learning.turns(session, theirs)
    labels = Labels(session, words)
    return {turn.message_id: reasons.of(turn, labels) for turn in turns}


def capabilities(request: Request, row: Row) -> Capabilities | None:
    """Return what the channel can do; None where its library is not installed here."""
    try:
        return web_of(request).app.connectors.named(row.channel_kind).capabilities
    except UnknownKindError:
        return None


def _limits(session: Session, row: Row, can: Capabilities | None, words: Words) -> tuple[str, ...]:
    if can is None:
        return ()
    is_allowed = row.channel_kind not in kinds.forbidden_kinds(session)
    return abilities.limits(can, row.visibility, words, is_allowed=is_allowed)


def offered(entry: Entry, row: Row, can: Capabilities | None, may: May) -> frozenset[Act]:
    """Return what somebody may do to a message, and the platform can."""
    allowed = may.reply if entry.direction is Direction.OUTBOUND else may.moderate
    if can is None or not allowed or row.channel_state is ChannelState.REMOVED:
        return frozenset()
    return acts.possible(entry, row.visibility, can)


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


def message(
    entry: Entry,
    contact: str,
    words: Words,
    *,
    may_ask: bool = False,
    offered: frozenset[Act] = frozenset(),
) -> ShownMessage:
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
        act=_act(entry, words),
        suspected=words.intent(entry.suspected) if entry.suspected else None,
        moderated=words.say(_MODERATED[entry.moderated]) if entry.moderated else None,
        offer=words.say(_offer(entry, offered)) if offered else None,
    )


def _act(entry: Entry, words: Words) -> ShownAct | None:
    way = entry.way
    if way.act is None or way.act_state in {None, DeliveryState.SENT}:
        return None
    is_open = way.act_state in OPEN
    text = (_DOING if is_open else _NOT_DONE)[way.act, entry.direction is Direction.OUTBOUND]
    reason = None if is_open else words.failure(way.act_error)
    return ShownAct(words.say(text), is_open, reason)


def _offer(entry: Entry, offered: frozenset[Act]) -> str:
    if entry.direction is Direction.INBOUND:
        return "moderieren"
    return "ändern" if Act.EDIT in offered else "zurücknehmen"


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
