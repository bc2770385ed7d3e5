"""Files that citizens sent, for staff: pictures in place, everything else only as a download."""

from datetime import timedelta
from urllib.parse import quote

from fastapi import Request, Response
from sqlalchemy.orm import Session

from bot.attachments import service as attachments
from bot.errors import NotFoundError
from bot.inbox import thread
from bot.inbox.thread import StoredFile
from bot.staff.permissions import StaffUser
from dashboard.desk import access
from dashboard.desk.route import Key, new_router
from dashboard.web import web_of

router = new_router()

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_BEFORE = timedelta(days=1)  # a picture often comes before the words that make the ticket


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
        return _answer(session, file)


@router.get("/tickets/{number}/photos/{file_id}")
def photo(request: Request, number: str, file_id: Key) -> Response:
    """Return a picture of a ticket that the user may read, whoever may read the conversation."""
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        found = {file.id: file for file in photos(session, user, number)}
        return _answer(session, found.get(file_id))


def photos(session: Session, user: StaffUser, number: str) -> list[StoredFile]:
    """Return the pictures that came with a ticket's report or later."""
    row = access.ticket(session, user, number).row
    if row.conversation_id is None:
        return []
    return thread.pictures(session, row.conversation_id, since=row.created_at - _BEFORE)


def _answer(session: Session, file: StoredFile | None) -> Response:
    if file is None:
        raise FileNotFoundHereError("There is no such file.")
    place = "inline" if file.media_type in _PICTURES else "attachment"
    return Response(
        attachments.content(session, file.blob_id),
        media_type=file.media_type,
        headers={
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
