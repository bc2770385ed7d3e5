"""Raw items: an event with the envelope that reading it needs, whatever the event looks like."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.base import AWAITED, Lost, RawFile, RawItem
from connectors.matrix.rooms import Room
from connectors.matrix.shapes import replaced
from connectors.shapes import Object, identifier, number, obj

_LARGEST = 256 * 1024  # bytes; the specification allows 64 KiB
_DEEPEST = 60
_AHEAD = timedelta(minutes=5)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that is for us, with its file or why there is none.

    `private`: nobody else heard it when it was said. `below`: the event of ours that began the
    thread in which it stands.
    """

    room: Room
    event: Object
    private: bool
    file: RawFile | None = None
    missing: str | None = None
    below: str | None = None


def item(heard: Heard, me: str, now: datetime) -> RawItem:
    """Return the raw item of an event; one that nobody could store becomes a note about it.

    What the server adds for us alone (`unsigned`) changes with every asking and is left out.
    """
    event = {name: value for name, value in heard.event.items() if name != "unsigned"}
    event_id = identifier(event.get("event_id"))
    if _is_monstrous(event):
        return skipped(heard.room.id, Lost.MONSTROUS, event_id or _fingerprint(event))
    sent_at = instant(event.get("origin_server_ts"))
    return RawItem(
        event_id=event_id or f"unnamed:{_fingerprint(event)}",
        order_key=heard.room.id,
        payload={
            "me": me,
            "room": heard.room.id,
            "private": heard.private,
            "name": heard.room.name_of(str(event.get("sender"))),
            "event": event,
            "files": 1 if heard.file else 0,
            "missing": heard.missing,
            "below": heard.below,
        },
        files=(heard.file,) if heard.file else (),
        sent_at=sent_at if sent_at and sent_at <= now + _AHEAD else None,
        about=replaced(obj(event.get("content"))) or event_id,
        awaits=heard.missing == AWAITED,
    )


def skipped(room_id: str, why: Lost, place: str) -> RawItem:
    """Return a note that something could not be taken in; nobody can read it, so it is shown."""
    key = hashlib.sha256(f"{room_id} {why} {place}".encode()).hexdigest()[:32]
    return RawItem(f"skipped:{key}", room_id, {"room": room_id, "skipped": why})


def instant(value: object) -> datetime | None:
    """Return milliseconds since 1970 as an instant; None for what is absurd."""
    found = number(value)
    if found is None or not 0 < found < 10**13:
        return None
    at = datetime.fromtimestamp(found / 1000, UTC)
    return at if _FIRST_YEAR <= at.year < _LAST_YEAR else None


def bare_redaction(event: Object) -> Object:
    """Return a redaction without its reason and its author: only what it takes away matters."""
    target = identifier(event.get("redacts")) or identifier(
        obj(event.get("content")).get("redacts")
    )
    return {
        "type": "m.room.redaction",
        "event_id": event.get("event_id"),
        "origin_server_ts": event.get("origin_server_ts"),
        "redacts": target,
    }


def _is_monstrous(event: Object) -> bool:
    """Tell whether an event is beyond what can be stored and read again."""
    level: list[object] = [event]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return len(json.dumps(event)) > _LARGEST
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _fingerprint(event: Object) -> str:
    try:
        content = json.dumps(event, sort_keys=True)
    except RecursionError:  # too deep even for that
        content = json.dumps(sorted(event))
    return hashlib.sha256(content.encode()).hexdigest()[:32]
