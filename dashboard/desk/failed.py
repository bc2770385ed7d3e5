"""The list "Nicht zugestellt": what did not arrive; sending it again, or putting it aside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels.states import ChannelState
from bot.outbox import queries as outbox
from bot.outbox import service as deliveries
from bot.outbox.queries import StuckPart
from bot.outbox.service import NotStuckError
from bot.staff import permissions
from bot.staff.permissions import Permission
from connectors.capabilities import Act
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_ACTS: Mapping[Act, str] = {
    Act.EDIT: "Nachricht ändern",
    Act.DELETE: "Nachricht löschen",
    Act.HIDE: "Nachricht verbergen",
    Act.SHOW: "Nachricht wieder zeigen",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A part in the list."""

    id: int
    conversation_id: int
    name: str
    channel_kind: str
    channel_name: str
    text: str
    at: datetime
    state: str
    error: str
    attempts: int
    may_requeue: bool
    file_name: str | None
    act: str | None  # what was to be done to a message that is out, in words


@router.get("/failed")
def show(request: Request, after: str = "") -> Response:
    """List what was not delivered, newest first."""
    user = access.current(request)
    permissions.require(user, Permission.DELIVERIES_READ)
    place = int(after) if after.isdecimal() and len(after) < 19 else None
    with web_of(request).app.database.read() as session:
        parts, following = outbox.stuck(session, after=place)
    words = Words(user.language)
    return page(
        request,
        user,
        "desk/failed.html",
        items=[_item(part, words) for part in parts],
        more=link("/desk/failed", after=following) if following else None,
        may_requeue=permissions.allows(user, Permission.DELIVERIES_REQUEUE),
    )


@router.post("/failed/{delivery_id}/requeue")
def requeue(
    request: Request, delivery_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Send a part again; one that somebody else has sent again already stays as it is."""
    user = access.entitled(request, Permission.DELIVERIES_REQUEUE, token)
    app = web_of(request).app
    try:
        with app.database.unit_of_work() as session:
            actor = Actor(ActorKind.USER, user.id)
            deliveries.requeue(session, delivery_id, actor=actor, now=clock.now())
    except NotStuckError:
        return see_other("/desk/failed")
    app.bells.outbound.ring()
    app.bells.events.ring()
    return see_other("/desk/failed?done=requeued")


@router.post("/failed/{delivery_id}/settle")
def settle(
    request: Request, delivery_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Put a part aside that nobody will send again; one that is on its way again goes on."""
    user = access.entitled(request, Permission.DELIVERIES_REQUEUE, token)
    app = web_of(request).app
    try:
        with app.database.unit_of_work() as session:
            actor = Actor(ActorKind.USER, user.id)
            deliveries.settle(session, delivery_id, actor=actor, now=clock.now())
    except NotStuckError:
        return see_other("/desk/failed")
    app.bells.events.ring()
    return see_other("/desk/failed?done=settled")


def _item(part: StuckPart, words: Words) -> Item:
    return Item(
        id=part.id,
        conversation_id=part.conversation_id,
        name=words.contact(part.name, part.contact_id),
        channel_kind=part.channel_kind,
        channel_name=part.channel_name,
        text=part.text,
        at=part.at,
        state=part.state,
        error=words.failure(part.error_code),
        attempts=part.attempts,
        may_requeue=part.channel_state is not ChannelState.REMOVED,
        file_name=part.file_name,
        act=words.say(_ACTS[part.act]) if part.act in _ACTS else None,
    )
