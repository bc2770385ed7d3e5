"""Where we are in an account's notifications: which of the newest ones are known.

A server sorts them by the time that their authors claim, where it is before the time of their
arrival (`sortAt` in the AppView), and tells no other: one may turn up behind others that are known
already, as far back as its author likes, a day where somebody's clock is wrong. So for two days
back each is remembered by name, and what is older than all of them is known.
"""

import hashlib
import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from connectors.shapes import listing, number, obj, text

_OVERLAP = int(timedelta(days=2).total_seconds() * 1000)
_MOST = 500  # names; with more in two days the time for latecomers is shorter
_NAME = 12
_WATCHED = 25  # as many as can be looked up in one question


@dataclass(frozen=True, slots=True)
class Cursor:
    """`known` are instants, in milliseconds since 1970, and names; all up to `floor` is known.

    `watched` are the last posts that came, by URI and the order in which they were stored: nobody
    would tell us that one is gone.
    """

    floor: int
    known: tuple[tuple[int, str], ...] = ()
    watched: tuple[tuple[str, str], ...] = ()

    def names(self) -> frozenset[str]:
        """Return the names of what is known above the floor."""
        return frozenset(name for _, name in self.known)

    def watching(self, posts: Iterable[tuple[str, str]]) -> "Cursor":
        """Return the cursor when these have come as well."""
        return replace(self, watched=(*self.watched, *posts)[-_WATCHED:])

    def without(self, gone: Container[str]) -> "Cursor":
        """Return the cursor when these are gone."""
        return replace(self, watched=tuple(one for one in self.watched if one[0] not in gone))

    def after(self, came: Iterable[tuple[int, str]]) -> "Cursor":
        """Return the cursor when these are known as well."""
        known = sorted({*self.known, *came})
        if not known:
            return self
        dropped = known[:-_MOST]
        floor = max(self.floor, known[-1][0] - _OVERLAP, dropped[-1][0] if dropped else 0)
        return replace(self, floor=floor, known=tuple(one for one in known if one[0] > floor))


def name_of(key: str) -> str:
    """Return the short name of a notification."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:_NAME]


def write(cursor: Cursor) -> str:
    """Return a cursor as it is stored."""
    return json.dumps(asdict(cursor), separators=(",", ":"))


def read(stored: str | None) -> Cursor | None:
    """Return a stored cursor, None where there is none; one of another make is none either."""
    try:
        found = obj(json.loads(stored or "null"))
    except (ValueError, RecursionError):
        return None
    floor = number(found.get("floor"))
    if floor is None:
        return None
    known = [(number(one), text(two)) for one, two in _pairs(found.get("known"))]
    watched = [(text(one), text(two)) for one, two in _pairs(found.get("watched"))]
    return Cursor(
        floor,
        tuple((at, name) for at, name in known if at is not None and name),
        tuple((uri, order) for uri, order in watched if uri and order),
    )


def _pairs(value: object) -> Iterator[tuple[object, object]]:
    for one in listing(value):
        pair = listing(one)
        if len(pair) == 2:
            yield pair[0], pair[1]
