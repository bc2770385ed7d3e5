"""Reading notifications: back to what is known, then forwards, oldest first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from connectors.asking import Refused, TooBig
from connectors.base import Lost, PlatformError, RawItem, Trouble
from connectors.bluesky import cursors, posts
from connectors.bluesky.cursors import Cursor
from connectors.bluesky.items import POST, gone, instant, items, key_of, order_of
from connectors.bluesky.session import Session
from connectors.details import Detail
from connectors.shapes import Object, identifier, listing, obj, text

_LIST = "app.bsky.notification.listNotifications"
_SIZES = (100, 10, 1)  # of a page; a smaller one where one is beyond every size
_PAGES = 50
_CHUNK = 100  # notifications of one batch


@dataclass(frozen=True, slots=True)
class Step:
    """What one question brought; `cursor` is what is known after it, as it is stored."""

    items: tuple[RawItem, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Note:
    """A notification, when it counts as having come, and its short name."""

    at: int
    name: str
    content: Object


class Intake:
    """Asks for an account; images may have `largest` bytes."""

    def __init__(self, session: Session, largest: int, now: Callable[[], datetime]) -> None:
        self._session = session
        self._now = now
        self._largest = largest
        # What was read beyond a chunk, under the cursor behind that chunk.
        self._rest: tuple[str, list[_Note]] | None = None

    async def step(self, stored: str | None, *, watch: bool, late: bool) -> Step:
        """Ask once; raises `PlatformError`. Without a cursor all that is there is known.

        `watch`: where there is nothing new, look whether the last posts are still there. `late`:
        look for what came late behind all that is known by name, not only before it.
        """
        cursor = cursors.read(stored)
        try:
            if cursor is None or stored is None:
                return await self._first(is_lost=stored is not None)
            if self._rest is not None and self._rest[0] == stored:
                return self._chunk(cursor, stored, self._rest[1])
            fresh, missed = await self._fresh(cursor, late=late)
            lost = await self._gone(cursor) if watch and not fresh and not missed else {}
        except Refused as refusal:
            raise refusal.trouble() from None
        if lost:
            me = self._session.did
            taken = tuple(gone(uri, order, me) for uri, order in lost.items())
            return Step(taken, cursors.write(cursor.without(lost)))
        if missed is Lost.LONG_HISTORY and not fresh:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)  # pages without an end
        if missed is not None:
            return self._gap(cursor, fresh, missed)
        return self._chunk(cursor, stored, fresh)

    async def _first(self, *, is_lost: bool) -> Step:
        """Begin behind what is there; `is_lost`: there was a place that nobody can read."""
        now = self._millis()
        page, newest = list[_Note](), now + 1
        for size in _SIZES:
            with suppress(TooBig):
                page, _ = await self._page(None, now, size)
                newest = max((note.at for note in page), default=0)
                break
        there = tuple((note.at, note.name) for note in page if note.at == newest)
        notes = (self._note(Lost.PLACE_LOST, newest),) if is_lost else ()
        return Step(notes, cursors.write(Cursor(newest - 1, there)))

    def _chunk(self, cursor: Cursor, stored: str, fresh: list[_Note]) -> Step:
        """Return the oldest of what is new; the rest stays here for the next question."""
        self._rest = None
        if not fresh:
            return Step((), stored)
        now, later = fresh[:_CHUNK], fresh[_CHUNK:]
        known = cursor.after((note.at, note.name) for note in now)
        after = cursors.write(known.watching(_posts(note.content for note in now)))
        if later:
            self._rest = (after, later)
        return Step(self._items(now), after, more=bool(later))

    def _gap(self, cursor: Cursor, fresh: list[_Note], missed: Lost) -> Step:
        """Return a note that not all is read that came, and go on behind the gap."""
        oldest = fresh[0].at if fresh else self._millis() + 1
        beyond = Cursor(max(cursor.floor, oldest - 1), watched=cursor.watched)
        after = cursors.write(beyond)
        self._rest = (after, fresh)
        return Step((self._note(missed, oldest),), after, more=bool(fresh))

    def _note(self, why: Lost, place: int) -> RawItem:
        return RawItem(f"skipped:{place}", self._session.did, {"skipped": why})

    def _items(self, notes: Sequence[_Note]) -> tuple[RawItem, ...]:
        me = self._session.did
        return tuple(item for note in notes for item in items(note.content, me, self._largest))

    async def _fresh(self, cursor: Cursor, *, late: bool) -> tuple[list[_Note], Lost | None]:
        """Return what is new, oldest first, and why not all of it was read.

        Behind a notification that alone is beyond every size nothing can be read: only what stands
        in a page tells where the next one begins.
        """
        known, now = cursor.names(), self._millis()
        fresh: dict[str, _Note] = {}
        met: set[str] = set()
        place: str | None = None
        missed: Lost | None = Lost.LONG_HISTORY
        sizes = list(_SIZES)
        for _ in range(_PAGES):
            try:
                page, following = await self._page(place, now, sizes[0])
            except TooBig:
                sizes.pop(0)
                if sizes:
                    continue
                missed = Lost.OVERSIZE
                break
            unmet = [note for note in page if note.name not in met]
            met.update(note.name for note in page)
            fresh |= {n.name: n for n in unmet if n.at > cursor.floor and n.name not in known}
            is_at_floor = any(note.at <= cursor.floor for note in page)
            is_known = not late and bool(page) and all(note.name in known for note in page)
            if is_at_floor or is_known or following is None or following == place:
                missed = None
                break
            # A page ends at an instant, and the next one begins before it: the others of the same
            # instant would be passed over. A server that counts otherwise has no such cursors.
            place = (_just_behind(following) if unmet else None) or following
        oldest_first = list(reversed(fresh.values()))
        oldest_first.sort(key=lambda note: note.at)
        return oldest_first, missed

    async def _gone(self, cursor: Cursor) -> dict[str, str]:
        """Return which of the watched posts are gone, with their order.

        Not to be shown may mean that its author blocks us: only a record that cannot be found is
        gone. What cannot be found out now is asked again.
        """
        watched = dict(cursor.watched)
        if not watched:
            return {}
        try:
            shown = await posts.views(self._session, watched)
            missing = [uri for uri in watched if uri not in shown]
            return {
                uri: watched[uri] for uri in missing if not await posts.exists(self._session, uri)
            }
        except (Refused, PlatformError) as error:
            trouble = error.trouble() if isinstance(error, Refused) else error
            if trouble.trouble in {Trouble.LOGIN, Trouble.RATE}:
                raise trouble from None
            return {}

    def _millis(self) -> int:
        return int(self._now().timestamp() * 1000)

    async def _page(self, place: str | None, now: int, size: int) -> tuple[list[_Note], str | None]:
        """Return a page, newest first; `now` is the same for all that are read together.

        Where our clock is behind, all of them came now, and stay in the order of the server.
        """
        query = {"limit": str(size)} | ({"cursor": place} if place else {})
        answer = await self._session.ask("GET", _LIST, query=urlencode(query))
        found: list[_Note] = []
        for one in reversed(listing(answer.get("notifications"))):
            content = one if isinstance(one, dict) else {"unreadable": repr(one)[:200]}
            came = instant(obj(content).get("indexedAt"))
            # What has no time came with the one before it. Nothing comes from the future: all that
            # follows would count as known.
            at = int(came.timestamp() * 1000) if came else found[-1].at if found else 0
            found.append(_Note(min(at, now), cursors.name_of(key_of(content)), content))
        return found[::-1], text(answer.get("cursor")) or None


def _posts(notes: Iterable[Object]) -> Iterator[tuple[str, str]]:
    """Return the URIs of posts, and their order."""
    for note in notes:
        uri = identifier(note.get("uri"))
        if uri and f"/{POST}/" in uri:
            yield uri, order_of(note)


def _just_behind(cursor: str) -> str | None:
    """Return the cursor a millisecond later, where cursors are instants."""
    at = instant(cursor)
    if at is None:
        return None
    later = at + timedelta(milliseconds=1)
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
