"""Live pages: one reader of the event table per process, many streams that it feeds."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.db.engine import Database
from bot.events import queries as events
from bot.events.queries import Cursor, Happening
from bot.wake import Bell

_log = structlog.get_logger()
_LOOK_EVERY = 1.0  # seconds: other processes write too
_PATIENCE = 500  # events that a slow stream may lie behind
PING = ": ping\n\n"
PING_EVERY = 15.0
RESYNC = "event: resync\ndata: {}\n\n"


class Live:
    """Reads new events and hands them to the streams of this process."""

    def __init__(self, database: Database, bell: Bell, stopping: threading.Event) -> None:
        self._database = database
        self._bell = bell
        self._stopping = stopping
        self._queues: set[asyncio.Queue[Happening | None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether events still reach the open pages."""
        return self._task is not None and not self._task.done()

    @property
    def streams(self) -> int:
        """How many live pages are open."""
        return len(self._queues)

    async def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._read(), name="live")

    async def stop(self) -> None:
        """End the reading."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def stream(self, last_event_id: str | None) -> AsyncIterator[Happening | None]:
        """Yield every event behind `last_event_id`; None asks the page to load itself anew.

        Without a usable id it begins now. Ends when the process stops.
        """
        with self._queue() as queue:
            if self._stopping.is_set():
                return
            seen = Cursor.read(last_event_id)
            missed = await self._database.run(lambda: self._missed(seen))
            if missed is None:
                yield None
                missed = []
            last = seen or Cursor()
            for happening in missed:
                last = happening.cursor
                yield happening
            while (news := await queue.get()) is not None:
                if news.cursor > last:
                    last = news.cursor
                    yield news

    def _missed(self, seen: Cursor | None) -> list[Happening] | None:
        if seen is None:
            return []
        with self._database.read() as session:
            found = events.after(session, seen, limit=_PATIENCE)
            if events.is_too_old(session, seen) or len(found) == _PATIENCE:
                return None
        return found

    @contextmanager
    def _queue(self) -> Iterator[asyncio.Queue[Happening | None]]:
        queue: asyncio.Queue[Happening | None] = asyncio.Queue(_PATIENCE)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    async def _read(self) -> None:
        try:
            await self._hand_out()
        finally:
            for queue in list(self._queues):
                _offer(queue, None)

    async def _hand_out(self) -> None:
        cursor: Cursor | None = None
        while not self._stopping.is_set():
            rung = self._bell.rung
            try:
                if cursor is None:
                    cursor = await self._database.run(self._newest)
                happenings = await self._database.run(lambda at=cursor: self._after(at))  # type: ignore[misc]
            except SQLAlchemyError as error:
                _log.error("live.failed", error=type(error).__name__)
                await asyncio.sleep(_LOOK_EVERY)
                continue
            for happening in happenings:
                cursor = happening.cursor
                for queue in list(self._queues):
                    _offer(queue, happening)
            if not happenings:
                await self._bell.wait_async(rung, _LOOK_EVERY)

    def _newest(self) -> Cursor:
        with self._database.read() as session:
            return events.newest(session)

    def _after(self, cursor: Cursor) -> list[Happening]:
        with self._database.read() as session:
            return events.after(session, cursor)


def _offer(queue: "asyncio.Queue[Happening | None]", happening: Happening | None) -> None:
    """Hand it over; a stream that cannot keep up ends, and its browser comes back to catch up."""
    try:
        queue.put_nowait(happening)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)


def message(data: str, *, event: str | None = None, cursor: Cursor | None = None) -> str:
    """Return a server-sent event; `data` is one line (HTML Living Standard, 9.2)."""
    name = f"event: {event}\n" if event else ""
    number = f"id: {cursor}\n" if cursor else ""
    return f"{number}{name}data: {data}\n\n"


async def with_pings(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    """Pass on `chunks`, with a comment in silent times, so that proxies keep the line open."""
    yield PING
    iterator = aiter(chunks)
    pending = asyncio.ensure_future(anext(iterator, None))
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=PING_EVERY)
            if not done:
                yield PING
                continue
            chunk = pending.result()
            if chunk is None:
                return
            yield chunk
            pending = asyncio.ensure_future(anext(iterator, None))
    finally:
        pending.cancel()
