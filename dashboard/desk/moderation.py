"""The list "Moderation": what is suspected of being abuse or spam; a person judges each.

`/desk/moderation?after=ID+1#suspect-ID` leads to one message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.inbox import moderation
from bot.inbox.moderation import Judged, JudgedError, ReworkedError, Suspect
from bot.inbox.states import Judgement
from bot.staff import permissions
from bot.staff.permissions import Permission
from connectors.capabilities import Visibility
from connectors.registry import UnknownKindError
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import FORMER, Words
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import Web, see_other, web_of

router = new_router()

_PAGE = "/desk/moderation"
JUDGED: Mapping[Judgement, str] = {
    Judgement.RELEASED: "Freigegeben von %(name)s",
    Judgement.CONFIRMED: "Als Verstoß festgehalten von %(name)s",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the list; `words` are what made it suspicious, `seen` which wording this is.

    `act` is where it can be hidden or deleted, None where its platform knows neither.
    """

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
    act: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A message that was judged; `said` is how, and by whom."""

    item: Item
    confirmed: bool
    said: str
    at: datetime


@router.get("/moderation")
def show(request: Request, after: str = "", message: str = "") -> Response:
    """List what has not been judged, newest first, and below it what was judged last.

    `message` was judged a moment ago: an offence may have to be hidden as well.
    """
    user = access.current(request)
    permissions.require(user, Permission.INBOX_MODERATE)
    place = int(after) if after.isdecimal() and len(after) < 19 else None
    web = web_of(request)
    with web.app.database.read() as session:
        suspects, following = moderation.queue(session, after=place)
        judged = moderation.recent(session, now=clock.now()) if place is None else []
    words = Words(user.language)
    verdicts = [_verdict(web, one, words) for one in judged]
    acts = [one.item.act for one in verdicts if one.confirmed and str(one.item.id) == message]
    return page(
        request,
        user,
        "desk/moderation.html",
        items=[_item(web, suspect, words) for suspect in suspects],
        more=link(_PAGE, after=following) if following else None,
        newest=_PAGE if place is not None else None,
        verdicts=verdicts,
        act=next(iter(acts), None),
    )


@router.post("/moderation/{message_id}/release")
def release(
    request: Request,
    message_id: Key,
    seen: Annotated[str, Form()] = "",
    anew: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Find no offence in a message: its conversation waits for an answer."""
    return _judge(request, message_id, Judgement.RELEASED, seen, token, anew=anew == "yes")


@router.post("/moderation/{message_id}/confirm")
def confirm(
    request: Request,
    message_id: Key,
    seen: Annotated[str, Form()] = "",
    anew: Annotated[str, Form()] = "",
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Find that a message is an offence: nothing more is to be done."""
    return _judge(request, message_id, Judgement.CONFIRMED, seen, token, anew=anew == "yes")


def _judge(
    request: Request, message_id: int, judgement: Judgement, seen: str, token: str, *, anew: bool
) -> Response:
    """Judge a message; whoever comes second, or has read other words, is told so."""
    user = access.entitled(request, Permission.INBOX_MODERATE, token)
    app = web_of(request).app
    actor = Actor(ActorKind.USER, user.id)
    try:
        with app.database.unit_of_work() as session:
            moderation.judge(
                session,
                message_id,
                judgement,
                seen=seen,
                actor=actor,
                now=clock.now(),
                anew=anew,
            )
    except JudgedError:
        return see_other(f"{_PAGE}?done=judged")
    except ReworkedError:
        return see_other(f"{_PAGE}?done=reworked")
    app.bells.events.ring()
    return see_other(link(_PAGE, done=f"message-{judgement}", message=message_id))


def _verdict(web: Web, judged: Judged, words: Words) -> Verdict:
    return Verdict(
        item=_item(web, judged.suspect, words),
        confirmed=judged.judgement is Judgement.CONFIRMED,
        said=words.say(JUDGED[judged.judgement], name=judged.judged_by or words.say(FORMER)),
        at=judged.judged_at,
    )


def _item(web: Web, suspect: Suspect, words: Words) -> Item:
    public = suspect.visibility is Visibility.PUBLIC
    act = f"/desk/conversations/{suspect.conversation_id}/messages/{suspect.id}"
    return Item(
        id=suspect.id,
        conversation_id=suspect.conversation_id,
        name=words.contact(suspect.name, suspect.contact_id),
        channel_kind=suspect.channel_kind,
        channel_name=suspect.channel_name,
        public=public,
        at=suspect.at,
        edited=suspect.edited_at is not None,
        offence=words.intent(suspect.offence),
        words=suspect.words,
        text=suspect.text,
        seen=suspect.wording,
        act=act if public and _can_moderate(web, suspect.channel_kind) else None,
    )


def _can_moderate(web: Web, kind: str) -> bool:
    try:
        return bool(web.app.connectors.named(kind).capabilities.moderates)
    except UnknownKindError:  # only another version knows it
        return False
