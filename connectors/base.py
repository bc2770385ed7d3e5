"""What a platform must offer the core: capabilities, raw items in, parts out, honest results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class TextUnit(StrEnum):
    """The unit in which a platform counts the length of a text."""

    CHARS = "chars"
    UTF16 = "utf16"
    BYTES = "bytes"


class Visibility(StrEnum):
    """Public and private are different worlds: they are never one conversation."""

    PRIVATE = "private"
    PUBLIC = "public"


class Idempotency(StrEnum):
    """What a platform does with the same key twice."""

    NONE = "none"  # a second send is a second message
    KEY = "key"  # it recognises the key for `Capabilities.idempotency_ttl` (None: for ever)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. The core asks for these, never for a platform's name."""

    max_text: int
    text_unit: TextUnit = TextUnit.CHARS
    buttons: bool = False
    threads: bool = False
    edit: bool = False
    delete: bool = False
    location_in: bool = False
    media_types: frozenset[str] = frozenset()
    max_media_bytes: int = 0
    visibility: frozenset[Visibility] = frozenset({Visibility.PRIVATE})
    idempotency: Idempotency = Idempotency.NONE
    idempotency_ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it came: named by the sender, its content untrusted."""

    name: str
    declared_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as the platform gave it, stored before anything reads it.

    `event_id` is unique on the channel; items of one `order_key` are handled in order.
    `payload` is JSON; files travel beside it, in the order in which `parse` will name them.
    """

    event_id: str
    order_key: str
    payload: Mapping[str, object]
    files: tuple[RawFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the platform names them."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A place in WGS 84 degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message of a citizen. `native_id` carries all that scopes it (channel aside)."""

    native_id: str
    thread: str
    visibility: Visibility
    sender: Sender
    text: str
    sent_at: datetime | None = None
    location: Location | None = None
    files: int = 0  # how many of the raw item's files belong to it
    choice: str | None = None  # id of the button that was pressed


@dataclass(frozen=True, slots=True)
class InboundEdit:
    """A new text for a message that came before."""

    native_id: str
    text: str
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class InboundDeletion:
    """The platform says that a message is gone: its content must go here too."""

    native_id: str


InboundEvent = InboundMessage | InboundEdit | InboundDeletion


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered to the citizen; `id` comes back as `InboundMessage.choice`."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class OutboundPart:
    """One part of a message: a text, or one file. A failed file never resends the text."""

    thread: str
    visibility: Visibility
    text: str = ""
    buttons: tuple[Button, ...] = ()
    in_reply_to: str | None = None
    file: RawFile | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it and named it."""

    native_id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The platform had it already, under this name."""

    native_id: str


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The platform asks for patience."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class Transient:
    """It failed before the request left; trying again is safe."""

    error: str


@dataclass(frozen=True, slots=True)
class Permanent:
    """It will never work like this."""

    code: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and nobody knows what became of it."""

    error: str


SendResult = Sent | Duplicate | RetryAfter | Transient | Permanent | Unknown


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What a connector is made from: the channel's row, secrets already opened."""

    slug: str
    values: Mapping[str, str] = field(default_factory=dict)


class Connector(Protocol):
    """A platform. It moves raw items and parts; it never decides and never stores."""

    @property
    def capabilities(self) -> Capabilities:
        """What this channel can do."""
        ...

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored raw item. Pure; raises `ParseError` for what it cannot read."""
        ...

    def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send one part; `key` stays the same on every attempt."""
        ...

    def find_sent(self, part: OutboundPart, *, key: str) -> str | None:
        """Look up what became of an `Unknown` send; None where the platform cannot tell."""
        ...


class ParseError(Exception):
    """A raw item that cannot be read; it is quarantined, never dropped."""
