"""The reading cursor of an account: where the stream goes on, and what must not be forgotten."""

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field

from connectors.matrix.rooms import Scene


@dataclass(frozen=True, slots=True)
class Gap:
    """Events of a room that are still to be read: those behind `start`, up to `end`.

    `back`: what was said before `start` comes first, and is asked for backwards from these places,
    the last one first; `searched`: the oldest of them is known. `tries` failed in a row; the next
    one is `due` at this second since 1970. `scene`: who heard what stands next in it, if known.
    `floor`: what lies before this place is not asked for.
    """

    room_id: str
    start: str
    end: str
    back: tuple[str, ...] = ()
    searched: bool = False
    tries: int = 0
    due: int = 0
    scene: Scene | None = None
    floor: str | None = None


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation that waits for its answer.

    `via`: it is the successor of a room of ours, and this server knows it.
    """

    room_id: str
    inviter: str
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is stored with each batch, in one transaction.

    `joining`: rooms that we have entered and whose first words were not read yet. `encrypted`:
    rooms of ours that were ever encrypted; nothing leaves for them in the clear, whatever a server
    says. They are what the size depends on: some 60 bytes for each, until we leave it.
    `untold`: more invitations wait than were noted; a full sync brings them.
    """

    since: str | None = None
    gaps: tuple[Gap, ...] = ()
    invites: tuple[Invite, ...] = ()
    joining: frozenset[str] = field(default_factory=frozenset)
    encrypted: frozenset[str] = field(default_factory=frozenset)
    untold: bool = False


def read(stored: str | None) -> Cursor:
    """Return a stored cursor; without one the stream begins now."""
    if not stored:
        return Cursor()
    found = json.loads(stored)
    return Cursor(
        since=found["since"],
        gaps=tuple(_gap(*gap) for gap in found["gaps"]),
        invites=tuple(Invite(*invite) for invite in found["invites"]),
        joining=frozenset(found["joining"]),
        encrypted=frozenset(found["encrypted"]),
        untold=found["untold"],
    )


def write(cursor: Cursor) -> str:
    """Return the text that is stored."""
    return json.dumps(
        {
            "since": cursor.since,
            "gaps": [astuple(gap) for gap in cursor.gaps],
            "invites": [astuple(invite) for invite in cursor.invites],
            "joining": sorted(cursor.joining),
            "encrypted": sorted(cursor.encrypted),
            "untold": cursor.untold,
        },
        separators=(",", ":"),
    )


def _gap(
    room_id: str,
    start: str,
    end: str,
    back: Iterable[str] = (),
    searched: bool = False,  # noqa: FBT001, FBT002 (as it is stored)
    tries: int = 0,
    due: int = 0,
    scene: tuple[int | None, int, str | None, bool] | None = None,
    floor: str | None = None,
) -> Gap:
    known = None if scene is None else Scene(*scene)
    return Gap(room_id, start, end, tuple(back), searched, tries, due, known, floor)


def noted(
    known: Iterable[Invite], fresh: Iterable[Invite], limit: int
) -> tuple[tuple[Invite, ...], bool]:
    """Return the invitations to remember, each room once, and whether some did not fit."""
    rooms: dict[str, Invite] = {}
    for invite in (*known, *fresh):
        rooms.setdefault(invite.room_id, invite)
    every = tuple(rooms.values())
    return every[:limit], len(every) > limit
