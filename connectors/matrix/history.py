"""Reading back: what a server left out of its news, and what was said before we came in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from urllib.parse import quote

from connectors.asking import Refused, TooBig
from connectors.base import Lost, PlatformError, Trouble
from connectors.details import Detail
from connectors.matrix.cursors import Gap
from connectors.matrix.rooms import Scene, scene_before
from connectors.matrix.session import Session
from connectors.shapes import Object, identifier, listing, obj, text

_PAGE = (50, 10, 1)  # events of a page; fewer when they are too large
_FIRST_WORDS = 20  # pages; an invitation that waited for longer is told as a gap
_FILTER = '{"lazy_load_members":true}'


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of the asking, and where it goes on. `lost`: why the rest is not here.

    `scene`: the one before the events, where it is not the gap's.
    """

    events: tuple[object, ...] = ()
    state: tuple[Object, ...] = ()
    end: str | None = None
    lost: Lost | None = None
    scene: Scene | None = None


async def read(session: Session, gap: Gap, me: str) -> tuple[Page, Gap | None]:
    """Return the next events of a gap, oldest first, and what is left of it then.

    What is lost stood before the events. Raises `PlatformError` where asking again may help.
    """
    return await (_backward(session, gap, me) if gap.back else _forward(session, gap))


async def _forward(session: Session, gap: Gap) -> tuple[Page, Gap | None]:
    page = await _fitting(session, gap.room_id, "f", gap.start, gap.end)
    if page.lost:  # the way is blocked: what lies behind is read from the other end
        return page, Gap(gap.room_id, gap.end, gap.end, (gap.end,), floor=gap.start)
    on = page.end is not None and page.end != gap.start
    return page, replace(gap, start=page.end or "", tries=0, due=0) if on else None


async def _backward(session: Session, gap: Gap, me: str) -> tuple[Page, Gap | None]:
    """Go back to our invitation, or to the gap's floor, and then forward again, page by page.

    Asking backwards lets the server fetch it from others: the first message of a citizen of
    another homeserver stands before our entry. The scene goes back as well, event by event.
    """
    page = await _fitting(session, gap.room_id, "b", gap.back[-1], gap.floor)
    events = list(takewhile(lambda event: not _is_our_invitation(event, me), page.events))
    gap = replace(gap, tries=0, due=0)
    older = None
    if not gap.searched:
        if len(events) == len(page.events) and page.end not in (*gap.back, gap.floor):
            older = page.end
        if gap.scene is not None:
            gap = replace(gap, scene=scene_before(gap.scene, events, me))
    if older and len(gap.back) < _FIRST_WORDS:
        return Page(state=page.state), replace(gap, back=(*gap.back, older))
    lost = page.lost
    if gap.floor and not gap.searched:
        lost = None  # it was told when the way was found blocked
    if older:
        lost = Lost.LONG_HISTORY
    rest = replace(gap, back=gap.back[:-1], searched=True)
    found = Page(tuple(reversed(events)), page.state, lost=lost, scene=gap.scene)
    return found, rest if rest.back or rest.start != rest.end else None


async def _fitting(
    session: Session, room_id: str, direction: str, start: str, end: str | None
) -> Page:
    for limit in _PAGE:
        try:
            return await _page(session, room_id, direction, start, end, limit)
        except TooBig:
            continue
        except Refused as refusal:
            trouble = refusal.trouble()
            if trouble.trouble is not Trouble.SETTINGS:
                raise trouble from None
            return Page(lost=Lost.REFUSED)
    return Page(lost=Lost.OVERSIZE)


async def _page(
    session: Session, room_id: str, direction: str, start: str, end: str | None, limit: int
) -> Page:
    query = {"dir": direction, "from": start, "limit": str(limit), "filter": _FILTER}
    if end is not None:
        query["to"] = end
    answer = await session.ask("GET", f"/rooms/{quote(room_id, safe='')}/messages", query=query)
    chunk = answer.get("chunk")
    if not isinstance(chunk, list):
        raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
    return Page(tuple(chunk), tuple(_objects(answer.get("state"))), text(answer.get("end")))


def _objects(value: object) -> Iterable[Object]:
    return (obj(event) for event in listing(value) if isinstance(event, dict))


def _is_our_invitation(event: object, me: str) -> bool:
    found = obj(event)
    return (
        found.get("type") == "m.room.member"
        and identifier(found.get("state_key")) == me
        and obj(found.get("content")).get("membership") == "invite"
    )
