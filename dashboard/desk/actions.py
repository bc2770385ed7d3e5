"""What staff do with a conversation: write, keep a draft, take, hand back, assign, close."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels.queries import NoConnectorError
from bot.errors import InvalidError
from bot.guard.service import PublicTextError
from bot.inbound import fetching
from bot.inbox import handback, queries
from bot.inbox import service as inbox
from bot.inbox.service import MAX_TEXT, StaleConversationError
from bot.inbox.states import DraftMode
from bot.staff.permissions import Permission, StaffUser
from dashboard.desk import access, opened, suggested
from dashboard.desk.channels import NO_CONNECTOR
from dashboard.desk.listing import chosen
from dashboard.desk.opened import Typed
from dashboard.desk.page import part
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import is_fragment, see_other, web_of

router = new_router()

Token = Annotated[str, Form(alias=csrf.FIELD)]
Version = Annotated[int, Form(ge=-1, lt=2**31)]
Act = Callable[[Session, StaffUser], None]

_NEEDED = {
    DraftMode.REPLY: Permission.INBOX_REPLY,
    DraftMode.NOTE: Permission.INBOX_NOTE,
}
EMPTY = "Bitte schreiben Sie zuerst etwas."
GONE = "Diesen Vorschlag gibt es nicht mehr: Inzwischen hat sich etwas geändert."
TOO_LONG = "Das ist zu lang: Möglich sind %(most)s Zeichen."


@router.post("/conversations/{conversation_id}/replies")
def write(
    request: Request,
    conversation_id: Key,
    mode: Annotated[DraftMode, Form()] = DraftMode.REPLY,
    text: Annotated[str, Form()] = "",
    version: Version = -1,
    token: Token = "",
) -> Response:
    """Send a reply or keep a note; what is stale is stopped, and both texts are kept."""
    user = access.poster(request, token)
    web = web_of(request)
    now = clock.now()
    try:
        with web.app.database.unit_of_work() as session:
            access.conversation(session, user, conversation_id, _NEEDED[mode])
            put = inbox.note
            if mode is DraftMode.REPLY:
                put = partial(inbox.reply, connectors=web.app.connectors)
            put(session, conversation_id, text, version=version, user_id=user.id, now=now)
    except StaleConversationError:
        typed = _keep(request, user, conversation_id, mode, text)
        return opened.conflict(request, user, conversation_id, typed, seen=version)
    except (PublicTextError, NoConnectorError) as error:
        typed = _keep(request, user, conversation_id, mode, text)
        words = Words(user.language)
        if isinstance(error, PublicTextError):
            problem = words.not_for_public(error.findings)
        else:
            problem = words.say(NO_CONNECTOR)
        refused = Typed(mode, typed.text, {"text": problem})
        return opened.refuse(request, user, conversation_id, refused)
    except InvalidError:
        words = Words(user.language)
        problem = words.say(TOO_LONG, most=MAX_TEXT) if text.strip() else words.say(EMPTY)
        typed = Typed(mode, text, {"text": problem})
        return opened.refuse(request, user, conversation_id, typed)
    web.app.bells.outbound.ring()
    web.app.bells.events.ring()
    return opened.after_change(request, user, conversation_id)


@router.post("/conversations/{conversation_id}/draft")
def keep_draft(
    request: Request,
    conversation_id: Key,
    mode: Annotated[DraftMode, Form()] = DraftMode.REPLY,
    text: Annotated[str, Form()] = "",
    token: Token = "",
) -> Response:
    """Keep an unsent text."""
    user = access.poster(request, token)
    _keep(request, user, conversation_id, mode, text)
    return Response(status_code=204)


@router.get("/conversations/{conversation_id}/suggestions")
def suggest(request: Request, conversation_id: Key) -> Response:
    """Show what may be answered; the page fetches it, so that it need not wait for it itself."""
    user = access.current(request)
    address = f"/desk/conversations/{conversation_id}"
    with web_of(request).app.database.read() as session:
        row = access.conversation(session, user, conversation_id, Permission.INBOX_REPLY)
        if not is_fragment(request):
            return see_other(f"{address}?suggestions=yes")
        found = suggested.shown(session, request, user, row)
    return part(
        request,
        user,
        "desk/_suggestions.html",
        target=address,
        filters=chosen(request),
        suggestions=found,
    )


@router.post("/conversations/{conversation_id}/suggestion")
def take_over(
    request: Request,
    conversation_id: Key,
    suggestion: Annotated[str, Form()] = "",
    mode: Annotated[DraftMode, Form()] = DraftMode.REPLY,
    text: Annotated[str, Form()] = "",
    token: Token = "",
) -> Response:
    """Put a suggestion behind what was written so far; it is a draft, and nobody has sent it."""
    user = access.poster(request, token)
    typed = _keep(request, user, conversation_id, mode, text)
    with web_of(request).app.database.unit_of_work() as session:
        row = access.conversation(session, user, conversation_id, Permission.INBOX_REPLY)
        begun = typed.text
        if mode is not DraftMode.REPLY:
            begun = queries.drafts(session, row.id, user.id).get(DraftMode.REPLY, "")
        found = suggested.text_of(session, request, user, row, suggestion)
        if found is not None:
            draft = suggested.added(begun, found)
            now = clock.now()
            inbox.save_draft(session, row.id, DraftMode.REPLY, draft, user_id=user.id, now=now)
    if found is None:
        gone = {"text": Words(user.language).say(GONE)}
        return opened.refuse(request, user, conversation_id, Typed(mode, typed.text, gone))
    return opened.after_change(request, user, conversation_id)


@router.post("/conversations/{conversation_id}/take")
def take(request: Request, conversation_id: Key, token: Token = "") -> Response:
    """Take the conversation from the assistant."""
    return _act(request, token, conversation_id, Permission.INBOX_REPLY, inbox.take)


@router.post("/conversations/{conversation_id}/handback")
def hand_back(request: Request, conversation_id: Key, token: Token = "") -> Response:
    """Give the conversation back to the assistant, and tell the citizen."""
    give_back = partial(handback.by_colleague, connectors=web_of(request).app.connectors)
    return _act(request, token, conversation_id, Permission.INBOX_REPLY, give_back)


@router.post("/conversations/{conversation_id}/assign")
def assign(
    request: Request,
    conversation_id: Key,
    user_id: Annotated[str, Form()] = "",
    token: Token = "",
) -> Response:
    """Give the conversation to a colleague, or to nobody."""
    assignee = int(user_id) if user_id.isdecimal() and len(user_id) < 19 else None
    give = partial(inbox.assign, assignee_id=assignee)
    return _act(request, token, conversation_id, Permission.INBOX_ASSIGN, give)


@router.post("/conversations/{conversation_id}/messages/{message_id}/fetch")
def fetch(request: Request, conversation_id: Key, message_id: Key, token: Token = "") -> Response:
    """Ask the platform once more for the file of a message."""

    def ask(session: Session, conversation_id: int, *, user_id: int, now: datetime) -> None:
        actor = Actor(ActorKind.USER, user_id)
        fetching.ask_again(session, conversation_id, message_id, actor=actor, now=now)

    return _act(request, token, conversation_id, Permission.INBOX_REPLY, ask)


@router.post("/conversations/{conversation_id}/close")
def close(request: Request, conversation_id: Key, token: Token = "") -> Response:
    """Close the conversation."""
    return _act(request, token, conversation_id, Permission.INBOX_CLOSE, inbox.close)


@router.post("/conversations/{conversation_id}/reopen")
def reopen(request: Request, conversation_id: Key, token: Token = "") -> Response:
    """Open the conversation again."""
    return _act(request, token, conversation_id, Permission.INBOX_CLOSE, inbox.reopen)


def _act(
    request: Request,
    token: str,
    conversation_id: int,
    permission: Permission,
    change: Callable[..., None],
) -> Response:
    """Make one change of hands and show the conversation after it."""
    user = access.poster(request, token)
    app = web_of(request).app
    with app.database.unit_of_work() as session:
        access.conversation(session, user, conversation_id, permission)
        change(session, conversation_id, user_id=user.id, now=clock.now())
    app.bells.outbound.ring()
    app.bells.events.ring()
    return opened.after_change(request, user, conversation_id)


def _keep(
    request: Request, user: StaffUser, conversation_id: int, mode: DraftMode, text: str
) -> Typed:
    """Keep the text as a draft, line ends as the page counts them."""
    body = text.replace("\r\n", "\n").replace("\0", "")
    with web_of(request).app.database.unit_of_work() as session:
        access.conversation(session, user, conversation_id, _NEEDED[mode])
        inbox.save_draft(session, conversation_id, mode, body, user_id=user.id, now=clock.now())
    return Typed(mode, body, {})
