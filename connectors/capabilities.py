"""What a channel can do. The core asks for these, never for a platform's name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# What the desk can show, play or open; everything else that comes is named, and not taken.
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
SOUNDS = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4"})
READABLE = PICTURES | SOUNDS | {"application/pdf"}


class Visibility(StrEnum):
    """Public and private are different worlds: they are never one conversation."""

    PRIVATE = "private"
    PUBLIC = "public"


class Idempotency(StrEnum):
    """What a platform does with the same key twice."""

    NONE = "none"  # a second send is a second message
    KEY = "key"  # it recognises the key for `Capabilities.idempotency_ttl` (None: for ever)


class Act(StrEnum):
    """What a part asks of a platform."""

    POST = "post"
    EDIT = "edit"  # give a message another text
    DELETE = "delete"  # take a message away
    HIDE = "hide"  # put a message out of sight
    SHOW = "show"  # put it back


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; whatever is not said here a link refuses as `UNSUPPORTED`.

    `max_text` is counted by `measure`, in the platform's own unit.
    `own`: a channel of the product itself. Sending is a row that somebody fetches, nothing leaves
    the house, and any process may do it. Every other channel belongs to the holder of its lease.
    `keeps_state`: what the account needs lies in its folder and cannot be had again, so that it is
    held only where that folder is.
    `acts`: what can be done with our own messages; `moderates`: with what others have written in
    public (hidden: below posts of ours).
    `threads`: an answer stands visibly below what it answers. `reactions`: signs that people put
    on messages come in. `summons`: in public only who has addressed us may be answered.
    `files_out`: files of `media_types` are not only taken but can be sent as well.
    `needs_consent`: cities weigh the platform before they use it, so that it is off until somebody
    allows it.
    `price`: what posting a text costs at most, in thousandths of a US dollar; None: nothing.
    """

    max_text: int
    own: bool = False
    keeps_state: bool = False
    needs_consent: bool = False
    measure: Callable[[str], int] = len
    acts: frozenset[Act] = frozenset({Act.POST})
    moderates: frozenset[Act] = frozenset()
    buttons: bool = False
    threads: bool = False
    reactions: bool = False
    summons: bool = False
    media_types: frozenset[str] = frozenset()
    max_media_bytes: int = 0
    files_out: bool = False
    visibility: frozenset[Visibility] = frozenset({Visibility.PRIVATE})
    idempotency: Idempotency = Idempotency.NONE
    idempotency_ttl: timedelta | None = None
    price: Callable[[str], int] | None = None
