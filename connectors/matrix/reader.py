"""The way in: one step of the stream at a time, from a cursor to items and the next cursor."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_hex
from urllib.parse import quote

from connectors.base import PlatformError, RawItem, Trouble
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
from connectors.matrix.shapes import Object, text

_STATES = [
    "m.room.encryption",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.member",
]
_TIMELINES = (50, 10, 1, 0)  # events per room of an answer; fewer when it is too large
_POLL = 20.0  # seconds that the server may wait for news
_LEARNING_WITHIN = 40.0  # seconds; the first answer tells the state of every room
_PAGES = 5  # of gaps, in one step
_LEFT_AT_ONCE = 5


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
    ) -> None:
        self.rooms: dict[str, Room] = {}
        self.knows_rooms = False
        self.ear = Ear(session.user_id, self._look)
        self._session = session
        self._crypto = crypto
        self._media = media
        self._door = door
        self._now = now
        self._size = 0  # which of the timelines' sizes is asked for

    async def step(self, cursor: Cursor) -> Step:
        """Return what is new behind `cursor`. Raises `PlatformError`; nothing is lost then."""
        if cursor.since is None:
            return Step((), await self._learn(cursor), more=True)  # it begins now: keep that place
        if not self.knows_rooms or (cursor.untold and not cursor.invites):
            cursor = await self._learn(cursor)
        if cursor.gaps:
            return await self._fill(cursor)
        cursor = await self._door.answer(cursor)
        for room in [room for room in self.rooms.values() if room.deserted][:_LEFT_AT_ONCE]:
            await self._door.leave(room.id)
        if self._crypto:
            await self._crypto.keep_keys()
        return await self._sync(cursor)

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
        self.knows_rooms = True
        kept = replace(cursor, since=cursor.since or news.next_batch, untold=False)
        return self._noted(kept, news)

    async def _learn_name(self) -> None:
        path = f"/profile/{quote(self._session.user_id, safe='')}/displayname"
        try:
            self.ear.answer_to(text((await self._session.ask("GET", path)).get("displayname")))
        except Refused as refusal:
            if not refusal.gone:
                raise refusal.trouble() from None

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

    async def _sync(self, cursor: Cursor) -> Step:
        busy = bool(cursor.invites) and self._door.is_open()
        since = cursor.since or ""
        size, answer, news = await self._news(since, 0.0 if busy else _POLL)
        for one in news.rooms:
            self._note_room(one)
        for room_id in news.left:
            self.rooms.pop(room_id, None)
            if self._crypto:
                self._crypto.forget(room_id)
        await self._feed(answer, news)
        after = self._noted(replace(cursor, since=news.next_batch), news)
        if not size:  # an answer without events: each room is a gap, and its state is not known
            self.knows_rooms = False
            rooms = sorted({*self.rooms, *after.joining})
            every = tuple(Gap(room_id, since, news.next_batch) for room_id in rooms)
            return Step((), replace(after, gaps=every, joining=frozenset()), more=True)
        found = _Found()
        for one in news.rooms:
            await self._hear_room(one, after, found, news.next_batch)
        here = {one.room_id for one in news.rooms}
        gaps = tuple(
            Gap(one.room_id, since, news.next_batch)
            for one in news.rooms
            if one.limited and one.room_id not in after.joining
        )
        after = replace(after, gaps=gaps, joining=after.joining - here)
        more = bool(gaps) or (bool(after.invites) and self._door.is_open())
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

    async def _hear_room(self, news: RoomNews, cursor: Cursor, found: _Found, until: str) -> None:
        if news.room_id in cursor.joining:
            await self._enter(news, found)
        elif not news.limited:
            await self._hear(self.rooms[news.room_id], news.timeline, found)
        if news.broken:
            found.things.append(skipped(news.room_id, "unreadable", until))

    async def _enter(self, news: RoomNews, found: _Found) -> None:
        """Hear what was said between the invitation and our coming in, then what came after."""
        room = self.rooms[news.room_id]
        if news.prev_batch:
            before = await history.first_words(
                self._session, room.id, self._session.user_id, news.prev_batch
            )
            room.note_state(before.state)
            if before.lost:
                found.things.append(skipped(room.id, before.lost, news.prev_batch))
            await self._hear(room, before.events, found)
        await self._hear(room, news.timeline, found)

    async def _fill(self, cursor: Cursor) -> Step:
        gaps, found = list(cursor.gaps), _Found()
        for _ in range(_PAGES):
            if not gaps:
                break
            gap = gaps[0]
            page = await history.forward(self._session, gap)
            room = self.rooms.get(gap.room_id) or Room(gap.room_id)
            room.note_state(page.state)
            await self._hear(room, page.events, found)
            if page.lost:
                found.things.append(skipped(gap.room_id, page.lost, gap.start))
            if page.end is None:
                gaps.pop(0)
            else:
                gaps[0] = replace(gap, start=page.end)
        return Step(await self._items(found), replace(cursor, gaps=tuple(gaps)), more=True)

    async def _hear(self, room: Room, events: Iterable[object], found: _Found) -> None:
        for event in events:
            if not isinstance(event, dict):
                found.things.append(skipped(room.id, "unreadable", repr(event)[:1000]))
                continue
            clear = self._crypto.read(room.id, event) if self._crypto else event
            heard = await self.ear.hear(room, clear)
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
        path = f"/rooms/{quote(room.id, safe='')}/event/{quote(event_id, safe='')}"
        try:
            event = await self._session.ask("GET", path)
        except Refused as refusal:
            if refusal.limited or refusal.logged_out:
                raise refusal.trouble() from None
            return None
        except PlatformError as error:
            if error.trouble is Trouble.GARBAGE:
                return None
            raise
        return self._crypto.read(room.id, event) if self._crypto else event

    async def _ask(
        self, since: str | None, size: int, poll: float, within: float
    ) -> tuple[Object, News]:
        query = {"filter": _filter(size, fresh=since is None), "timeout": str(int(poll * 1000))}
        if since:
            query["since"] = since
        try:
            answer = await self._session.ask("GET", "/sync", query=query, within=within)
        except Refused as refusal:
            raise refusal.trouble() from None
        news = read_news(answer, self._session.user_id)
        if news is None:
            raise PlatformError(Trouble.GARBAGE, "news without a place to go on from")
        return answer, news


def _filter(size: int, *, fresh: bool) -> str:
    """Return what is asked for; `fresh`: no answer that the server has given before.

    Synapse repeats its answer to the same question for two minutes, and the state of rooms that it
    tells would be that old: a room that nobody names makes the question a new one.
    """
    nothing: Sequence[str] = []
    timeline = {"limit": size, "lazy_load_members": True} if size else {"types": nothing}
    return json.dumps(
        {
            "presence": {"types": nothing},
            "account_data": {"types": nothing},
            "room": {
                **({"not_rooms": [f"!{token_hex(8)}:fresh.invalid"]} if fresh else {}),
                "account_data": {"types": nothing},
                "ephemeral": {"types": nothing},
                "state": {"types": _STATES, "lazy_load_members": True},
                "timeline": timeline,
            },
        },
        separators=(",", ":"),
    )
