"""The list "Moderation": what is suspected of being abuse or spam; a person judges each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.inbox import moderation
from bot.inbox.moderation import JudgedError, ReworkedError, Suspect
from bot.inbox.states import Judgement
from bot.staff import permissions
from bot.staff.permissions import Permission
from connectors.capabilities import Visibility
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_PAGE = "/desk/moderation"


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the list; `words` are what made it suspicious, `seen` which wording this is."""

    id: int
    conversation_id: int
    name: str
    channel_kind: str
    channel_name: str
    public: bool
    at: datetime
    edited: bool
    offence: str
    words: str
    text: str
    seen: str


@router.get("/moderation")
def show(request: Request, after: str = "") -> Response:
    """List what has not been judged, newest first."""
    user = access.current(request)
    permissions.require(user, Permission.INBOX_MODERATE)
    place = int(after) if after.isdecimal() and len(after) < 19 else None
    with web_of(request).app.database.read() as session:
        suspects, following = moderation.queue(session, after=place)
    words = Words(user.language)
    return page(
        request,
        user,
        "desk/moderation.html",
        items=[_item(suspect, words) for suspect in suspects],
        more=link(_PAGE, after=following) if following else None,
    )


@router.post("/moderation/{message_id}/release")
def release(
    request: Request,
    message_id: Key,
    seen: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Find no offence in a message: its conversation waits for an answer."""
    return _judge(request, message_id, Judgement.RELEASED, seen, token)


@router.post("/moderation/{message_id}/confirm")
def confirm(
    request: Request,
    message_id: Key,
    seen: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Find that a message is an offence: nothing more is to be done."""
    return _judge(request, message_id, Judgement.CONFIRMED, seen, token)


def _judge(
    request: Request, message_id: int, judgement: Judgement, seen: str, token: str
) -> Response:
    """Judge a message; whoever comes second, or has read other words, is told so."""
    user = access.poster(request, token)
    permissions.require(user, Permission.INBOX_MODERATE)
    app = web_of(request).app
    actor = Actor(ActorKind.USER, user.id)
    try:
        with app.database.unit_of_work() as session:
            moderation.judge(
                session, message_id, judgement, seen=seen, actor=actor, now=clock.now()
            )
    except JudgedError:
        return see_other(f"{_PAGE}?done=judged")
    except ReworkedError:
        return see_other(f"{_PAGE}?done=reworked")
    app.bells.events.ring()
    return see_other(f"{_PAGE}?done=message-{judgement}")


def _item(suspect: Suspect, words: Words) -> Item:
    return Item(
        id=suspect.id,
        conversation_id=suspect.conversation_id,
        name=words.contact(suspect.name, suspect.contact_id),
        channel_kind=suspect.channel_kind,
        channel_name=suspect.channel_name,
        public=suspect.visibility is Visibility.PUBLIC,
        at=suspect.at,
        edited=suspect.edited_at is not None,
        offence=words.intent(suspect.offence),
        words=suspect.words,
        text=suspect.text,
        seen=suspect.wording,
    )
