"""Reading back: what a server left out of its news, and what was said before we came in."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from connectors.base import PlatformError, Trouble
from connectors.matrix.cursors import Gap
from connectors.matrix.http import Refused, TooBig
from connectors.matrix.session import Session
from connectors.matrix.shapes import Object, identifier, listing, obj, text

_PAGE = (50, 10, 1)  # events of a page; fewer when they are too large
_FIRST_WORDS = 20  # pages; an invitation that waited for longer is told as a gap
_FILTER = '{"lazy_load_members":true}'


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order of the asking, and where it goes on. `lost`: why the rest is not here."""

    events: tuple[object, ...] = ()
    state: tuple[Object, ...] = ()
    end: str | None = None
    lost: str | None = None


async def forward(session: Session, gap: Gap) -> Page:
    """Return the next events of a gap, oldest first; `end` is None when it is closed.

    Raises `PlatformError` where asking again may help.
    """
    for limit in _PAGE:
        try:
            page = await _page(session, gap.room_id, "f", gap.start, gap.end, limit)
        except TooBig:
            continue
        except Refused as refusal:
            if refusal.limited or refusal.logged_out:
                raise refusal.trouble() from None
            return Page(lost="refused")
        return page if page.end != gap.start else Page(page.events, page.state)
    return Page(lost="oversize")


async def first_words(session: Session, room_id: str, me: str, before: str) -> Page:
    """Return what was said before `before`, back to our invitation, oldest first.

    Asking backwards lets the server fetch it from others: the first message of a citizen of
    another homeserver stands before our entry. Raises `PlatformError`.
    """
    found: list[object] = []
    state: list[Object] = []
    start = before
    for _ in range(_FIRST_WORDS):
        try:
            page = await _page(session, room_id, "b", start, None, _PAGE[0])
        except TooBig:
            return Page(tuple(reversed(found)), tuple(state), lost="oversize")
        except Refused as refusal:
            if refusal.limited or refusal.logged_out:
                raise refusal.trouble() from None
            return Page(tuple(reversed(found)), tuple(state), lost="refused")
        state.extend(page.state)
        for event in page.events:
            if _is_our_invitation(event, me):
                return Page(tuple(reversed(found)), tuple(state))
            found.append(event)
        if page.end is None or page.end == start:
            return Page(tuple(reversed(found)), tuple(state))
        start = page.end
    return Page(tuple(reversed(found)), tuple(state), lost="long_history")


async def _page(
    session: Session, room_id: str, direction: str, start: str, end: str | None, limit: int
) -> Page:
    query = {"dir": direction, "from": start, "limit": str(limit), "filter": _FILTER}
    if end is not None:
        query["to"] = end
    answer = await session.ask("GET", f"/rooms/{quote(room_id, safe='')}/messages", query=query)
    chunk = answer.get("chunk")
    if not isinstance(chunk, list):
        raise PlatformError(Trouble.GARBAGE, "a page without events")
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
