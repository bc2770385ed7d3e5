"""What a platform must offer the core: raw items in, parts out, honest results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from connectors.capabilities import Act, Capabilities, Visibility
from connectors.results import SendResult

RESTORED = "restored"  # the file in an account's folder that was put back from a backup


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as it came: named by the sender, its content untrusted.

    `description` says what a picture shows, for those who do not see it; what nobody has written
    is empty, and never made up from a name.
    """

    name: str
    declared_type: str
    content: bytes
    description: str = ""


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item as the platform gave it, stored before anything reads it.

    `event_id` is unique on the channel; items of one `order_key` are handled in order.
    `payload` is JSON; files travel beside it, in the order in which `parse` will name them.
    `about` is the message (its `native_id`) that the item brings or changes: what goes with it
    when it is deleted. `awaits`: its file was not to be had in time, `Link.fetch` brings it.
    """

    event_id: str
    order_key: str
    payload: Mapping[str, object]
    files: tuple[RawFile, ...] = ()
    sent_at: datetime | None = None  # as the platform says; tells how far behind we are
    about: str | None = None
    awaits: bool = False


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


AWAITED, MISSING, TOO_LARGE = "file_awaited", "file_missing", "file_too_large"


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message of a citizen. `native_id` carries all that scopes it (channel aside).

    `unread` names a content that nobody here can read ("sticker", "encrypted"): it is shown to a
    person and kindly answered, never ignored. `AWAITED`: it is a file that is still to come.
    `spoken`: its file is a voice, to which a person has to listen.
    `automatic`: a program wrote it (a bounce, an absence note): it is shown and never answered;
    a person looks at it only where it is `unread` as well.
    `reference`: what `OutboundPart.reference` said, brought back. It proves nothing about who
    wrote.
    `below` is the post of our own account (its native id) under which it is a comment, as far as
    the platform tells.
    """

    native_id: str
    thread: str
    visibility: Visibility
    sender: Sender
    text: str
    sent_at: datetime | None = None
    location: Location | None = None
    files: int = 0  # how many of the raw item's files belong to it
    choice: str | None = None  # id of the button that was pressed
    unread: str | None = None
    spoken: bool = False
    automatic: bool = False
    reference: str | None = None
    below: str | None = None


@dataclass(frozen=True, slots=True)
class InboundEdit:
    """A new text for a message that came before.

    Where the platform lets anybody name any message, `author` (an external id) says who edits and
    `room` where: it counts only for their own message in this thread, or in one below `room/`.
    """

    native_id: str
    text: str
    edited_at: datetime | None = None
    author: str | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class InboundDeletion:
    """The platform says that a message is gone: its content must go here too.

    `room` as for an edit, and the `order_key` of the items that are about it; who may delete is
    the platform's decision.
    """

    native_id: str
    room: str | None = None


@dataclass(frozen=True, slots=True)
class InboundReaction:
    """A sign on a message, ours or theirs. `target` is the platform's name of that message.

    An `InboundDeletion` of `native_id` takes it back.
    """

    native_id: str
    target: str
    sender: Sender
    symbol: str


InboundEvent = InboundMessage | InboundEdit | InboundDeletion | InboundReaction


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered to the citizen; `id` comes back as `InboundMessage.choice`."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class OutboundPart:
    """One part of a message: a text, or one file. A failed file never resends the text.

    `act` other than `POST` is done to the message `target`, a native id.
    `recipient` is whom it is for, as the platform names them: a private part reaches them alone,
    or nobody. `automatic`: a program answers what came; programs must not answer it in turn.
    `language` is that of the text (ISO 639-1), None where it is not known. `reference` names the
    matter: an answer should bring it back where the platform has a way (`[a-z0-9.-]`, at most 60).
    `repeated`: an attempt before this one may have arrived.
    """

    thread: str
    visibility: Visibility
    text: str = ""
    buttons: tuple[Button, ...] = ()
    in_reply_to: str | None = None
    file: RawFile | None = None
    recipient: str | None = None
    automatic: bool = False
    act: Act = Act.POST
    target: str | None = None
    language: str | None = None
    reference: str | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """How requests leave the house: over a proxy, trusting a city's own authority as well."""

    proxy: str | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What a link is opened with: the channel's settings, secrets already opened.

    `folder` is this account's alone, kept with the data and in the backup (crypto stores).
    `push_url` is where the platform can reach us, for those that push.
    """

    slug: str
    folder: Path
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    network: Network = field(default_factory=Network)
    push_url: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with its platform, as far as the platform tells.

    `renewed` holds settings that were made anew on the way (a session after a log-in): whoever
    asked stores them, encrypted, before asking again.
    """

    name: str | None = None  # who we are there
    login_expires_at: datetime | None = None
    rate_left: int | None = None
    rate_resets_at: datetime | None = None
    renewed: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """News of a platform; `cursor` is stored with them, in one transaction.

    `more`: there is more right now, so ask again at once.
    """

    items: tuple[RawItem, ...]
    cursor: str
    more: bool = False
    standing: Standing | None = None


class Trouble(StrEnum):
    """Why an account does not work; each has a text that says what to do."""

    LOGIN = "login"  # expired or revoked: a person has to log in anew
    SETTINGS = "settings"  # refused for a reason that repeating will not change
    RATE = "rate"  # too many requests
    UNREACHABLE = "unreachable"  # no connection, or none in time
    GARBAGE = "garbage"  # an answer that nobody can read
    COMPETING = "competing"  # somebody else reads this account


class PlatformError(Exception):
    """The platform did not do what was asked.

    `detail` is a `connectors.details.Detail`; it holds no secrets and no texts of people.
    """

    def __init__(
        self, trouble: Trouble, detail: str = "", *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(f"{trouble}: {detail}" if detail else str(trouble))
        self.trouble = trouble
        self.detail = detail
        self.retry_after = retry_after


class FileLostError(Exception):
    """A file that nobody will ever have; `code` says why, as `InboundMessage.unread` would."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Link(Protocol):
    """An open account. It lives in one event loop of the process that holds the channel's lease.

    It never stores anything: what it has to remember stands in the cursor, or in the account's
    folder (crypto stores). `pull`, `fetch` and `send` run at the same time.
    """

    async def check(self) -> Standing:
        """Ask the platform who we are; raises `PlatformError`."""

    async def pull(self, cursor: str | None) -> Batch:
        """Wait for news behind `cursor` (None: from now on), half a minute at most.

        The first answer about a large account may take minutes. It advances nothing: asked again
        with the same cursor it brings the same news again. Raises `PlatformError`. A platform that
        only pushes has none: see `Connector.pulls`.
        """

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Return the file of a raw item that `awaits` it.

        Raises `FileLostError` where asking again is no use, else `PlatformError`.
        """

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send one part; `key` stays the same on every attempt."""

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:
        """Look up what became of an `Unknown` send; None where the platform cannot tell."""

    async def close(self) -> None:
        """Give back connections and files; the platform's session stays."""


class Connector(Protocol):
    """A kind of platform, known in every process. It never decides and never stores."""

    @property
    def capabilities(self) -> Capabilities:
        """What channels of this kind can do."""

    @property
    def pulls(self) -> bool:
        """Whether its links have to be asked for news."""

    def private_thread(self, sender: str) -> str | None:
        """Return the thread in which who wrote in public is answered in private, None for none."""

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored raw item. Pure; raises `ParseError` for what it cannot read."""

    def connect(self, account: Account) -> Link:
        """Make a link; nothing is asked yet. Called inside the event loop that it will live in."""


class ParseError(Exception):
    """A raw item that cannot be read; it is quarantined, never dropped."""


class Lost(StrEnum):
    """Why something could not be taken in; each has a text that says what is missing."""

    MONSTROUS = "monstrous"  # an event beyond what can be stored
    UNREADABLE = "unreadable"  # it is no event at all
    UNREACHABLE = "unreachable"  # the room did not answer for too long
    LONG_HISTORY = "long_history"  # more was said before we came in than is read back
    REFUSED = "refused"  # the platform does not hand it out
    OVERSIZE = "oversize"  # an answer beyond every size
    PLACE_LOST = "place_lost"  # of the whole account: the platform does not know where we were


class LostError(ParseError):
    """A note that something could not be taken in: there is nothing in it to read again.

    `code` is a `Lost`, or what another version of this program has noted.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"events of a room could not be taken in: {code}")
        self.code = code
