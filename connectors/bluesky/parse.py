"""Reading Bluesky notifications as they were stored; pure."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from connectors import shapes
from connectors.base import (
    AWAITED,
    TOO_LARGE,
    InboundDeletion,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    LostError,
    ParseError,
    Sender,
)
from connectors.bluesky import facets
from connectors.bluesky.items import MOST_IMAGES, POST, fits, images, instant, media, part_of
from connectors.capabilities import Visibility
from connectors.shapes import Object, at, listing, obj
from connectors.text import clean
from connectors.validation import PlainId, read

_TO_US = frozenset({"mention", "reply", "quote"})
_SIGNS = {"like": "♥", "repost": "🔁"}
# About our account, not about a message: nobody waits for an answer.
_SILENT = frozenset(
    {
        "follow",
        "starterpack-joined",
        "verified",
        "unverified",
        "like-via-repost",
        "repost-via-repost",
        "subscribed-post",
        "contact-match",
    }
)
_VIDEO = "app.bsky.embed.video"
_CARD = "app.bsky.embed.external"
_SHOWN = frozenset({None, _CARD, "app.bsky.embed.images", "app.bsky.embed.record"})


class Author(BaseModel):
    """Who did it."""

    model_config = ConfigDict(extra="ignore")
    did: PlainId
    handle: StrictStr = ""
    displayName: StrictStr | None = None  # noqa: N815 (as it stands in the answer)


class Notification(BaseModel):
    """What every notification has (app.bsky.notification.listNotifications)."""

    model_config = ConfigDict(extra="ignore")
    uri: PlainId
    reason: StrictStr
    author: Author
    record: dict[str, object]
    indexedAt: StrictStr | None = None  # noqa: N815 (as above)


class Envelope(BaseModel):
    """A notification and for whom it was; `image` is which one of its images is meant."""

    model_config = ConfigDict(extra="ignore")
    me: PlainId
    image: int = Field(default=0, ge=0, lt=100)
    largest: int = 0
    notification: dict[str, object]


class Gone(BaseModel):
    """A post that is not there any more, and in which order it was stored."""

    model_config = ConfigDict(extra="ignore")
    gone: PlainId
    order: PlainId


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored item; raises `ParseError` for what cannot be read, notes on gaps included."""
    if "skipped" in payload:
        raise LostError((shapes.text(payload["skipped"]) or "unknown")[:40])
    if "gone" in payload:
        return list(_gone(read(Gone, payload)))
    envelope = read(Envelope, payload)
    note = read(Notification, envelope.notification)
    if note.author.did == envelope.me:
        return []
    if note.reason in _SIGNS:
        return _sign(envelope, note)
    if note.reason in _SILENT or f"/{POST}/" not in note.uri or _is_program(envelope, note):
        return []
    if note.reason == "reply" and not _is_for_us(envelope.me, note):
        return []
    return [_message(envelope, note)]


def _gone(note: Gone) -> Iterator[InboundDeletion]:
    for image in range(MOST_IMAGES):
        yield InboundDeletion(part_of(note.gone, image), room=note.order)


def _sign(envelope: Envelope, note: Notification) -> list[InboundEvent]:
    subject = at(envelope.notification, "reasonSubject") or at(note.record, "subject", "uri")
    target = shapes.identifier(subject)
    if target is None:
        raise ParseError("a sign on nothing")
    if not target.startswith(f"at://{envelope.me}/{POST}/"):
        return []
    return [InboundReaction(note.uri, target, _sender(note.author), _SIGNS[note.reason])]


def _is_for_us(me: str, note: Notification) -> bool:
    """Tell whether an answer in one of our threads addresses us.

    Everybody above an answer is told of it. It is for us where it stands below a post of ours, or
    goes on with what the same person wrote, or mentions us; else two others talk to each other.
    """
    parent = shapes.identifier(at(note.record, "reply", "parent", "uri")) or ""
    answered = parent.removeprefix("at://").partition("/")[0]
    return answered in {me, note.author.did} or facets.mentions(note.record, me)


def _is_program(envelope: Envelope, note: Notification) -> bool:
    """Tell whether the account or the post says of itself that it is automated."""
    of_account = [obj(one) for one in listing(at(envelope.notification, "author", "labels"))]
    of_post = [obj(one) for one in listing(at(note.record, "labels", "values"))]
    said = [one for one in of_account if one.get("src") == note.author.did] + of_post
    return any(one.get("val") == "bot" for one in said)


def _message(envelope: Envelope, note: Notification) -> InboundMessage:
    found = images(note.record)
    files, unread = 0, _unread(note)
    if envelope.image < len(found):
        files, unread = 1, AWAITED
        if not fits(found[envelope.image], envelope.largest):
            files, unread = 0, TOO_LARGE
    root = shapes.identifier(at(note.record, "reply", "root", "uri"))
    return InboundMessage(
        native_id=part_of(note.uri, envelope.image),
        thread=root or note.uri,
        visibility=Visibility.PUBLIC,
        sender=_sender(note.author),
        text="" if envelope.image else _text(envelope.me, note.record),
        sent_at=instant(note.indexedAt),
        files=files,
        unread=unread,
        below=root if root and root.startswith(f"at://{envelope.me}/{POST}/") else None,
    )


def _unread(note: Notification) -> str | None:
    """Return what nobody can see here, None where everything is shown."""
    attached = shapes.text(media(note.record).get("$type"))
    if attached == _VIDEO:
        return "video"
    known = note.reason in _TO_US and attached in _SHOWN and note.record.get("$type") == POST
    return None if known else "unknown"


def _text(me: str, record: Object) -> str:
    """Return the text, with the link of a card that it does not name itself."""
    said = clean(facets.readable(record, me))
    card = shapes.text(at(media(record), "external", "uri"))
    if media(record).get("$type") != _CARD or not card or card in said:
        return said
    return f"{said}\n{clean(card)}".strip()


def _sender(author: Author) -> Sender:
    name = clean(author.displayName or "") or clean(author.handle)
    return Sender(author.did, name[:200].strip() or None)
