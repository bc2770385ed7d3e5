"""What the suite asks of a platform: people who write there, what they hear, and its moods.

Each kind of the registry that is not the product's own has `tests/connectors/<kind>/counterpart.py`
with a function `running` that returns a context manager of a `Counterpart`. People are plain names
("anna"); an account of theirs is made when one is used for the first time. What a platform does not
offer raises `NotOffered`, what cannot be brought about `NotRun`, with the reason for the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from connectors.base import RawFile
from connectors.capabilities import Visibility


class NotOffered(Exception):  # noqa: N818 (a fact of the platform, no error)
    """The platform has no such thing."""


class NotRun(Exception):  # noqa: N818 (a fact of the suite, no error)
    """The platform has it, and the suite cannot bring it about here."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What our account has posted, as people see it; `native_id` as `Sent` names it."""

    native_id: str
    text: str
    visibility: Visibility = Visibility.PRIVATE
    in_reply_to: str | None = None
    buttons: tuple[str, ...] = ()
    files: tuple[RawFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A request by which the platform tells us something; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes


class Counterpart(Protocol):
    """A platform, real or honestly imitated; every method returns when it has happened there."""

    @property
    def ports(self) -> Mapping[str, int]:
        """Where it serves on 127.0.0.1, by the name of the service ("http", "imap", "smtp")."""
        ...

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        """Return our account's settings, its services reached at these ports (of a proxy)."""
        ...

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        """Write to our account, in public as one has to so that it hears; return the native id.

        `reply_to` is the native id of what our account has posted.
        """
        ...

    def edit(self, who: str, native_id: str, text: str) -> None:
        """Change what somebody has written."""
        ...

    def delete(self, who: str, native_id: str) -> None:
        """Take back what somebody has written."""
        ...

    def press(self, who: str, native_id: str, label: str) -> None:
        """Press a button below what our account has posted."""
        ...

    def react(self, who: str, native_id: str, symbol: str) -> None:
        """Put a sign on what our account has posted."""
        ...

    def be_strange(self, who: str) -> None:
        """Send our account something of a kind that nobody knows yet."""
        ...

    def be_broken(self, who: str) -> None:
        """Give out something to our account that nobody can read."""
        ...

    def remark(self, who: str, native_id: str, text: str) -> str:
        """Write below a post of our account without addressing it; return the native id."""
        ...

    def block(self, who: str) -> Visibility:
        """Have somebody not want to hear from us; return where we cannot write to them then."""
        ...

    def clock(self, offset: timedelta) -> None:
        """Let what people say from now on be dated by a clock that is so much ahead."""
        ...

    def heard(self) -> list[Heard]:
        """Return what our account has posted and what still stands, oldest first."""
        ...

    def shows(self, native_id: str) -> bool:
        """Tell whether people see what somebody has written, unless they ask for what is hidden."""
        ...

    def limit(self, retry_after: int | None) -> None:
        """Refuse the next request of our account as too fast; seconds, None: without a word."""
        ...

    def log_out(self) -> None:
        """Make our account's login worthless."""
        ...

    def log_in(self) -> None:
        """Make it good again."""
        ...

    def push(self, who: str, text: str) -> Push:
        """Return how the platform would push a message of somebody, signed as it signs."""
        ...
