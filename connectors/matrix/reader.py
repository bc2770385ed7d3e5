"""The way in: one step of the stream at a time, from a cursor to items and the next cursor."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_hex
from urllib.parse import quote

import structlog

from connectors.asking import Refused, TooBig
from connectors.base import Lost, PlatformError, RawItem, Trouble
from connectors.details import Detail
from connectors.matrix import backlog, filters, lookups
from connectors.matrix.backlog import OF_A_ROOM, Backlog, Found
from connectors.matrix.crypto import Crypto
from connectors.matrix.cursors import Cursor, Gap, Invite, noted
from connectors.matrix.ear import Ear
from connectors.matrix.invites import REMEMBERED, Door
from connectors.matrix.items import Heard, item, skipped
from connectors.matrix.media import Media
from connectors.matrix.rooms import News, Room, RoomNews, Scene, read_news, scene_before
from connectors.matrix.session import Session
from connectors.shapes import Object, at, listing, text

_TIMELINES = (50, 10, 1, 0)  # events per room of an answer; fewer when it is too large
_POLL = 20.0  # seconds that the server may wait for news
_LEARNING_WITHIN = 300.0  # seconds; the first answer tells the state of every room
_KEYS = 100  # events for our device that Synapse hands out at once
_KEYS_MOST = 50  # answers full of them; whoever floods us with them shall not silence the others
_GAPS_WITHIN = 15.0  # seconds of a step for gaps; as long again for what is looked up after
_LEFT_AT_ONCE = 5
_NO_PLACE = frozenset({"M_UNKNOWN", "M_INVALID_PARAM"})
_FRESH = 60.0  # seconds; what is known of rooms is as old as the last answer

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Step:
    """What a step brought. `more`: there is more right now."""

    items: tuple[RawItem, ...]
    cursor: Cursor
    more: bool = False


class _PlaceLostError(Exception):
    """The server does not know the place where we are in its stream: it is another one now."""


class Reader:
    """Reads the account's stream; `crypto` is None where encrypted rooms cannot be read."""

    def __init__(
        self,
        session: Session,
        crypto: Crypto | None,
        media: Media,
        door: Door,
        *,
        now: Callable[[], datetime],
        ticks: Callable[[], float],
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.knows_rooms = asyncio.Event()
        self.ear = Ear(session.user_id, self._look)
        self._session = session
        self._crypto = crypto
        self._media = media
        self._door = door
        self._now = now
        self._ticks = ticks
        self._until = 0.0  # when the time of this step for single rooms is over
        self._deaf: set[str] = set()  # rooms of which nothing can be looked up in this step
        self._size = 0  # which of the timelines' sizes is asked for
        self._fresh = token_hex(8)
        # Answers in a row that were full of keys: events may have come before their own.
        self._keyed = 1 if crypto else 0
        self._heard_at: float | None = None  # when the server last told of rooms
        self._is_ahead = True  # whether we know rooms as they are later than at the cursor
        self._left: set[str] = set()  # rooms that we have tried to leave
        self._backlog = Backlog(session, self.rooms, self._hear, lambda: now().timestamp())

    async def step(self, cursor: Cursor) -> Step:
        """Return what is new behind `cursor`. Raises `PlatformError`; nothing is lost then."""
        if cursor.since is None:
            return Step((), await self._learn(cursor), more=True)  # it begins now: keep that place
        if not self.knows_rooms.is_set() or (cursor.untold and not cursor.invites):
            cursor = await self._learn(cursor)
        if self._crypto and await self._crypto.keep_keys():
            cursor = await self._learn(cursor)  # the new device knows no rooms
        self._until = self._ticks() + _GAPS_WITHIN
        self._deaf.clear()
        if self._backlog.is_due(cursor.gaps) and not self._lacks_keys:
            return await self._fill(cursor)
        successors = {room.successor for room in self.rooms.values()}
        cursor = await self._door.answer(cursor, successors)
        if not self._is_ahead:  # else what was said before they went is still to be read
            await self._leave_deserted()
        return await self._sync(cursor, Found(), _POLL)

    @property
    def _lacks_keys(self) -> bool:
        """Whether the server may have more keys for us than it has handed out.

        What comes encrypted then is a gap: it is read when the keys are here. So it is after a
        start too, when nobody knows what the answer before was full of.
        """
        return 0 < self._keyed <= _KEYS_MOST

    def is_up_to_date(self) -> bool:
        """Tell whether the server has told of rooms lately: nothing may leave on old knowledge."""
        is_fresh = self._heard_at is not None and self._ticks() <= self._heard_at + _FRESH
        return is_fresh and self.knows_rooms.is_set()

    async def _leave_deserted(self) -> None:
        """Leave rooms where nobody else is, a few at a time; those that let us not, once.

        One that names its successor is kept until we are there: it is what lets us in.
        """
        empty = [
            one
            for one in self.rooms.values()
            if one.deserted
            and one.id not in self._left
            and (one.successor is None or one.successor in self.rooms)
        ]
        for room in empty[:_LEFT_AT_ONCE]:
            if await self._door.leave(room.id):
                self._left.add(room.id)

    def _note_room(self, news: RoomNews) -> Room:
        room = self.rooms.setdefault(news.room_id, Room(news.room_id))
        room.note(news)
        return room

    async def _learn(self, cursor: Cursor) -> Cursor:
        """Learn the state of all rooms, without moving in the stream; only its beginning is."""
        answer, news = await self._ask(None, 0, 0.0, _LEARNING_WITHIN)
        self._heard_at = self._ticks()
        self._is_ahead = cursor.since is not None
        self.rooms.clear()
        for one in news.rooms:
            self._note_room(one)
        await self._feed(answer if cursor.since is None else {}, news)
        await self._learn_name()
        self.knows_rooms.set()
        kept = replace(cursor, since=cursor.since or news.next_batch, untold=False)
        known = self._noted(kept, news)
        # All rooms of ours are named here; those that we have left need no remembering.
        return replace(known, encrypted=known.encrypted & (set(self.rooms) | known.joining))

    async def _learn_name(self) -> None:
        path = f"/profile/{quote(self._session.user_id, safe='')}/displayname"
        try:
            self.ear.answer_to(text((await self._session.ask("GET", path)).get("displayname")))
        except (Refused, PlatformError) as error:  # it is told again when the rooms are
            trouble = error.trouble() if isinstance(error, Refused) else error
            if trouble.trouble is Trouble.LOGIN:
                raise trouble from None
            if not (isinstance(error, Refused) and error.gone):
                _log.warning("matrix.name_unknown", trouble=trouble.trouble)

    def _noted(self, cursor: Cursor, news: News, successors: Iterable[Invite] = ()) -> Cursor:
        """Remember invitations and which rooms are encrypted."""
        here = {one.room_id for one in news.rooms}
        fresh = [*successors, *(Invite(*invite) for invite in news.invited)]
        known = (invite for invite in cursor.invites if invite.room_id not in here)
        # Entered, but the process ended before that was stored: the first words are still to read.
        entered = {invite.room_id for invite in cursor.invites if invite.room_id in here}
        invites, untold = noted(known, fresh, REMEMBERED)
        secret = {room.id for room in self.rooms.values() if room.encrypted}
        left = {one.room_id for one in news.left}
        return replace(
            cursor,
            invites=invites,
            untold=cursor.untold or untold,
            encrypted=(cursor.encrypted | secret) - left,
            joining=(cursor.joining | entered) - left,
        )

    async def _sync(self, cursor: Cursor, found: Found, poll: float) -> Step:
        """Take in the news, behind what was `found` before."""
        busy = bool(cursor.invites) and self._door.is_open()
        since = cursor.since or ""
        try:
            size, answer, news = await self._news(since, 0.0 if busy or self._lacks_keys else poll)
        except _PlaceLostError:
            found.things.append(skipped(self._session.user_id, Lost.PLACE_LOST, since))
            anew = await self._learn(Cursor(encrypted=cursor.encrypted))
            return Step(await self._items(found), anew, more=True)
        self._heard_at = self._ticks()
        before = {} if self._is_ahead else {room.id: room.scene for room in self.rooms.values()}
        self._is_ahead = True  # until all this is taken in: whoever asks again knows more
        for one in news.rooms:
            self._note_room(one)
        left = {one.room_id: self.rooms.pop(one.room_id, None) for one in news.left}
        await self._feed(answer, news)
        is_full = len(listing(at(answer, "to_device", "events"))) >= _KEYS
        self._keyed = self._keyed + 1 if is_full and self._crypto else 0
        moved = [
            Invite(room_id, sender, via=sender.partition(":")[2])
            for room_id, sender in news.successors()
            if room_id not in self.rooms
        ]
        after = self._noted(replace(cursor, since=news.next_batch), news, moved)
        broken = [one.room_id for one in (*news.rooms, *news.left) if one.broken]
        found.things += [skipped(room_id, Lost.UNREADABLE, since) for room_id in broken]
        gaps = {gap.room_id: gap for gap in cursor.gaps}
        if size:
            self._until = self._ticks()
            heard = frozenset(one.room_id for one in news.rooms)
            unheard = [
                one.room_id for one in news.rooms if not await self._hear_live(one, after, found)
            ]
        else:  # an answer without events: each room is a gap, and its state is not known
            self.knows_rooms.clear()
            heard = after.joining
            unheard = sorted({*self.rooms, *after.joining})
        for one in news.left:
            if not await self._hear_last(one, left[one.room_id], cursor, found, size=size):
                unheard.append(one.room_id)
            self._left.discard(one.room_id)
            if self._crypto:
                self._crypto.forget(one.room_id)
        for room_id in unheard:
            if room_id in after.joining | cursor.joining:
                scene = self.rooms[room_id].scene if room_id in self.rooms else None
                gaps[room_id] = backlog.entered(room_id, news.next_batch, scene)
            else:
                fresh = Gap(room_id, since, news.next_batch, scene=before.get(room_id))
                gaps[room_id] = backlog.longer(gaps.get(room_id), fresh)
        after = replace(after, gaps=tuple(gaps.values()), joining=after.joining - heard)
        items = await self._items(found)
        self._is_ahead = False
        more = (
            self._lacks_keys
            or self._backlog.is_due(after.gaps)
            or (bool(after.invites) and self._door.is_open())
        )
        return Step(items, after, more)

    async def _news(self, since: str, poll: float) -> tuple[int, Object, News]:
        """Ask for news, with fewer events where they are too large; return how many were asked."""
        while True:
            size = _TIMELINES[self._size]
            try:
                answer, news = await self._ask(since, size, poll, _POLL + 15)
            except TooBig:
                if not size:
                    raise
                self._size += 1
            else:
                self._size = max(self._size - 1, 0)
                return size, answer, news

    async def _hear_live(self, news: RoomNews, cursor: Cursor, found: Found) -> bool:
        """Hear what a room has to say now; False where that has to be read back instead.

        So it is where we have just come in (what was said before comes first), where it has to
        wait, and where a room has trouble of its own.
        """
        room = self.rooms[news.room_id]
        if news.room_id in cursor.joining or self._has_to_wait(news, room, cursor):
            return False
        scene = scene_before(room.scene, reversed(news.timeline), self._session.user_id)
        return await self._hear_whole(room, scene, news.timeline, found)

    async def _hear_last(
        self, news: RoomNews, room: Room | None, cursor: Cursor, found: Found, *, size: int
    ) -> bool:
        """Hear what was said before we were put out of a room; False as for `_hear_live`.

        A room that we do not know any more has to be asked about, if we were in it at all.
        """
        if room is None and news.room_id not in cursor.joining:
            return not news.were_in(self._session.user_id)
        if room is None or not size or self._has_to_wait(news, room, cursor):
            return False
        return await self._hear_whole(room, room.scene, news.timeline, found)

    def _has_to_wait(self, news: RoomNews, room: Room, cursor: Cursor) -> bool:
        """Tell whether what a room says is to be read later: after what is older, with its keys.

        A room whose past cannot be read is heard all the same.
        """
        older = any(gap.room_id == news.room_id and not gap.tries for gap in cursor.gaps)
        lacks_keys = self._lacks_keys and room.encrypted
        return news.limited or (bool(news.timeline) and (older or lacks_keys))

    async def _hear_whole(
        self, room: Room, scene: Scene, events: Iterable[object], found: Found
    ) -> bool:
        """Hear events all together or, where the room has trouble of its own, none of them."""
        live = Found()
        try:
            await self._hear(room, scene, events, live)
        except PlatformError as error:
            if error.trouble not in OF_A_ROOM:
                raise
            return False
        found.things += live.things
        return True

    async def _fill(self, cursor: Cursor) -> Step:
        """Read gaps for a while, and what is new: nobody waits for another room's past.

        Where the server has no news that raises, and no try of a room was counted.
        """
        found = Found()
        gaps = await self._backlog.read(cursor.gaps, found, lambda: self._ticks() > self._until)
        return await self._sync(replace(cursor, gaps=gaps), found, 0.0)

    async def _hear(
        self,
        room: Room,
        scene: Scene,
        events: Iterable[object],
        found: Found,
        *,
        last: bool = False,
    ) -> Scene:
        """Hear events, each by the scene before it, and return the scene after them.

        At the `last` try a note stands for one of which too little is known.
        """
        for event in events:
            if not isinstance(event, dict):
                found.things.append(skipped(room.id, Lost.UNREADABLE, repr(event)[:1000]))
                continue
            clear = self._crypto.read(room.id, event) if self._crypto else event
            try:
                heard = await self.ear.hear(room, scene, clear)
            except PlatformError as error:
                if not last or error.trouble not in OF_A_ROOM:
                    raise
                found.things.append(skipped(room.id, Lost.UNREACHABLE, str(event.get("event_id"))))
                continue
            if heard is not None:
                below = None if scene.private else await self.ear.post_above(room, clear)
                found.things.append(Heard(room, heard, scene.private, below=below))
            if "state_key" in event:
                scene = scene.after(event, self._session.user_id)
        return scene

    async def _items(self, found: Found) -> tuple[RawItem, ...]:
        heard = [thing for thing in found.things if isinstance(thing, Heard)]
        filled = iter(await self._media.fill(heard))
        me, now = self._session.user_id, self._now()
        return tuple(
            thing if isinstance(thing, RawItem) else item(next(filled), me, now)
            for thing in found.things
        )

    async def _feed(self, answer: Object, news: News) -> None:
        if self._crypto:
            secret = [one for one in news.rooms if self.rooms[one.room_id].encrypted]
            await self._crypto.feed(answer, secret)

    async def _look(self, room: Room, event_id: str) -> Object | None:
        """Return an event of a room, read if it can be; None where there is none for us."""
        if room.id in self._deaf or self._ticks() > self._until + _GAPS_WITHIN:
            raise PlatformError(Trouble.UNREACHABLE, Detail.ROOM_SILENT)
        try:
            event = await lookups.event(self._session, room.id, event_id)
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble is not Trouble.SETTINGS:
                raise trouble from None
            return None
        except PlatformError as error:
            if error.trouble is Trouble.GARBAGE:
                return None
            if error.trouble is Trouble.UNREACHABLE:
                self._deaf.add(room.id)
            raise
        return self._crypto.read(room.id, event) if self._crypto else event

    async def _ask(
        self, since: str | None, size: int, poll: float, within: float
    ) -> tuple[Object, News]:
        fresh = self._fresh if since is None else None
        query = {"filter": filters.wanted(size, fresh), "timeout": str(int(poll * 1000))}
        if since:
            query["since"] = since
        try:
            answer = await self._session.ask("GET", "/sync", query=query, within=within)
        except Refused as refusal:
            if since and refusal.status == 400 and refusal.code in _NO_PLACE:
                raise _PlaceLostError from None
            raise refusal.trouble() from None
        news = read_news(answer, self._session.user_id)
        if news is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if since is None:
            self._fresh = token_hex(8)
        return answer, news
