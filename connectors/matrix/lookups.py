"""Asking the homeserver about a single room: its events, its people, who heard what when."""

from dataclasses import replace
from urllib.parse import quote

from connectors.asking import Refused
from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.rooms import Room, Scene, members
from connectors.matrix.session import Session
from connectors.shapes import Object, listing, text

_FEW = 10  # people; what is larger now is judged as a group


async def event(session: Session, room_id: str, event_id: str) -> Object:
    """Return an event; raises `PlatformError` and `Refused`."""
    return await session.ask("GET", f"{_path(room_id)}/event/{quote(event_id, safe='')}")


async def people(session: Session, room_id: str, place: str | None = None) -> dict[str, str]:
    """Return who is joined or invited, now or at a place of the stream, and which of the two.

    Raises `PlatformError` and `Refused`.
    """
    query = {"not_membership": "leave"} | ({"at": place} if place else {})
    answer = await session.ask("GET", f"{_path(room_id)}/members", query=query)
    if not isinstance(answer.get("chunk"), list):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
    return members(listing(answer.get("chunk")))


async def scene(session: Session, room: Room, place: str) -> Scene:
    """Return the scene at a place of the stream that lies before the `room` that we know.

    It matters only where few are there now. The scene of a room that we were put out of is not
    known at all. Raises `PlatformError`; a server that does not tell leaves us with what we know.
    """
    now = room.scene
    if now.joined is not None and now.joined > _FEW:
        return now
    try:
        there = await people(session, room.id, place)
        if now.join_rule is None:
            rule = await session.ask("GET", f"{_path(room.id)}/state/m.room.join_rules/")
            now = replace(now, join_rule=text(rule.get("join_rule")))
    except Refused as refusal:
        trouble = refusal.trouble()
        if trouble.trouble is not Trouble.SETTINGS:
            raise trouble from None
        return now
    how = list(there.values())
    return replace(now, joined=how.count("join"), invited=how.count("invite"))


def _path(room_id: str) -> str:
    return f"/rooms/{quote(room_id, safe='')}"
