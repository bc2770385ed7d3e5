"""The place up to which an account was read, and what is watched for changes; pure."""

import json
from dataclasses import dataclass

from connectors.mastodon import statuses
from connectors.shapes import at, listing, number, text

WATCHED = 100  # statuses of others, the newest


@dataclass(frozen=True, slots=True)
class Watched:
    """A status that may be changed or taken back: when it last was, and its number of messages.

    `author` is the id of their account.
    """

    id: str
    edited_at: str
    parts: int
    order_key: str
    author: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last notification that was read; ids grow."""

    after: str
    watched: tuple[Watched, ...] = ()


def read(stored: str) -> Cursor | None:
    """Return a cursor, None where it is none of ours."""
    try:
        found = json.loads(stored)
    except (ValueError, RecursionError):
        return None
    after = statuses.identifier(at(found, "after"))
    if after is None:
        return None
    return Cursor(after, tuple(filter(None, map(_watched, listing(at(found, "watched"))))))


def write(cursor: Cursor) -> str:
    """Return a cursor as it is stored."""
    watched = [
        [one.id, one.edited_at, one.parts, one.order_key, one.author] for one in cursor.watched
    ]
    return json.dumps({"after": cursor.after, "watched": watched}, separators=(",", ":"))


def _watched(value: object) -> Watched | None:
    if len(listing(value)) != 5:  # of another make
        return None
    status_id, edited_at, parts, order_key, author = listing(value)
    found, count, whose = statuses.identifier(status_id), number(parts), statuses.identifier(author)
    if found is None or count is None or whose is None:
        return None
    return Watched(found, text(edited_at) or "", count, text(order_key) or found, whose)
