"""The way in: one step of the stream at a time, from a cursor to items and the next cursor."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_hex
from urllib.parse import quote

import structlog

from connectors.base import PlatformError, RawItem, Trouble
from connectors.details import Detail
from connectors.matrix import history
from connectors.matrix.crypto import Crypto
from connectors.matrix.cursors import Cursor, Gap, Invite, noted
from connectors.matrix.ear import Ear
from connectors.matrix.http import Refused, TooBig
from connectors.matrix.invites import REMEMBERED, Door
from connectors.matrix.items import Heard, item, skipped
from connectors.matrix.media import Media
from connectors.matrix.rooms import News, Room, RoomNews, read_news
from connectors.matrix.session import Session
from connectors.matrix.shapes import Object, at, listing, text

_STATES = [
    "m.room.encryption",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.member",
]
_TIMELINES = (50, 10, 1, 0)  # events per room of an answer; fewer when it is too large
_POLL = 20.0  # seconds that the server may wait for news
_LEARNING_WITHIN = 300.0  # seconds; the first answer tells the state of every room
_KEYS = 100  # events for our device that Synapse hands out at once
_KEYS_MOST = 50  # answers full of them; whoever floods us with them shall not silence the others
_PAGES = 5  # of gaps, in one step
_GAPS_WITHIN = 15.0  # seconds of a step for gaps; as long again for what is looked up after
_TRIES = 10  # of a room that does not answer; with the pauses between them an hour and a half
_PAUSE = 10  # seconds after the first; doubled with each
_OF_A_ROOM = frozenset({Trouble.UNREACHABLE, Trouble.GARBAGE})  # a room's alone, where /sync works
_LEFT_AT_ONCE = 5

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Step:
    """What a step brought. `more`: there is more right now."""

    items: tuple[RawItem, ...]
    cursor: Cursor
    more: bool = False


@dataclass(slots=True)
class _Found:
    """Events of a step that are for us, among notes on what could not be taken in, in order."""

    things: list[Heard | RawItem] = field(default_factory=list)


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
        if self._is_due(cursor.gaps) and not self._lacks_keys:
            return await self._fill(cursor)
        cursor = await self._door.answer(cursor)
        for room in [room for room in self.rooms.values() if room.deserted][:_LEFT_AT_ONCE]:
            await self._door.leave(room.id)
        return await self._sync(cursor, _Found(), _POLL)

    @property
    def _lacks_keys(self) -> bool:
        """Whether the server may have more keys for us than it has handed out.

        What comes encrypted then is a gap: it is read when the keys are here. So it is after a
        start too, when nobody knows what the answer before was full of.
        """
        return 0 < self._keyed <= _KEYS_MOST

    def _is_due(self, gaps: Iterable[Gap]) -> bool:
        return any(gap.due <= self._now().timestamp() for gap in gaps)

    def _note_room(self, news: RoomNews) -> Room:
        room = self.rooms.setdefault(news.room_id, Room(news.room_id))
        room.note_summary(news.summary)
        room.note_state(news.state)
        room.note_state(event for event in news.timeline if isinstance(event, dict))
        return room

    async def _learn(self, cursor: Cursor) -> Cursor:
        """Learn the state of all rooms, without moving in the stream; only its beginning is."""
        answer, news = await self._ask(None, 0, 0.0, _LEARNING_WITHIN)
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

    def _noted(self, cursor: Cursor, news: News) -> Cursor:
        """Remember invitations and which rooms are encrypted."""
        here = {one.room_id for one in news.rooms}
        fresh = (Invite(*invite) for invite in news.invited)
        known = (invite for invite in cursor.invites if invite.room_id not in here)
        # Entered, but the process ended before that was stored: the first words are still to read.
        entered = {invite.room_id for invite in cursor.invites if invite.room_id in here}
        invites, untold = noted(known, fresh, REMEMBERED)
        secret = {room.id for room in self.rooms.values() if room.encrypted}
        return replace(
            cursor,
            invites=invites,
            untold=cursor.untold or untold,
            encrypted=(cursor.encrypted | secret) - set(news.left),
            joining=(cursor.joining | entered) - set(news.left),
        )

    async def _sync(self, cursor: Cursor, found: _Found, poll: float) -> Step:
        """Take in the news, behind what was `found` before."""
        busy = bool(cursor.invites) and self._door.is_open()
        since = cursor.since or ""
        size, answer, news = await self._news(since, 0.0 if busy or self._lacks_keys else poll)
        for one in news.rooms:
            self._note_room(one)
        for room_id in news.left:
            self.rooms.pop(room_id, None)
            if self._crypto:
                self._crypto.forget(room_id)
        await self._feed(answer, news)
        is_full = len(listing(at(answer, "to_device", "events"))) >= _KEYS
        self._keyed = self._keyed + 1 if is_full and self._crypto else 0
        after = self._noted(replace(cursor, since=news.next_batch), news)
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
        for room_id in unheard:
            gaps[room_id] = _longer(
                gaps.get(room_id), room_id, since, news.next_batch, entered=room_id in after.joining
            )
        after = replace(after, gaps=tuple(gaps.values()), joining=after.joining - heard)
        more = (
            self._lacks_keys
            or self._is_due(after.gaps)
            or (bool(after.invites) and self._door.is_open())
        )
        return Step(await self._items(found), after, more)

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

    async def _hear_live(self, news: RoomNews, cursor: Cursor, found: _Found) -> bool:
        """Hear what a room has to say now; False where that has to be read back instead.

        So it is where the server left something out, where we have just come in (what was said
        before comes first), where older things are waiting to be read, and where a room has
        trouble of its own. A room whose past cannot be read is heard all the same.
        """
        if news.broken:
            found.things.append(skipped(news.room_id, "unreadable", cursor.since or ""))
        waiting = any(gap.room_id == news.room_id and not gap.tries for gap in cursor.gaps)
        if news.limited or news.room_id in cursor.joining or (waiting and news.timeline):
            return False
        if self._lacks_keys and news.timeline and self.rooms[news.room_id].encrypted:
            return False
        live = _Found()
        try:
            await self._hear(self.rooms[news.room_id], news.timeline, live)
        except PlatformError as error:
            if error.trouble not in _OF_A_ROOM:
                raise
            return False
        found.things += live.things
        return True

    async def _fill(self, cursor: Cursor) -> Step:
        """Read gaps for a while. A room that does not answer waits, the others go on.

        Whether it is the room's trouble alone is known when the server has news for us: where it
        has not, that raises, and no try was counted.
        """
        gaps, found, failed = {gap.room_id: gap for gap in cursor.gaps}, _Found(), False
        for turn in range(_PAGES):
            moment = int(self._now().timestamp())
            gap = next((gap for gap in gaps.values() if gap.due <= moment), None)
            if gap is None or (turn and self._ticks() > self._until):
                break
            try:
                rest = await self._advance(gap, found)
            except PlatformError as error:
                if error.trouble not in _OF_A_ROOM:
                    raise
                failed = True
                rest = replace(gap, tries=gap.tries + 1, due=moment + _PAUSE * 2**gap.tries)
                del gaps[gap.room_id]  # to the end of the line
                if rest.tries >= _TRIES:
                    found.things.append(skipped(gap.room_id, "unreachable", gap.start))
                    continue
            if rest is None:
                del gaps[gap.room_id]
            else:
                gaps[gap.room_id] = rest
        after = replace(cursor, gaps=tuple(gaps.values()))
        if failed:
            return await self._sync(after, found, 0.0)
        return Step(await self._items(found), after, more=True)

    async def _advance(self, gap: Gap, found: _Found) -> Gap | None:
        page, rest = await history.read(self._session, gap, self._session.user_id)
        room = self.rooms.get(gap.room_id) or Room(gap.room_id)
        room.note_state(page.state)
        heard = _Found()
        if page.lost:
            heard.things.append(skipped(gap.room_id, page.lost, (*gap.back, gap.start)[-1]))
        await self._hear(room, page.events, heard, last=gap.tries + 1 >= _TRIES)
        found.things += heard.things
        return rest

    async def _hear(
        self, room: Room, events: Iterable[object], found: _Found, *, last: bool = False
    ) -> None:
        """Hear events; at the `last` try a note stands for one of which too little is known."""
        for event in events:
            if not isinstance(event, dict):
                found.things.append(skipped(room.id, "unreadable", repr(event)[:1000]))
                continue
            clear = self._crypto.read(room.id, event) if self._crypto else event
            try:
                heard = await self.ear.hear(room, clear)
            except PlatformError as error:
                if not last or error.trouble not in _OF_A_ROOM:
                    raise
                found.things.append(skipped(room.id, "unreachable", str(event.get("event_id"))))
                continue
            if heard is not None:
                found.things.append(Heard(room, heard))

    async def _items(self, found: _Found) -> tuple[RawItem, ...]:
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
        path = f"/rooms/{quote(room.id, safe='')}/event/{quote(event_id, safe='')}"
        try:
            event = await self._session.ask("GET", path)
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
        query = {"filter": _filter(size, fresh), "timeout": str(int(poll * 1000))}
        if since:
            query["since"] = since
        try:
            answer = await self._session.ask("GET", "/sync", query=query, within=within)
        except Refused as refusal:
            raise refusal.trouble() from None
        news = read_news(answer, self._session.user_id)
        if news is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if since is None:
            self._fresh = token_hex(8)
        return answer, news


def _longer(known: Gap | None, room_id: str, since: str, until: str, *, entered: bool) -> Gap:
    """Return a room's gap with what was said from `since` to `until`."""
    if entered:
        return Gap(room_id, until, until, back=(until,))
    return replace(known, end=until) if known else Gap(room_id, since, until)


def _filter(size: int, fresh: str | None) -> str:
    """Return what is asked for; `fresh`: no answer that the server has given before.

    Synapse repeats its answer to the same question for two minutes, and the state of rooms that it
    tells would be that old: a room that nobody names makes the question a new one. It stays the
    same until it is answered: a large account is worked on for minutes, and who asks again the
    same thing, after a proxy has cut the line, gets what has been worked out meanwhile.
    """
    nothing: Sequence[str] = []
    timeline = {"limit": size, "lazy_load_members": True} if size else {"types": nothing}
    return json.dumps(
        {
            "presence": {"types": nothing},
            "account_data": {"types": nothing},
            "room": {
                **({"not_rooms": [f"!{fresh}:fresh.invalid"]} if fresh else {}),
                "account_data": {"types": nothing},
                "ephemeral": {"types": nothing},
                "state": {"types": _STATES, "lazy_load_members": True},
                "timeline": timeline,
            },
        },
        separators=(",", ":"),
    )
