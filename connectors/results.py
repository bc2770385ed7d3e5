"""What may become of an attempt to send: honest, each kind with what follows from it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it and named it."""

    native_id: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The platform had it already, under this name."""

    native_id: str


class Scope(StrEnum):
    """What has to be patient."""

    CHAT = "chat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The platform asks for patience: for this chat, or for the whole channel."""

    delay: timedelta
    scope: Scope = Scope.CHANNEL


@dataclass(frozen=True, slots=True)
class Transient:
    """It failed before the request left, for this chat or whoever asks; trying again is safe."""

    error: str
    scope: Scope = Scope.CHANNEL


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """The account's login is no longer valid: nothing was sent, and nothing can be."""

    error: str


class Refusal(StrEnum):
    """Why a part will never be delivered as it is; each has a text that says what to do."""

    NOT_PRIVATE = "not_private"  # others read along
    ENCRYPTED = "encrypted"  # and we cannot encrypt
    FORBIDDEN = "forbidden"  # we may not write there
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"  # the platform has no such thing
    NOT_SUMMONED = "not_summoned"  # they have not addressed us
    BLOCKED = "blocked"  # they do not want to hear from us
    TOO_EXPENSIVE = "too_expensive"  # the month's money for the platform is spent
    FILE_MISSING = "file_missing"  # the file to be sent is not here any more
    REFUSED = "refused"  # for another reason


@dataclass(frozen=True, slots=True)
class Permanent:
    """It will never work like this."""

    code: Refusal
    error: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request left and nobody knows what became of it."""

    error: str


SendResult = Sent | Duplicate | RetryAfter | Transient | LoginNeeded | Permanent | Unknown
