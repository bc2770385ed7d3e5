"""Files that citizens sent, for staff: pictures and sounds in place, the rest as downloads."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request, Response
from sqlalchemy.orm import Session

from bot.attachments import service as attachments
from bot.errors import NotFoundError
from bot.inbox import thread
from bot.inbox.thread import StoredFile
from bot.tickets import photos as pictures
from bot.tickets.desk import DeskRow
from bot.tickets.photos import Photo
from connectors.capabilities import PICTURES, SOUNDS
from dashboard.desk import access, ranges
from dashboard.desk.route import Key, new_router
from dashboard.web import web_of

router = new_router()

_IN_PLACE = PICTURES | SOUNDS


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a ticket, and where the desk shows it."""

    url: str
    name: str


class FileNotFoundHereError(NotFoundError):
    """There is no such file, or not for this person, or it was not accepted."""

    code = "file_not_found"


@router.get("/attachments/{file_id}")
def attachment(request: Request, file_id: Key) -> Response:
    """Return a file of a conversation that the user may read."""
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        file = thread.stored_file(session, file_id)
        if file is not None:
            access.conversation(session, user, file.conversation_id)
        return _answer(request, session, file)


@router.get("/tickets/{number}/photos/{key}")
def photo(request: Request, number: str, key: str) -> Response:
    """Return a picture of a ticket that the user may read, whoever may read the conversation."""
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        ticket_id = access.ticket(session, user, number).row.id
        found = {one.key: one for one in pictures.of_ticket(session, ticket_id)}
        return _answer(request, session, found.get(key))


def photos(session: Session, row: DeskRow) -> list[Picture]:
    """Return the pictures of a ticket that the user may read, from its form or its conversation."""
    base = f"/desk/tickets/{row.number}/photos"
    return [Picture(f"{base}/{one.key}", one.name) for one in pictures.of_ticket(session, row.id)]


def _answer(request: Request, session: Session, file: StoredFile | Photo | None) -> Response:
    if file is None:
        raise FileNotFoundHereError("There is no such file.")
    place = "inline" if file.media_type in _IN_PLACE else "attachment"
    content = attachments.content(session, file.blob_id)
    part = ranges.Part(content)
    if file.media_type in SOUNDS:  # Safari plays nothing from who does not answer a range
        part = ranges.part(content, request.headers.get("range"), request.headers.get("if-range"))
    return Response(
        part.content,
        status_code=part.status,
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            **part.headers,
        },
    )
