"""A visitor's conversation as their page shows it, down to what has not been read yet."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments.states import AttachmentState
from bot.channels import queries as channels
from bot.channels.queries import ChannelInfo
from bot.channels.states import ChannelState
from bot.errors import StadtdrahtError
from bot.events import queries as events
from bot.events.queries import Cursor
from bot.inbound.models import RawItem, RawItemFile
from bot.inbound.states import RawState
from bot.inbox import thread
from bot.inbox.thread import Entry, File
from connectors.base import Button
from connectors.webchat.parse import WebChatMessage
from dashboard.security import cookies
from dashboard.security.cookies import Visitor
from dashboard.web import web_of

KIND = "webchat"
_UNREAD = (RawState.NEW, RawState.QUARANTINED)
_STATES = {AttachmentState.READY: "stored", AttachmentState.REJECTED: "refused"}


class NoChatError(StadtdrahtError):
    """The city has no web chat that is switched on."""

    code = "no_chat"
    status = 503


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of a message; `state` is stored, refused (for a `reason`) or waiting."""

    url: str
    name: str
    is_image: bool
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message of the chat. `id` of the visitor's own stays the same from posting on."""

    id: str
    direction: str
    author_kind: str
    author_name: str | None
    text: str = field(repr=False)
    at: datetime
    attachments: tuple[ShownFile, ...] = ()
    buttons: tuple[Button, ...] = ()
    deleted: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """A visitor's conversation; what `messages` lacks comes behind `cursor`."""

    conversation_id: int | None
    messages: tuple[ShownMessage, ...]
    cursor: Cursor


def visitor_of(request: Request) -> Visitor:
    """Return who chats; a missing or forged cookie makes somebody new."""
    web = web_of(request)
    return cookies.visitor(web.cookies.read(request.cookies, cookies.VISITOR), secret=web.key)


def channel(session: Session) -> ChannelInfo:
    """Return the city's web chat; raises `NoChatError`."""
    for one in channels.channels(session):
        if one.kind == KIND and one.state is ChannelState.ACTIVE:
            return one
    raise NoChatError("There is no active web chat.")


def native_id(visitor_id: str, key: str) -> str:
    """Return the name of a visitor's message on the channel."""
    return f"{visitor_id}/{key}"


def order_key(visitor_id: str) -> str:
    """Return the thread of a visitor's messages."""
    return f"private:{visitor_id}"


def own_id(key: str) -> str:
    """Return the page's name of a message with this key."""
    return f"own-{key}"


def read(session: Session, visitor_id: str) -> Talk:
    """Return what the visitor may see; raises `NoChatError`."""
    cursor = events.newest(session)  # first: what comes after it is sent again, never lost
    here = channel(session)
    conversation_id = thread.conversation_of(session, here.slug, visitor_id)
    entries = thread.citizen_entries(session, conversation_id) if conversation_id else []
    return Talk(conversation_id, _only_newest_asks(map(_shown, entries)), cursor)


def with_unread(
    session: Session, visitor_id: str, shown: Sequence[ShownMessage]
) -> tuple[ShownMessage, ...]:
    """Return `shown` and what the visitor has sent and no worker has read yet."""
    return _only_newest_asks([*shown, *_unread(session, visitor_id, shown)])


def _only_newest_asks(messages: Iterable[ShownMessage]) -> tuple[ShownMessage, ...]:
    """Take the buttons off every message that another one follows."""
    found = tuple(messages)
    return (*(replace(message, buttons=()) for message in found[:-1]), *found[-1:])


def _unread(session: Session, visitor_id: str, shown: Sequence[ShownMessage]) -> list[ShownMessage]:
    here = channel(session)
    rows = session.execute(
        select(RawItem.id, RawItem.payload, RawItem.received_at)
        .where(
            RawItem.channel_id == here.id,
            RawItem.order_key == order_key(visitor_id),
            RawItem.state.in_(_UNREAD),
            RawItem.done_at.is_(None),  # for the index
        )
        .order_by(RawItem.id)
    ).all()
    names = _file_names(session, [row.id for row in rows])
    known = {message.id for message in shown}
    waiting = []
    for row in rows:
        try:
            posted = WebChatMessage.model_validate_json(row.payload)
        except ValidationError:
            continue
        if own_id(posted.id) not in known:
            waiting.append(own(posted, names[row.id], row.received_at, pending=True))
    return waiting


def own(
    posted: WebChatMessage, names: Sequence[str], at: datetime, *, pending: bool = False
) -> ShownMessage:
    """Return the visitor's message before it is in the inbox."""
    return ShownMessage(
        id=own_id(posted.id),
        direction="inbound",
        author_kind="contact",
        author_name=None,
        text=posted.text,
        at=at,
        attachments=tuple(
            ShownFile(url="", name=name, is_image=False, state="waiting") for name in names
        ),
        pending=pending,
    )


def _file_names(session: Session, item_ids: Sequence[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(RawItemFile.raw_item_id, RawItemFile.name)
        .where(RawItemFile.raw_item_id.in_(item_ids))
        .order_by(RawItemFile.raw_item_id, RawItemFile.position)
    )
    for item_id, name in rows:
        names[item_id].append(name)
    return names


def _shown(entry: Entry) -> ShownMessage:
    _, _, key = (entry.native_id or "").rpartition("/")
    return ShownMessage(
        id=own_id(key) if key else str(entry.id),
        direction=entry.direction.value,
        author_kind=entry.author_kind.value,
        author_name=entry.author_name,
        text=entry.text,
        at=entry.at,
        attachments=tuple(map(_shown_file, entry.attachments)),
        buttons=entry.buttons,
        deleted=entry.deleted,
    )


def _shown_file(found: File) -> ShownFile:
    return ShownFile(
        f"/chat/files/{found.id}", found.name, found.is_image, _STATES[found.state], found.reason
    )
