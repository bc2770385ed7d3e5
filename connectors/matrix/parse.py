"""Reading Matrix events as they were stored; pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from math import isfinite

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from connectors import shapes
from connectors.base import (
    AWAITED,
    MISSING,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Location,
    LostError,
    ParseError,
    Sender,
)
from connectors.capabilities import Visibility
from connectors.matrix.items import instant
from connectors.matrix.shapes import relation, replaced, thread_root
from connectors.shapes import Object, at, obj
from connectors.text import clean
from connectors.validation import PlainId, read

_WRITTEN = frozenset({"m.text", "m.emote"})
_FILES = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_POLLS = frozenset({"m.poll.start", "org.matrix.msc3381.poll.start"})
_PLACES = frozenset({"m.location", "org.matrix.msc3488.location"})
# Traffic between programs: nobody wrote it, nobody waits for an answer.
_SILENT = ("m.key.verification.", "m.poll.", "org.matrix.msc3381.poll.", "m.call.", "m.rtc.")
_SILENT_MESSAGES = ("m.notice", "m.key.verification.")
_GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:,[^;]*)?((?:;.*)?)")
_QUOTE = re.compile(r"> (?:\* )?<@[^>\n]*>.*(?:\n>.*)*(?:\n+|\Z)")
_SYMBOL = 80
_VOICE = "org.matrix.msc3245.voice"  # in the content of a voice message


class Envelope(BaseModel):
    """An event and what was known about its room when it came."""

    model_config = ConfigDict(extra="ignore")
    me: PlainId
    room: PlainId
    private: StrictBool
    name: StrictStr | None = None
    event: dict[str, object]
    files: int = Field(default=0, ge=0, le=1)
    missing: StrictStr | None = Field(default=None, max_length=40)
    below: PlainId | None = None


class Head(BaseModel):
    """What every event of a person has."""

    model_config = ConfigDict(extra="ignore")
    event_id: PlainId
    sender: PlainId
    type: StrictStr
    content: dict[str, object]


class Redaction(BaseModel):
    """An event that takes another one away."""

    model_config = ConfigDict(extra="ignore")
    event_id: PlainId
    redacts: PlainId


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored item; raises `ParseError` for what cannot be read, notes on gaps included."""
    if "skipped" in payload:
        raise LostError((shapes.text(payload["skipped"]) or "unknown")[:40])
    envelope = read(Envelope, payload)
    if envelope.event.get("type") == "m.room.redaction":
        return [InboundDeletion(read(Redaction, envelope.event).redacts, room=envelope.room)]
    head = read(Head, envelope.event)
    if head.sender == envelope.me or "state_key" in envelope.event:
        return []
    return _read(envelope, head)


def _read(envelope: Envelope, head: Head) -> list[InboundEvent]:
    if head.type == "m.reaction":
        return _reaction(envelope, head)
    if replaced(head.content):
        return _edit(envelope, head)
    if head.type == "m.room.message":
        return _message(envelope, head)
    if head.type == "m.room.encrypted":
        return [_inbound(envelope, head, unread="encrypted")]
    if head.type == "m.sticker":
        return [_inbound(envelope, head, text=_body(head.content), unread="sticker")]
    if head.type in _POLLS:
        return [_inbound(envelope, head, text=_question(head.content), unread="poll")]
    if head.type in _PLACES:
        return [_place(envelope, head)]
    if head.type == "m.call.invite":
        return [_inbound(envelope, head, unread="call")]
    if head.type.startswith(_SILENT):
        return []
    return [_inbound(envelope, head, unread="unknown")]


def _message(envelope: Envelope, head: Head) -> list[InboundEvent]:
    kind = shapes.text(head.content.get("msgtype")) or ""
    if kind.startswith(_SILENT_MESSAGES):  # notices come from programs: answering them is a loop
        return []
    if kind in _WRITTEN:
        return [_inbound(envelope, head, text=_said(head.content))]
    if kind in _FILES:
        return [_file(envelope, head)]
    if kind in _PLACES:
        return [_place(envelope, head)]
    return [_inbound(envelope, head, text=_said(head.content), unread="unknown")]


def _file(envelope: Envelope, head: Head) -> InboundMessage:
    """Read a file; its body is a caption only where it differs from the file's name."""
    body, name = _said(head.content), shapes.text(head.content.get("filename"))
    caption = body if name is not None and body != clean(name) else ""
    lost = None if envelope.files else envelope.missing or MISSING
    files = 1 if lost == AWAITED else envelope.files
    is_voice = lost in {None, AWAITED} and _VOICE in head.content
    return _inbound(envelope, head, text=caption, files=files, unread=lost, spoken=is_voice)


def _place(envelope: Envelope, head: Head) -> InboundMessage:
    content = head.content
    named = [obj(content.get(name)) for name in sorted(_PLACES)]
    uris = [content.get("geo_uri"), *(place.get("uri") for place in named)]
    location = next(filter(None, map(_geo, uris)), None)
    told = next(filter(None, (shapes.text(place.get("description")) for place in named)), "")
    if location is None:
        return _inbound(envelope, head, text=_said(content), unread="location")
    return _inbound(envelope, head, text=clean(told), location=location)


def _edit(envelope: Envelope, head: Head) -> list[InboundEvent]:
    target = read(Redaction, {"event_id": head.event_id, "redacts": replaced(head.content)})
    fresh = obj(head.content.get("m.new_content"))
    if head.type == "m.room.encrypted" or not fresh:
        return []  # nobody can read to what it was changed: the old text stays
    # No homeserver asks whose the message is: the core has to.
    return [
        InboundEdit(
            target.redacts,
            _body(fresh),
            _sent_at(envelope),
            author=head.sender,
            room=envelope.room,
        )
    ]


def _reaction(envelope: Envelope, head: Head) -> list[InboundEvent]:
    found = relation(head.content)
    target, symbol = shapes.identifier(found.get("event_id")), shapes.text(found.get("key"))
    if found.get("rel_type") != "m.annotation" or not target or not symbol:
        raise ParseError("a reaction to nothing")
    sign = clean(symbol)[:_SYMBOL]
    return [InboundReaction(head.event_id, target, _sender(envelope, head), sign)] if sign else []


def _inbound(
    envelope: Envelope,
    head: Head,
    *,
    text: str = "",
    location: Location | None = None,
    files: int = 0,
    unread: str | None = None,
    spoken: bool = False,
) -> InboundMessage:
    return InboundMessage(
        native_id=head.event_id,
        thread=_thread(envelope, head),
        visibility=Visibility.PRIVATE if envelope.private else Visibility.PUBLIC,
        sender=_sender(envelope, head),
        text=text,
        sent_at=_sent_at(envelope),
        location=location,
        files=files,
        unread=unread,
        spoken=spoken,
        below=envelope.below,
    )


def _thread(envelope: Envelope, head: Head) -> str:
    """Return the room, or in a group the thread in which it was said."""
    root = None if envelope.private else thread_root(head.content)
    thread = f"{envelope.room}/{root}" if root else envelope.room
    if len(thread) > 255:
        raise ParseError("the names of room and thread are too long")
    return thread


def _sender(envelope: Envelope, head: Head) -> Sender:
    return Sender(head.sender, clean(envelope.name or "")[:200].strip() or None)


def _sent_at(envelope: Envelope) -> datetime | None:
    return instant(envelope.event.get("origin_server_ts"))


def _body(content: Object) -> str:
    return clean(shapes.text(content.get("body")) or "")


def _said(content: Object) -> str:
    """Return the text without the quotation that old clients put before an answer."""
    body = shapes.text(content.get("body")) or ""
    if at(relation(content), "m.in_reply_to") is not None and (quote := _QUOTE.match(body)):
        body = body[quote.end() :]
    return clean(body)


def _question(content: Object) -> str:
    for name in sorted(_POLLS):
        question = at(content, name, "question")
        for field in ("body", "m.text", "org.matrix.msc1767.text"):
            found = shapes.text(at(question, field))
            if found:
                return clean(found)
    return ""


def _geo(uri: object) -> Location | None:
    """Read a geo URI (RFC 5870), altitude and uncertainty aside; only WGS 84 is meant."""
    found = _GEO.fullmatch(uri) if isinstance(uri, str) else None
    if not found or "crs=" in found[3].lower().replace("crs=wgs84", ""):
        return None
    lat, lon = float(found[1]), float(found[2])
    inside = isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180
    return Location(lat, lon) if inside else None
