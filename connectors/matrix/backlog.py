"""What is still to be read: gaps of rooms, some pages at a time; a room that fails waits."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from connectors.base import Lost, PlatformError, RawItem, Trouble
from connectors.matrix import history, lookups
from connectors.matrix.cursors import Gap
from connectors.matrix.items import Heard, skipped
from connectors.matrix.rooms import Room, Scene
from connectors.matrix.session import Session

OF_A_ROOM = frozenset({Trouble.UNREACHABLE, Trouble.GARBAGE})  # a room's alone, where /sync works
_PAGES = 5  # in one step
_TRIES = 10  # of a room that does not answer; with the pauses between them an hour and a half
_PAUSE = 10  # seconds after the first; doubled with each


@dataclass(slots=True)
class Found:
    """Events of a step that are for us, among notes on what could not be taken in, in order."""

    things: list[Heard | RawItem] = field(default_factory=list)


class Hear(Protocol):
    """Hears events of a room that begin in a scene; returns the scene after them."""

    def __call__(
        self, room: Room, scene: Scene, events: Iterable[object], found: Found, *, last: bool
    ) -> Awaitable[Scene]: ...


class Backlog:
    """Reads the gaps of `rooms`; `now` counts seconds since 1970."""

    def __init__(
        self, session: Session, rooms: Mapping[str, Room], hear: Hear, now: Callable[[], float]
    ) -> None:
        self._session = session
        self._rooms = rooms
        self._hear = hear
        self._now = now

    def is_due(self, gaps: Iterable[Gap]) -> bool:
        """Tell whether one of the gaps can be read now."""
        return any(gap.due <= self._now() for gap in gaps)

    async def read(
        self, waiting: Iterable[Gap], found: Found, is_late: Callable[[], bool]
    ) -> tuple[Gap, ...]:
        """Read gaps until it `is_late`, and return what is left of them.

        A room that does not answer waits, the others go on. Whether it is the room's trouble alone
        is known when the server has news for us: whoever asks for these next must not count the
        tries where it has not.
        """
        gaps = {gap.room_id: gap for gap in waiting}
        for turn in range(_PAGES):
            moment = int(self._now())
            gap = next((gap for gap in gaps.values() if gap.due <= moment), None)
            if gap is None or (turn and is_late()):
                break
            try:
                rest = await self._advance(gap, found)
            except PlatformError as error:
                if error.trouble not in OF_A_ROOM:
                    raise
                rest = replace(gap, tries=gap.tries + 1, due=moment + _PAUSE * 2**gap.tries)
                del gaps[gap.room_id]  # to the end of the line
                if rest.tries >= _TRIES:
                    found.things.append(skipped(gap.room_id, Lost.UNREACHABLE, gap.start))
                    continue
            if rest is None:
                del gaps[gap.room_id]
            else:
                gaps[gap.room_id] = rest
        return tuple(gaps.values())

    async def _advance(self, gap: Gap, found: Found) -> Gap | None:
        room = self._rooms.get(gap.room_id) or Room(gap.room_id)
        place = gap.back[-1] if gap.back else gap.start
        scene = gap.scene or await lookups.scene(self._session, room, place)
        page, rest = await history.read(
            self._session, replace(gap, scene=scene), self._session.user_id
        )
        room.note_names(page.state)
        heard = Found()
        if page.lost:
            heard.things.append(skipped(gap.room_id, page.lost, (*gap.back, gap.start)[-1]))
        begins = page.scene or scene
        after = await self._hear(room, begins, page.events, heard, last=gap.tries + 1 >= _TRIES)
        found.things += heard.things
        if rest is not None and page.events:
            rest = replace(rest, scene=after)
        return rest


def longer(known: Gap | None, fresh: Gap) -> Gap:
    """Return a room's gap with what is still to be read there as well."""
    return replace(known, end=fresh.end) if known else fresh


def entered(room_id: str, place: str, scene: Scene | None) -> Gap:
    """Return the gap of a room that we have come into: what was said before is still to read."""
    return Gap(room_id, place, place, back=(place,), scene=scene)
