"""Conversations over the staff API."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import JSONResponse

from bot import clock
from bot.errors import InvalidError
from bot.inbox import queries as inbox
from bot.inbox import service as conversations
from bot.inbox import thread
from bot.inbox.queries import Filters, View
from bot.inbox.service import StaleConversationError
from bot.staff.permissions import Permission
from dashboard.api.staff.access import Caller, Key, narrowed, new_router, words
from dashboard.api.staff.models import (
    Conversation,
    ConversationItem,
    Conversations,
    MessageItem,
    NewReply,
    Problem,
    Replied,
    Stale,
)
from dashboard.desk import access
from dashboard.web import web_of

router = new_router("conversations")

_PAGE = 100


@router.get("/conversations")
def get_conversations(
    request: Request,
    user: Caller,
    status: str = "",
    office: str = "",
    channel: str = "",
    q: str = "",
    cursor: str = "",
) -> Conversations:
    """List conversations, newest first; what waits comes emergencies first, then longest wait.

    `status` is open (the default), waiting (for a person), closed, mine, unassigned or unread;
    `office` and `channel` are slugs; `q` is a part of the name or the newest message, or a
    ticket's number.
    """
    if status not in {"", *View}:
        raise InvalidError("status: one of " + ", ".join(View), field="status")
    after = inbox.read_place(cursor) if cursor else None
    if cursor and after is None:
        raise InvalidError("cursor: this is not a cursor of this list", field="cursor")
    with web_of(request).app.database.read() as session:
        office_id = narrowed(session, access.inbox_office(session, user), office)
        view = View(status or View.OPEN)
        filters = Filters(view, words(channel), words(q), user.id, office_id)
        rows, following = inbox.rows(session, filters, after=after)
    return Conversations(
        conversations=[ConversationItem.of(row) for row in rows],
        cursor=str(following) if following else None,
    )


@router.get("/conversations/{conversation_id}", responses={404: {"model": Problem}})
def get_conversation(
    request: Request,
    user: Caller,
    conversation_id: Key,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Conversation:
    """Return a conversation with up to 100 messages, the newest or those before `before`."""
    with web_of(request).app.database.read() as session:
        row = access.conversation(session, user, conversation_id)
        entries, rest = thread.entries(session, conversation_id, before=before, limit=_PAGE)
    return Conversation(
        **ConversationItem.of(row).model_dump(),
        messages=[MessageItem.of(entry) for entry in entries],
        before=rest,
    )


@router.post(
    "/conversations/{conversation_id}/replies",
    status_code=201,
    response_model=Replied,
    responses={404: {"model": Problem}, 409: {"model": Stale}, 422: {"model": Problem}},
)
def post_reply(
    request: Request, user: Caller, conversation_id: Key, reply: NewReply
) -> Replied | JSONResponse:
    """Send a reply as the token's user; 409 where something newer exists, and nothing is sent."""
    app = web_of(request).app
    try:
        with app.database.unit_of_work() as session:
            access.conversation(session, user, conversation_id, Permission.INBOX_REPLY)
            written = conversations.reply(
                session,
                conversation_id,
                reply.text,
                version=reply.version,
                user_id=user.id,
                connectors=app.connectors,
                now=clock.now(),
            )
    except StaleConversationError as error:
        with app.database.read() as session:
            version = access.conversation(session, user, conversation_id).version
        stale = Stale(code=error.code, message=str(error), version=version)
        return JSONResponse(stale.model_dump(), status_code=error.status)
    app.bells.outbound.ring()
    app.bells.events.ring()
    return Replied(message_id=written.message_id, version=written.version)
