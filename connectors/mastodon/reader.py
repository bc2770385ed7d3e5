"""The way in: notifications upwards from the last one, and changes of what was said lately."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from connectors.asking import Refused
from connectors.base import Batch, Lost, PlatformError, RawItem
from connectors.mastodon import cursors, items, statuses
from connectors.mastodon.cursors import WATCHED, Cursor, Watched
from connectors.mastodon.roots import Roots
from connectors.mastodon.session import Session, TooBigPage
from connectors.shapes import Object, obj, text

_PAGE = 40
_PAUSES = (0.5, 1.0, 2.0, 3.0, 4.0)  # seconds, after each question that brings nothing
_SLOWEST = 30.0
# Of 300 requests in five minutes: from here on they are spread, and the last are for sending.
_SCARCE = 150
_FOR_SENDING = 40
_LOOK_AGAIN = 5.0  # seconds between two looks at what was said lately
_AT_ONCE = 20

Sleep = Callable[[float], Awaitable[None]]


class Reader:
    """Asks for news; what it has to remember stands in the cursor.

    An instance tells nobody who polls that a status was changed or taken back. So the newest ones
    are read again, twenty at a time: the newest, and in turn those before them.
    """

    def __init__(
        self,
        session: Session,
        roots: Roots,
        *,
        ticks: Callable[[], float],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._roots = roots
        self._ticks = ticks
        self._sleep = sleep
        self._in_vain = 0  # questions, one after the other
        self._looked_at = ticks()
        self._looks = 0
        self._singly = 0  # how many are still asked for one by one, after a page beyond every size

    async def pull(self, stored: str | None) -> Batch:
        """Return what is new; raises `PlatformError`."""
        if stored is None:
            return await self._begin(())
        before = cursors.read(stored)
        if before is None:
            return await self._begin((items.skipped(Lost.PLACE_LOST, "cursor"),))
        if self._in_vain:
            await self._sleep(self._pause())
        page, oversize = await self._page(before)
        found, after = await self._taken(page, before)
        if oversize is not None:
            found.append(items.skipped(Lost.OVERSIZE, oversize))
            after = replace(after, after=oversize)
        elif not page and self._may_look():
            found, after = await self._looked(before)
        more = (bool(page) or oversize is not None) and after.after != before.after
        self._in_vain = 0 if more else self._in_vain + 1
        return Batch(tuple(found), cursors.write(after), more, self._session.standing())

    async def _begin(self, found: tuple[RawItem, ...]) -> Batch:
        """Begin behind the newest notification."""
        try:
            page = _in_order(await self._session.news({"limit": "1"}))
            newest = next((id_ for one in reversed(page) if (id_ := _id(one))), "0")
        except TooBigPage as beyond:
            if beyond.newest is None:
                raise
            newest = beyond.newest
        return Batch(found, cursors.write(Cursor(newest)), standing=self._session.standing())

    async def _page(self, before: Cursor) -> tuple[list[Object], str | None]:
        """Return the next page, or the id of a notification that alone is beyond every size."""
        if not self._singly:
            query = {"min_id": before.after, "limit": str(_PAGE)}
            try:
                return _in_order(await self._session.news(query)), None
            except TooBigPage:
                self._singly = _PAGE
        self._singly -= 1
        try:
            return _in_order(await self._session.news({"min_id": before.after, "limit": "1"})), None
        except TooBigPage as beyond:
            if beyond.newest is None or int(beyond.newest) <= int(before.after):
                raise
            return [], beyond.newest

    async def _taken(self, page: Sequence[Object], before: Cursor) -> tuple[list[RawItem], Cursor]:
        """Return the items of a page, and the place behind them."""
        me = self._session.me
        wanted = [one for one in page if items.is_wanted(one)]
        readable = [one for one in wanted if not items.is_monstrous(one)]
        for one in readable:
            account = obj(one.get("account"))
            if (account_id := statuses.identifier(account.get("id"))) and (
                name := text(account.get("acct"))
            ):
                self._session.learn_name(account_id, name)
        said = [obj(one.get("status")) for one in readable if items.kind(one) not in items.SIGNS]
        roots = await self._roots.of(
            status
            for status in said
            if statuses.author(status) != me.id and not statuses.is_private(status, me)
        )
        found: list[RawItem] = []
        watched = {one.id: one for one in before.watched}
        for one in wanted:
            status = obj(one.get("status"))
            status_id = statuses.identifier(status.get("id")) or ""
            root = roots.get(status_id, status_id)
            ours = status_id in roots and root != status_id and self._roots.is_ours(root)
            brought = list(items.told(one, me, root, self._session.now(), ours=ours))
            found += brought
            if brought and brought[0].about == status_id:
                when = text(status.get("edited_at")) or ""
                watched.pop(status_id, None)
                whose = statuses.author(status) or ""
                watched[status_id] = Watched(
                    status_id, when, len(brought), brought[0].order_key, whose
                )
        ids = [id_ for one in page if (id_ := _id(one))]
        after = max([*ids, before.after], key=int)
        return found, Cursor(after, tuple(watched.values())[-WATCHED:])

    def _may_look(self) -> bool:
        rate = self._session.rate
        scarce = rate is not None and rate.left < _FOR_SENDING
        return not scarce and self._ticks() - self._looked_at >= _LOOK_AGAIN

    async def _looked(self, before: Cursor) -> tuple[list[RawItem], Cursor]:
        """Read some statuses again; what does not work out now is looked at later."""
        self._looked_at = self._ticks()
        chosen = self._turn(before.watched)
        found: list[RawItem] = []
        changed: dict[str, Watched | None] = {}
        hiding: dict[str, bool] = {}
        try:
            now = await self._session.statuses([one.id for one in chosen])
            for one in chosen:
                status = now.get(one.id)
                if status is not None:
                    when = text(status.get("edited_at")) or ""
                    if when != one.edited_at:
                        found.append(items.edited(status, self._session.me, one.id, one.order_key))
                        changed[one.id] = replace(one, edited_at=when)
                elif await self._is_gone(one.id):
                    if one.author not in hiding:
                        hiding[one.author] = await self._session.hides(one.author)
                    # Who blocks us after an abuse does not take away what we have of it.
                    if not hiding[one.author]:
                        found.append(items.gone(one.id, one.parts, one.order_key))
                    changed[one.id] = None
        except (Refused, PlatformError):
            pass  # asking for news will tell what is the matter
        kept = (changed.get(one.id, one) for one in before.watched)
        return found, Cursor(before.after, tuple(one for one in kept if one is not None))

    def _turn(self, watched: Sequence[Watched]) -> Sequence[Watched]:
        """Return the newest ones, every other time those of a page before them."""
        pages = [watched[max(0, end - _AT_ONCE) : end] for end in range(len(watched), 0, -_AT_ONCE)]
        self._looks += 1
        if not pages:
            return ()
        older = pages[1:]
        return older[self._looks // 2 % len(older)] if older and self._looks % 2 == 0 else pages[0]

    async def _is_gone(self, status_id: str) -> bool:
        """Ask for a status by itself: a list may leave one out for other reasons."""
        try:
            await self._session.ask("GET", f"/api/v1/statuses/{status_id}")
        except Refused as refusal:
            if refusal.status in {404, 410}:
                return True
            raise
        return False

    def _pause(self) -> float:
        """Return how many seconds to wait, so that the requests last until they count anew."""
        pause = _PAUSES[min(self._in_vain, len(_PAUSES)) - 1]
        rate = self._session.rate
        if rate is None or rate.left >= _SCARCE:
            return pause
        spread = rate.anew_in.total_seconds() / max(1, rate.left - _FOR_SENDING)
        return min(max(pause, spread), _SLOWEST)


def _in_order(page: list[object]) -> list[Object]:
    """Return a page oldest first; what has no id that counts goes first."""
    return sorted(map(obj, page), key=lambda one: int(_id(one) or 0))


def _id(notification: Object) -> str | None:
    return statuses.identifier(notification.get("id"))
