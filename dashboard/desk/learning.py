"""The list "Richtig verstanden?": what the model was unsure of; a colleague says what was meant."""

import re
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from bot import clock
from bot.learning import queries
from bot.learning.queries import Doubted, Place
from bot.learning.rules import NEEDED
from bot.staff import permissions
from bot.staff.permissions import Permission
from connectors.capabilities import Visibility
from dashboard.desk import access, reasons
from dashboard.desk.meaning import FIRST, QUEUE
from dashboard.desk.page import page
from dashboard.desk.reasons import Labels, Reasons
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.web import web_of

router = new_router()

_PLACE = re.compile(r"(0\.\d{1,6}|1\.0)-([1-9]\d{0,17})")
_JUDGED = re.compile(r"([1-9]\d{0,17})-([1-9]\d{0,17})")


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the list."""

    conversation_id: int
    message_id: int
    name: str
    channel_kind: str
    channel_name: str
    public: bool
    at: datetime
    text: str
    why: Reasons


@router.get("/learning")
def show(request: Request, after: str = "", judged: str = "") -> Response:
    """List what nobody has judged, the most doubtful first; `judged` was so a moment ago."""
    user = access.current(request)
    permissions.require(user, Permission.UNDERSTANDING_JUDGE)
    found_place = _PLACE.fullmatch(after)
    place = Place(float(found_place[1]), int(found_place[2])) if found_place else None
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        doubted, following = queries.queue(session, now=clock.now(), after=place)
        labels = Labels(session, words)
        count = queries.count(session)
        right, of = queries.hits(session)
    last = _JUDGED.fullmatch(judged)
    return page(
        request,
        user,
        "desk/learning.html",
        items=[_item(one, labels) for one in doubted],
        more=link(QUEUE, after=f"{following.doubt}-{following.id}") if following else None,
        newest=QUEUE if place else None,
        back=after if place else FIRST,
        again=reasons.address(int(last[1]), int(last[2])) if last else None,
        count=count,
        needed=NEEDED,
        right=right,
        of=of,
    )


def _item(one: Doubted, labels: Labels) -> Item:
    turn = one.turn
    return Item(
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        name=labels.words.contact(one.name, one.contact_id),
        channel_kind=one.channel_kind,
        channel_name=one.channel_name,
        public=one.visibility is Visibility.PUBLIC,
        at=one.at,
        text=turn.text,
        why=reasons.of(turn, labels),
    )
