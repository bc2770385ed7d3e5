"""What reaches an open chat: its new messages over server-sent events, and its files."""

from collections.abc import AsyncIterator, Sequence
from json import dumps

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from bot.attachments import service as attachments
from bot.errors import NotFoundError
from bot.events.queries import Happening
from bot.inbox import thread
from dashboard import live
from dashboard.public import talk, whose
from dashboard.public.files import picture_response
from dashboard.public.talk import ShownMessage, Talk
from dashboard.public.whose import Threads
from dashboard.web import Web, language_of, web_of

router = APIRouter()
_FOREIGN = 100  # events of others after which the browser learns a newer cursor
_LARGEST_ID = 2**63 - 1


class FileNotFoundInChatError(NotFoundError):
    """There is no such file in this visitor's conversation."""

    code = "file_not_found"


@router.get("/chat/events")
async def chat_events(request: Request, after: str = "") -> Response:
    """Send every message that comes behind `after`, or behind the browser's Last-Event-ID."""
    visitor = talk.visitor_of(request)
    if visitor.is_new:
        return Response(status_code=204)  # nobody's chat: the browser need not ask again
    seen = request.headers.get("last-event-id") or after
    threads = whose.threads_of(request)
    chunks = _chunks(web_of(request), threads, visitor.id, seen, language_of(request))
    return StreamingResponse(
        live.with_pings(chunks),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.get("/chat/files/{file_id}")
def file(request: Request, file_id: int) -> Response:
    """Return a file of the visitor's own conversation; raises `FileNotFoundInChatError`."""
    visitor = talk.visitor_of(request)
    with web_of(request).app.database.read() as session:
        here = talk.channel(session)
        conversation_id = thread.conversation_of(session, here.slug, visitor.id)
        found = None
        if conversation_id is not None and 0 < file_id <= _LARGEST_ID:
            found = thread.citizen_file(session, conversation_id, file_id)
        if found is None:
            raise FileNotFoundInChatError("There is no such file.")
        content = attachments.content(session, found.blob_id)
    return picture_response(content, found.media_type, found.name)


def html_of(web: Web, messages: Sequence[ShownMessage], language: str) -> list[str]:
    """Return each message as the page shows it."""
    renderer = web.renderer()
    return [
        renderer.render(
            "city/_chat_message.html", language=language, request_path="/chat", message=message
        )
        for message in messages
    ]


async def _chunks(
    web: Web, threads: Threads, visitor_id: str, seen: str, language: str
) -> AsyncIterator[str]:
    """Yield the visitor's messages as they change.

    The first time the whole conversation is sent, because nobody knows what the page has; it
    replaces by id, so nothing is lost and nothing doubled.
    """
    known = await web.app.database.run(lambda: _load(web, visitor_id))
    conversation_id = known.conversation_id
    sent: dict[str, ShownMessage] = {}
    foreign = 0
    async for happening in web.live.stream(seen):
        found = None
        if await _may_concern(happening, conversation_id, visitor_id, threads):
            found = await web.app.database.run(lambda: _load(web, visitor_id))
            conversation_id = found.conversation_id
        if found is None or not _concerns(happening, conversation_id):
            foreign += 1
            if happening is not None and foreign % _FOREIGN == 0:
                yield f"id: {happening.cursor}\n\n"
            continue
        fresh = [message for message in found.messages if sent.get(message.id) != message]
        sent = {message.id: message for message in found.messages}
        html = await web.app.database.run(lambda them=fresh: html_of(web, them, language))  # type: ignore[misc]
        cursor = happening.cursor if happening else found.cursor
        pieces = [
            dumps({"id": one.id, "html": text}) for one, text in zip(fresh, html, strict=True)
        ]
        for piece in pieces[:-1]:
            yield live.message(piece)
        for piece in pieces[-1:]:  # only now: a cut before this sends the whole change again
            yield live.message(piece, cursor=cursor)


async def _may_concern(
    happening: Happening | None, conversation_id: int | None, visitor_id: str, threads: Threads
) -> bool:
    """Tell whether to look; who has not said anything yet may have begun a conversation."""
    if happening is None:
        return True
    if conversation_id is not None:
        return _concerns(happening, conversation_id)
    if happening.kind != "message.received" or happening.conversation_id is None:
        return False
    return await threads.of(happening.conversation_id) == visitor_id


def _concerns(happening: Happening | None, conversation_id: int | None) -> bool:
    """Tell whether something happened in this conversation; after a gap anything may have."""
    if conversation_id is None:
        return False
    return happening is None or happening.conversation_id == conversation_id


def _load(web: Web, visitor_id: str) -> Talk:
    with web.app.database.read() as session:
        return talk.read(session, visitor_id)
