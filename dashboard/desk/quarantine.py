"""The list "Unlesbar": what nobody could read or take in, why, and what can be done about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels import queries as channels
from bot.inbound import quarantine
from bot.inbound.quarantine import QuarantinedItem
from bot.staff import permissions
from bot.staff.permissions import Permission
from connectors.base import Lost
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import UNREADABLE, Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_RAW = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """An item in the list; `raw` is cut. In a note is nothing to read again; it may name a room."""

    id: int
    channel_kind: str
    channel_name: str
    received_at: datetime
    reason: str
    error: str
    raw: str
    attempts: int
    is_note: bool
    room: str | None


@router.get("/quarantine")
def show(request: Request) -> Response:
    """List the newest items that could not be read."""
    user = access.current(request)
    permissions.require(user, Permission.QUARANTINE_READ)
    with web_of(request).app.database.read() as session:
        found = quarantine.items(session)
        kinds = {channel.name: channel.kind for channel in channels.channels(session)}
    words = Words(user.language)
    items = [_item(item, kinds.get(item.channel_name, ""), words) for item in found]
    may_retry = permissions.allows(user, Permission.QUARANTINE_RETRY)
    return page(request, user, "desk/quarantine.html", items=items, more=None, may_retry=may_retry)


@router.post("/quarantine/{item_id}/retry")
def retry(
    request: Request, item_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Put an item back in line."""
    user = access.entitled(request, Permission.QUARANTINE_RETRY, token)
    app = web_of(request).app
    with app.database.unit_of_work() as session:
        actor = Actor(ActorKind.USER, user.id)
        quarantine.retry(session, item_id, actor=actor, now=clock.now())
    app.bells.inbound.ring()
    return see_other("/desk/quarantine?done=retried")


@router.post("/quarantine/{item_id}/settle")
def settle(
    request: Request, item_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Put a note aside: somebody has looked."""
    user = access.entitled(request, Permission.QUARANTINE_RETRY, token)
    with web_of(request).app.database.unit_of_work() as session:
        actor = Actor(ActorKind.USER, user.id)
        quarantine.settle(session, item_id, actor=actor, now=clock.now())
    return see_other("/desk/quarantine?done=noted")


def _item(item: QuarantinedItem, kind: str, words: Words) -> Item:
    return Item(
        id=item.id,
        channel_kind=kind,
        channel_name=item.channel_name,
        received_at=item.received_at,
        reason=words.lost(item.lost) if item.lost else words.say(UNREADABLE),
        error=item.error or "",
        raw=item.payload if len(item.payload) <= _RAW else f"{item.payload[:_RAW]} …",
        attempts=item.attempts,
        is_note=item.lost is not None,
        room=item.order_key if item.lost and item.lost != Lost.PLACE_LOST else None,
    )
