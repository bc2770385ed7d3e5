"""The way in: mails behind a place in a folder, in pages; nothing in the folder is changed."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from connectors.base import Batch, Lost, PlatformError, RawItem, Trouble
from connectors.details import Detail
from connectors.email import ids, items, mime
from connectors.email.archive import Archive
from connectors.email.imap import Folder, Imap, Listed
from connectors.email.subjects import Subjects
from connectors.email.wire import RefusedError
from connectors.mailserver import Server

_WAIT = 25.0  # seconds for news
_PAGE = 20  # mails
_PAGE_BYTES = 20 * 1024 * 1024
_LARGEST = 25 * 1024 * 1024  # bytes of a mail
_HEAD = 256 * 1024  # bytes of one that is larger
_LOOK_WITHIN = 2.0  # seconds
_TRIES = 10  # to list or fetch a mail over which the server breaks off
# RFC 5530: it is not the mail that is refused.
_LATER = frozenset({"UNAVAILABLE", "INUSE", "LIMIT"})
# A mailbox that moved to another server: what came lately is asked for again, by both its dates.
_CAME_BEFORE = timedelta(days=2)
_SENT_BEFORE = timedelta(days=14)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are in a folder: behind the mail number `uid`, as long as `validity` holds.

    `newest` is the day of the last mail. `since`: the folder was numbered anew, and what came
    since this day is read again.
    """

    validity: int
    uid: int
    newest: date
    since: date | None = None


class Inbox:
    """Reads one folder over a connection of its own."""

    def __init__(
        self,
        server: Server,
        folder: str,
        *,
        me: str,
        most: int,
        archive: Archive,
        subjects: Subjects,
        now: Callable[[], datetime],
    ) -> None:
        self._server = server
        self._folder = folder
        self._me = me
        self._most = most
        self._archive = archive
        self._subjects = subjects
        self._now = now
        self._imap: Imap | None = None
        self._broken_off: Counter[int] = Counter()
        self._one_by_one = False

    async def pull(self, cursor: str | None) -> Batch:
        """Return the next page behind `cursor`, waiting for one; raises `PlatformError`."""
        kept = self._imap is not None and self._imap.is_open
        try:
            return await self._pulled(cursor)
        except PlatformError as error:
            # A connection that was open for long may have gone unnoticed; a new one tells.
            if not kept or error.trouble is not Trouble.UNREACHABLE:
                raise
        return await self._pulled(cursor)

    def close(self) -> None:
        """Close the connection."""
        if self._imap is not None:
            self._imap.close()
            self._imap = None

    async def _pulled(self, cursor: str | None) -> Batch:
        if self._imap is None or not self._imap.is_open:
            self._imap = await Imap.connect(self._server)
        imap = self._imap
        folder = await opened(imap, self._folder)
        if cursor is None:  # from now on
            return Batch((), _write(Place(folder.validity, folder.next_uid - 1, self._today())))
        place = _read(cursor)
        if place is None:  # it is noted, and it goes on from now
            place = Place(folder.validity, folder.next_uid - 1, self._today())
            return Batch((_place_lost(place),), _write(place))
        if place.validity != folder.validity:
            place = Place(folder.validity, 0, place.newest, since=place.newest)
        uids = await _behind(imap, place)
        if not uids and place.since is None:
            await imap.wait(_WAIT)
            uids = await _behind(imap, place)
            if not uids:
                return Batch((), _write(place))
        if not uids:
            return Batch((), _write(_caught_up(place, folder)))
        return await self._page(imap, place, uids)

    async def _page(self, imap: Imap, place: Place, uids: list[int]) -> Batch:
        """Fetch the first of these mails; those that are gone meanwhile are nobody's news."""
        found: list[RawItem] = []
        size, last, newest = 0, place.uid, place.newest
        for one in await self._listed(imap, uids[:_PAGE]):
            its_size = 0 if one.refused else _LARGEST if one.size is None else one.size
            if found and size + min(its_size, _LARGEST) > _PAGE_BYTES:
                break
            item = await self._item(imap, place, one, cut=its_size > _LARGEST)
            if item is not None:
                found.append(item)
                size += its_size if its_size <= _LARGEST else _HEAD
            last = one.uid
            if one.received_at is not None:
                newest = max(newest, min(one.received_at.date(), self._today()))
        else:
            last = uids[:_PAGE][-1]
        after = replace(place, uid=last, newest=newest)
        return Batch(tuple(found), _write(after), more=last != uids[-1] or place.since is not None)

    async def _listed(self, imap: Imap, uids: Sequence[int]) -> Sequence[Listed]:
        """List some mails; where that does not work for all of them together, each by itself."""
        if not self._one_by_one:
            self._one_by_one = True
            try:
                listed = await imap.listed(uids)
            except RefusedError:
                pass
            else:
                self._one_by_one = False
                return listed
        found: list[Listed] = []
        for uid in uids:
            if self._has_failed(uid):
                found.append(Listed(uid, refused=True))
                continue
            try:
                with self._counting(uid):
                    found += await imap.listed([uid])
            except RefusedError:
                found.append(Listed(uid, refused=True))
        self._one_by_one = False
        return found

    async def _item(self, imap: Imap, place: Place, one: Listed, *, cut: bool) -> RawItem | None:
        if self._has_failed(one.uid):
            return _skipped(place, one.uid, Lost.UNREACHABLE)
        if one.refused:
            return _skipped(place, one.uid, Lost.REFUSED)
        try:
            with self._counting(one.uid):
                raw = await imap.content(one.uid, _HEAD if cut else _LARGEST)
        except RefusedError:  # it cannot read this one itself
            return _skipped(place, one.uid, Lost.REFUSED)
        if raw is None:
            return None
        # A large one keeps a core busy for a second.
        item = await asyncio.to_thread(
            items.item, raw, me=self._me, most=self._most, received_at=one.received_at, cut=cut
        )
        self._broken_off.pop(one.uid, None)
        item = await self._placed(item)
        self._subjects.learn(item)
        return item

    def _has_failed(self, uid: int) -> bool:
        return self._broken_off[uid] >= _TRIES

    @contextmanager
    def _counting(self, uid: int) -> Iterator[None]:
        """Count how often the server breaks off over a mail; a refusal of the mail goes through."""
        try:
            yield
        except RefusedError as refusal:
            if refusal.code not in _LATER:
                raise
            self._broken_off[uid] += 1
            raise PlatformError(Trouble.UNREACHABLE, f"{Detail.NO_ANSWER}: {refusal}") from None
        except PlatformError:
            self._broken_off[uid] += 1
            raise

    async def _placed(self, item: RawItem) -> RawItem:
        """Return a mail in the thread of the one of ours that it answers, where it says no more."""
        headers = cast("mime.Headers", item.payload["headers"])
        answered = ids.answered_alone(headers, self._me)
        root = await self._archive.thread(answered, within=_LOOK_WITHIN) if answered else None
        if root is None:
            return item
        return replace(item, order_key=root, payload={**item.payload, "thread": root})

    def _today(self) -> date:
        return self._now().date()


async def opened(imap: Imap, folder: str) -> Folder:
    """Open a folder; raises `PlatformError` where there is none."""
    try:
        return await imap.open(folder)
    except RefusedError as refusal:
        if refusal.code in {*_LATER, "SERVERBUG"}:
            trouble = f"{Detail.NO_ANSWER}: {refusal}"
            raise PlatformError(Trouble.UNREACHABLE, trouble) from None
        raise PlatformError(Trouble.SETTINGS, Detail.NO_FOLDER) from None


async def _behind(imap: Imap, place: Place) -> list[int]:
    """Return the numbers behind a place. `n:*` names the last mail even where that is older."""
    what = f"UID {place.uid + 1}:*"
    if place.since is not None:
        came, sent = place.since - _CAME_BEFORE, place.since - _SENT_BEFORE
        what += f" SINCE {_day(came)} SENTSINCE {_day(sent)}"
    try:
        found = await imap.search(what)
    except RefusedError as refusal:
        raise PlatformError(Trouble.GARBAGE, f"{Detail.UNREADABLE}: {refusal}") from None
    return [uid for uid in found if uid > place.uid]


def _caught_up(place: Place, folder: Folder) -> Place:
    """Return the place behind everything that was there when the folder was opened."""
    return replace(place, uid=max(place.uid, folder.next_uid - 1), since=None)


def _skipped(place: Place, uid: int, why: Lost) -> RawItem:
    """Return a note that a mail could not be taken in."""
    key = f"skipped:{place.validity}:{uid}"
    return RawItem(key, key, {"skipped": why})


def _place_lost(place: Place) -> RawItem:
    """Return a note that it is not known what was read before this place."""
    note = f"skipped:{Lost.PLACE_LOST}"
    return RawItem(f"{note}:{place.validity}:{place.uid}", note, {"skipped": Lost.PLACE_LOST})


def _day(day: date) -> str:
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def _write(place: Place) -> str:
    told = {"validity": place.validity, "uid": place.uid, "newest": place.newest.isoformat()}
    return json.dumps(told | ({"since": place.since.isoformat()} if place.since else {}))


def _read(cursor: str) -> Place | None:
    """Return a place as it was written, None where it cannot be read."""
    try:
        told = json.loads(cursor)
        since = told.get("since")
        return Place(
            int(told["validity"]),
            int(told["uid"]),
            date.fromisoformat(told["newest"]),
            date.fromisoformat(since) if since else None,
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
