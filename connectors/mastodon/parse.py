"""Reading notifications as they were stored; pure."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from connectors import shapes
from connectors.base import (
    AWAITED,
    MISSING,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    LostError,
    ParseError,
    Sender,
)
from connectors.capabilities import Visibility
from connectors.mastodon import items, statuses
from connectors.mastodon.statuses import Me
from connectors.shapes import Object, listing
from connectors.text import clean
from connectors.validation import read

_ID = r"^\d{1,20}$"
_NAME = 200


class Person(BaseModel):
    """An account of somebody."""

    model_config = ConfigDict(extra="ignore")
    id: StrictStr = Field(pattern=_ID)
    acct: StrictStr = Field(min_length=1)
    display_name: StrictStr = ""
    bot: bool = False


class Ours(BaseModel):
    """Our account when the item came."""

    model_config = ConfigDict(extra="ignore")
    id: StrictStr = Field(pattern=_ID)
    username: StrictStr
    url: StrictStr


class Status(BaseModel):
    """What is needed of a status to read it; the rest is taken where it is used."""

    model_config = ConfigDict(extra="ignore")
    id: StrictStr = Field(pattern=_ID)
    account: Person
    content: StrictStr
    visibility: StrictStr
    spoiler_text: StrictStr = ""


class Notification(BaseModel):
    """Something that somebody did that concerns us."""

    model_config = ConfigDict(extra="ignore")
    id: StrictStr = Field(pattern=_ID)
    type: StrictStr
    account: Person
    status: dict[str, object] | None = None


class Envelope(BaseModel):
    """A notification, and what was known when it came."""

    model_config = ConfigDict(extra="ignore")
    me: Ours
    notification: dict[str, object]
    root: StrictStr
    below: StrictStr | None = None
    place: int = Field(default=0, ge=0)


class Change(BaseModel):
    """A status that was changed."""

    model_config = ConfigDict(extra="ignore")
    me: Ours
    edited: dict[str, object]


class Gone(BaseModel):
    """Messages that were taken back."""

    gone: list[StrictStr]


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored item; raises `ParseError` for what cannot be read, notes on gaps included."""
    if "skipped" in payload:
        raise LostError((shapes.text(payload["skipped"]) or "unknown")[:40])
    if "gone" in payload:
        return [InboundDeletion(one) for one in read(Gone, payload).gone]
    if "edited" in payload:
        return _edit(read(Change, payload))
    envelope = read(Envelope, payload)
    notification = read(Notification, envelope.notification)
    if notification.account.bot or notification.account.id == envelope.me.id:
        return []  # answering programs is a loop
    if notification.type in items.SILENT:
        return []
    if notification.type in items.SIGNS:
        return _sign(notification)
    if notification.status is None:
        if notification.type in items.SAYING:
            raise ParseError("a mention without a status")
        return []  # a new kind of notification in which nobody says anything
    return _message(envelope, notification.type, notification.status)


def _message(envelope: Envelope, kind: str, raw: Object) -> list[InboundEvent]:
    status, me = read(Status, raw), _me(envelope.me)
    if status.account.id == me.id or status.account.bot:
        return []
    files = statuses.attachments(raw)
    if envelope.place and envelope.place >= len(files):
        raise ParseError("a file that the status does not have")
    file = files[envelope.place] if files else None
    is_there = file is not None and statuses.file_address(file) is not None
    return [
        InboundMessage(
            native_id=items.native_id(status.id, envelope.place),
            thread=items.thread(raw, me, envelope.root),
            visibility=Visibility.PRIVATE if statuses.is_private(raw, me) else Visibility.PUBLIC,
            sender=_sender(status.account),
            text=_text(status, raw, me, file, first=not envelope.place),
            sent_at=statuses.instant(raw.get("created_at")),
            files=1 if is_there else 0,
            unread=_unread(kind, raw, file, is_there=is_there),
            spoken=is_there and shapes.at(file, "type") == "audio",
            below=envelope.below,
        )
    ]


def _unread(kind: str, raw: Object, file: Object | None, *, is_there: bool) -> str | None:
    if file is not None:
        return AWAITED if is_there else MISSING
    if raw.get("poll") is not None:
        return "poll"
    return None if kind in items.SAYING else "unknown"


def _text(status: Status, raw: Object, me: Me, file: Object | None, *, first: bool) -> str:
    """Return the text; where there is none, or for a further file, what the file shows."""
    said = statuses.said(raw, me).text if first else ""
    if first and (warning := clean(status.spoiler_text)):
        said = f"{warning}\n\n{said}".strip()
    if not said and file is not None:
        said = clean(shapes.text(file.get("description")) or "")
    if first and (choices := _choices(raw)):
        said = f"{said}\n\n{choices}".strip()
    return said


def _choices(raw: Object) -> str:
    """Return what a poll lets people choose from, a line each."""
    options = listing(shapes.obj(raw.get("poll")).get("options"))
    titles = (clean(shapes.text(shapes.at(option, "title")) or "") for option in options)
    return "\n".join(f"- {title}" for title in titles if title)


def _edit(change: Change) -> list[InboundEvent]:
    status, me = read(Status, change.edited), _me(change.me)
    files = statuses.attachments(change.edited)
    text = _text(status, change.edited, me, files[0] if files else None, first=True)
    when = statuses.instant(change.edited.get("edited_at"))
    return [InboundEdit(status.id, text, when)]


def _sign(notification: Notification) -> list[InboundEvent]:
    target = statuses.identifier(shapes.obj(notification.status).get("id"))
    if target is None:
        raise ParseError("a sign on nothing")
    sender = _sender(notification.account)
    name = f"{notification.type}:{notification.id}"
    return [InboundReaction(name, target, sender, items.SIGNS[notification.type])]


def _sender(person: Person) -> Sender:
    name = clean(person.display_name) or clean(f"@{person.acct}")
    return Sender(person.id, name.replace("\n", " ")[:_NAME].strip() or None)


def _me(ours: Ours) -> Me:
    return Me(ours.id, ours.username, ours.url)
