"""Reading what X has told, as it was stored; pure."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from connectors import shapes
from connectors.base import (
    AWAITED,
    MISSING,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    LostError,
    Sender,
)
from connectors.capabilities import Visibility
from connectors.shapes import Object, at, listing
from connectors.text import clean
from connectors.validation import PlainId, read
from connectors.x import items
from connectors.x.shapes import first_version, identity, instant, written

_NAME = 200


class Envelope(BaseModel):
    """What every stored item has."""

    model_config = ConfigDict(extra="ignore")
    me: PlainId
    handle: PlainId
    kind: StrictStr
    user: dict[str, object] = {}
    media: list[object] = []
    below: PlainId | None = None
    part: StrictInt = Field(default=1, ge=1, le=items.PHOTOS)


class Post(BaseModel):
    """What a post must have."""

    model_config = ConfigDict(extra="ignore")
    id: PlainId
    author_id: PlainId
    text: StrictStr


class Message(BaseModel):
    """What a direct message must have."""

    model_config = ConfigDict(extra="ignore")
    id: PlainId
    sender_id: PlainId
    text: StrictStr = ""


class Deletion(BaseModel):
    """A post that is gone."""

    model_config = ConfigDict(extra="ignore")
    id: PlainId


class Chat(BaseModel):
    """An encrypted message."""

    model_config = ConfigDict(extra="ignore")
    id: PlainId
    sender: PlainId


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored item; raises `ParseError` for what cannot be read, notes on gaps included."""
    if "skipped" in payload:
        raise LostError((shapes.text(payload["skipped"]) or "unknown")[:40])
    envelope = read(Envelope, payload)
    match envelope.kind:
        case "message":
            return _message(envelope, shapes.obj(payload.get("event")), payload)
        case "deleted":
            return _deletion(read(Deletion, payload))
        case "chat":
            return [_chat(read(Chat, payload))]
    return _post(envelope, shapes.obj(payload.get("post")), payload)


def _post(envelope: Envelope, post: Object, payload: Mapping[str, object]) -> list[InboundEvent]:
    head = read(Post, post)
    if head.author_id == envelope.me:
        return []
    first = first_version(post) or head.id
    body = clean(written(post, envelope.handle))
    edited = first != head.id
    sent_at = instant(post.get("created_at"))
    message = InboundMessage(
        native_id=first if envelope.part == 1 else f"{head.id}/{envelope.part}",
        thread=identity(post.get("conversation_id")) or head.id,
        visibility=Visibility.PUBLIC,
        sender=_sender(envelope, head.author_id),
        text=body if envelope.part == 1 else "",
        sent_at=sent_at,
        files=_files(envelope, payload, edited=edited),
        unread=_unread(envelope, post, payload, edited=edited),
        below=envelope.below,
    )
    if not edited:
        return [message]
    # Whoever named us only by editing is heard; who did before has their words changed.
    return [message, InboundEdit(first, body, sent_at, author=head.author_id)]


def _message(
    envelope: Envelope, event: Object, payload: Mapping[str, object]
) -> list[InboundEvent]:
    head = read(Message, event)
    if head.sender_id == envelope.me:
        return []
    name = f"dm:{head.id}"
    is_private = items.partner(event, envelope.me) is not None
    is_known = event.get("event_type") in {None, "MessageCreate"}
    return [
        InboundMessage(
            native_id=name if envelope.part == 1 else f"{name}/{envelope.part}",
            thread=items.thread_of(event, envelope.me),
            visibility=Visibility.PRIVATE if is_private else Visibility.PUBLIC,
            sender=_sender(envelope, head.sender_id),
            text=clean(written(event, envelope.handle)) if envelope.part == 1 else "",
            sent_at=instant(event.get("created_at")),
            files=_files(envelope, payload, edited=False),
            unread=_unread(envelope, event, payload, edited=False) if is_known else "unknown",
        )
    ]


def _deletion(gone: Deletion) -> list[InboundEvent]:
    parts = (f"{gone.id}/{part}" for part in range(2, items.PHOTOS + 1))
    return [InboundDeletion(gone.id), *map(InboundDeletion, parts)]


def _chat(chat: Chat) -> InboundMessage:
    return InboundMessage(
        native_id=f"chat:{chat.id}",
        thread=f"dm:{chat.sender}",
        visibility=Visibility.PRIVATE,
        sender=Sender(chat.sender),
        text="",
        unread="encrypted",
    )


def _files(envelope: Envelope, payload: Mapping[str, object], *, edited: bool) -> int:
    return int(not edited and len(items.photos_of(payload)) >= envelope.part)


def _unread(
    envelope: Envelope, value: Object, payload: Mapping[str, object], *, edited: bool
) -> str | None:
    """Name what nobody here can read: a video, a poll; a photo that is still to come is awaited."""
    if _files(envelope, payload, edited=edited):
        return AWAITED
    if listing(at(value, "attachments", "poll_ids")):
        return "poll"
    kinds = [shapes.obj(one).get("type") for one in envelope.media]
    if any(kind in {"video", "animated_gif"} for kind in kinds):
        return "video"
    if any(kind not in {"photo", None} for kind in kinds):
        return "unknown"
    return MISSING if kinds and not edited else None


def _sender(envelope: Envelope, person: str) -> Sender:
    name = shapes.text(envelope.user.get("name")) or shapes.text(envelope.user.get("username"))
    return Sender(person, clean(name or "")[:_NAME].strip() or None)
