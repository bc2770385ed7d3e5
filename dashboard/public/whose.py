"""Whose thread a conversation is: asked once per process, however many chats are open."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Request
from sqlalchemy import select

from bot.db.engine import Database
from bot.inbox.models import Conversation
from dashboard.web import web_of

_MOST = 5000


class Threads:
    """The threads of conversations, which never change; the newest `most` are kept.

    `look_up` reads one of them. Who asks while another is asking waits for the same answer.
    """

    def __init__(self, look_up: Callable[[int], Awaitable[str | None]], most: int = _MOST) -> None:
        self._look_up = look_up
        self._most = most
        self._known: dict[int, asyncio.Future[str | None]] = {}

    async def of(self, conversation_id: int) -> str | None:
        """Return the thread; None when there is no such conversation."""
        answer = self._known.get(conversation_id)
        if answer is None or (answer.done() and not _is_sound(answer)):
            answer = asyncio.ensure_future(self._look_up(conversation_id))
            self._known[conversation_id] = answer
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
        return await asyncio.shield(answer)


def threads_of(request: Request) -> Threads:
    """Return the threads that this process knows."""
    state, database = request.app.state, web_of(request).app.database

    async def look_up(conversation_id: int) -> str | None:
        return await database.run(lambda: _thread(database, conversation_id))

    threads = getattr(state, "threads", None)
    if not isinstance(threads, Threads):
        threads = state.threads = Threads(look_up)
    return threads


def _is_sound(answer: asyncio.Future[str | None]) -> bool:
    return not answer.cancelled() and answer.exception() is None


def _thread(database: Database, conversation_id: int) -> str | None:
    with database.read() as session:
        return session.scalar(select(Conversation.thread).where(Conversation.id == conversation_id))
