"""Where we are in an account's notifications: which of the newest ones are known.

A server sorts them by the time that their authors claim, where it is before the time of their
arrival (`sortAt` in the AppView): one may turn up behind others that are known already. So for an
hour back each is remembered by name, and what is older than all of them is known.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connectors.shapes import listing, number, obj, text

_OVERLAP = int(timedelta(hours=1).total_seconds() * 1000)
_MOST = 300  # names; with more in an hour the time for latecomers is shorter
_NAME = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """`known` are instants, in milliseconds since 1970, and names; all up to `floor` is known."""

    floor: int
    known: tuple[tuple[int, str], ...] = ()

    def names(self) -> frozenset[str]:
        """Return the names of what is known above the floor."""
        return frozenset(name for _, name in self.known)

    def after(self, came: Iterable[tuple[int, str]]) -> "Cursor":
        """Return the cursor when these are known as well."""
        known = sorted({*self.known, *came})
        if not known:
            return self
        dropped = known[:-_MOST]
        floor = max(self.floor, known[-1][0] - _OVERLAP, dropped[-1][0] if dropped else 0)
        return Cursor(floor, tuple(one for one in known if one[0] > floor))


def name_of(key: str) -> str:
    """Return the short name of a notification."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:_NAME]


def write(cursor: Cursor) -> str:
    """Return a cursor as it is stored."""
    known: Sequence[object] = [list(one) for one in cursor.known]
    return json.dumps({"floor": cursor.floor, "known": known}, separators=(",", ":"))


def read(stored: str | None) -> Cursor | None:
    """Return a stored cursor, None where there is none; one of another make is none either."""
    try:
        found = obj(json.loads(stored or "null"))
    except ValueError:
        return None
    floor = number(found.get("floor"))
    if floor is None:
        return None
    known = []
    for one in listing(found.get("known")):
        pair = listing(one)
        at, name = (number(pair[0]), text(pair[1])) if len(pair) == 2 else (None, None)
        if at is not None and name:
            known.append((at, name))
    return Cursor(floor, tuple(known))
