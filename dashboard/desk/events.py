"""The live stream of the desk: what changed, by id and kind, never a person's words."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from bot.errors import PermissionDeniedError
from bot.events.queries import Happening
from bot.inbox import queries as inbox
from bot.inbox.queries import Row
from dashboard import live
from dashboard.desk import access
from dashboard.desk.route import new_router
from dashboard.web import LogInNeededError, Web, web_of

router = new_router()

_CHECK_EVERY = 5.0  # seconds after which the session is looked at again


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the stream may name: every conversation, one office's, or none."""

    everything: bool
    office_id: int | None


@router.get("/events")
async def stream(request: Request, after: str = "") -> Response:
    """Stream changes behind `Last-Event-ID`, else behind `after`, else from now on.

    `resync` asks the page to load itself anew. The stream ends with the session.
    """
    web = web_of(request)
    reader = await web.app.database.run(lambda: _reader(request))
    last = request.headers.get("last-event-id") or after
    return StreamingResponse(
        live.with_pings(_chunks(web, request, reader, last)),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _chunks(web: Web, request: Request, reader: _Reader, last: str) -> AsyncIterator[str]:
    database = web.app.database
    time = asyncio.get_running_loop().time
    checked = time()
    async for happening in web.live.stream(last):
        if time() - checked > _CHECK_EVERY:
            try:
                reader = await database.run(lambda: _reader(request))
            except (LogInNeededError, PermissionDeniedError):
                return
            checked = time()
        if happening is None:
            yield live.RESYNC
            continue
        data = await _data(web, reader, happening)
        if data:
            yield live.message(json.dumps(data), event="change", cursor=happening.cursor)


def _reader(request: Request) -> _Reader:
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        try:
            office_id = access.inbox_office(session, user)
        except PermissionDeniedError:
            if user.must_change_password:
                raise
            return _Reader(everything=False, office_id=None)
    return _Reader(everything=office_id is None, office_id=office_id)


async def _data(web: Web, reader: _Reader, happening: Happening) -> dict[str, object] | None:
    """Return what the reader is told; None where it is no business of theirs."""
    kind: dict[str, object] = {"kind": happening.kind}
    named = kind | {"conversation": happening.conversation_id}
    if reader.everything:
        return named
    conversation_id = happening.conversation_id
    if conversation_id is None:
        return kind
    if reader.office_id is None:
        return None
    row = await web.app.database.run(lambda: _row(web, conversation_id))
    if row is None:
        return kind
    return named if row.office_id == reader.office_id else None


def _row(web: Web, conversation_id: int) -> Row | None:
    with web.app.database.read() as session:
        return inbox.row(session, conversation_id)
