"""One message that is out: edit it, take it back, hide what others wrote, or show it again."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels.queries import NoConnectorError
from bot.channels.states import ChannelState
from bot.errors import InvalidError
from bot.guard.service import PublicTextError
from bot.inbox import service as inbox
from bot.inbox import thread as messages
from bot.inbox.queries import Row
from bot.inbox.states import Direction
from bot.inbox.thread import Entry
from bot.outbox import acts
from bot.outbox.acts import ActNotPossibleError, MessageNotFoundError
from bot.staff.permissions import Permission, StaffUser
from connectors import text as texts
from connectors.capabilities import Act
from dashboard.desk import access, thread
from dashboard.desk.channels import NO_CONNECTOR
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_NEEDED = {
    Direction.OUTBOUND: Permission.INBOX_REPLY,
    Direction.INBOUND: Permission.INBOX_MODERATE,
}
_OVERTAKEN = "Das geht nicht mehr: Die Nachricht hat sich inzwischen geändert."
_WAITS: Mapping[ChannelState, str] = {
    ChannelState.PAUSED: "Der Kanal ist pausiert: Was Sie hier tun, wartet, bis er wieder läuft.",
    ChannelState.FORBIDDEN: "Kanäle dieser Art sind nicht zugelassen: Was Sie hier tun, wartet.",
    ChannelState.REMOVED: "Der Kanal ist entfernt. Hier lässt sich nichts mehr ändern.",
}
_MOST = "In eine Nachricht passen hier etwa %(most)s Zeichen."
_EMPTY = "Bitte schreiben Sie einen Text. Um die Nachricht zu entfernen, nehmen Sie sie zurück."


@router.get("/conversations/{conversation_id}/messages/{message_id}")
def show(request: Request, conversation_id: Key, message_id: Key) -> Response:
    """Show a message and what can be done to it."""
    return _page(request, access.current(request), conversation_id, message_id)


@router.post("/conversations/{conversation_id}/messages/{message_id}")
def change(
    request: Request,
    conversation_id: Key,
    message_id: Key,
    act: Annotated[Act, Form()] = Act.POST,
    seen: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Ask the platform to do it; what does not fit any more is shown as it is now (409)."""
    user = access.poster(request, token)
    app = web_of(request).app
    try:
        with app.database.unit_of_work() as session:
            access.conversation(session, user, conversation_id, Permission.INBOX_REPLY)
            row, entry = _found(session, user, conversation_id, message_id)
            access.conversation(session, user, conversation_id, _NEEDED[entry.direction])
            acts.ask(
                session,
                inbox.get(session, conversation_id),
                message_id,
                act,
                seen=seen,
                text=text,
                connectors=app.connectors,
                actor=Actor(ActorKind.USER, user.id),
                now=clock.now(),
            )
    except (ActNotPossibleError, NoConnectorError) as error:
        told = NO_CONNECTOR if isinstance(error, NoConnectorError) else _OVERTAKEN
        return _page(request, user, conversation_id, message_id, 409, told=told, typed=text)
    except PublicTextError as error:
        problem = Words(user.language).not_for_public(error.findings)
        return _page(
            request, user, conversation_id, message_id, 422, typed=text, errors={"text": problem}
        )
    except InvalidError:
        words = Words(user.language)
        can = thread.capabilities(request, row)
        too_long = words.say(_MOST, most=can.max_text if can else 0)
        problem = too_long if texts.clean(text) else words.say(_EMPTY)
        return _page(
            request, user, conversation_id, message_id, 422, typed=text, errors={"text": problem}
        )
    app.bells.bulk.ring()
    app.bells.events.ring()
    return see_other(f"/desk/conversations/{conversation_id}#message-{message_id}")


def _page(
    request: Request,
    user: StaffUser,
    conversation_id: int,
    message_id: int,
    status: int = 200,
    *,
    typed: str = "",
    told: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    """Show the page; what was `typed` is never lost, and what went wrong is `told`."""
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        row, entry = _found(session, user, conversation_id, message_id)
        may = access.may(user, row)
    offered = thread.offered(entry, row, thread.capabilities(request, row), may)
    conversation = thread.shown(row, words)
    return page(
        request,
        user,
        "desk/message.html",
        status=status,
        conversation=conversation,
        message=thread.message(entry, conversation.name, words, offered=offered),
        acts=offered,
        seen=entry.mark,
        typed=typed or entry.text,
        lost=typed if typed and Act.EDIT not in offered else "",
        errors=errors or {},
        told=words.say(told) if told else "",
        waits=words.say(_WAITS[row.channel_state]) if row.channel_state in _WAITS else "",
    )


def _found(
    session: Session, user: StaffUser, conversation_id: int, message_id: int
) -> tuple[Row, Entry]:
    """Return a message that went in or out; raises as `access.conversation`."""
    row = access.conversation(session, user, conversation_id)
    entry = messages.entry(session, row.id, message_id)
    if entry is None or entry.direction not in _NEEDED:
        raise MessageNotFoundError("There is no such message in this conversation.")
    return row, entry
