"""What X costs, and the account's book of what was spent in a month."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.shapes import listing, number, obj, text
from connectors.x import weight

# Thousandths of a US dollar. Source: X's price list of 20 April 2026 (docs.x.com, "Pricing", and
# the developer console), as of November 2026. Within a day of UTC the same thing is paid for once.
POST = 15
POST_WITH_LINK = 200
REPLY = 10  # to somebody who has summoned us, with or without a link
MESSAGE = 15  # a direct message that we send
DESCRIPTION = 5  # of a picture
MENTION_READ = 1  # an "owned read": of our own account's mentions and posts
ACCOUNT_READ = 1
MESSAGE_READ = 10
PUSHED_POST = 5  # a message of the webhook, beside its reading
PUSHED_MESSAGE = 10

_REMEMBERED = 500  # things that were read today: what the same page brings again is free
_WRITTEN_WITHIN = 2.0  # seconds: whoever sends waits for seven, then nobody knows what left
_OPEN_FOR = timedelta(days=2)  # then nobody asks any more what became of a post


def price(written: str) -> int:
    """Return what a new post costs at most, in thousandths of a US dollar: links cost extra."""
    return POST_WITH_LINK if weight.links(written) else POST


@dataclass(slots=True)
class _Book:
    """What the file says: a month's sum, the day's readings, and attempts that are still open."""

    month: str = ""
    spent: int = 0
    day: str = ""
    read: list[str] = field(default_factory=list)
    attempts: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    posted: dict[str, str] = field(default_factory=dict)  # what became of keys, the last ones


class Ledger:
    """Knows what was spent this month (UTC), over a restart too; asked before each paid call.

    An attempt is paid for before the call, and paid back where nothing was sent. What has an
    unknown end stays paid, and its time is remembered for those who look it up; so is what was
    posted, so that no other attempt is taken for it.

    An entry is decided in the event loop, where no other comes between, and written down by a
    thread of its own: in the order of the entries, whoever has stopped waiting for one.
    """

    def __init__(self, place: Path, budget: int, now: Callable[[], datetime]) -> None:
        """`budget` is for a month, in whole US dollars."""
        self._place = place
        self._budget = budget * 1000
        self._now = now
        self._book = _read(place)
        self._disk = ThreadPoolExecutor(1, "x-book")

    @property
    def left(self) -> int:
        """What may still be spent this month."""
        self._turn()
        return self._budget - self._book.spent

    def demand(self) -> None:
        """Raise `PlatformError` where nothing is left for reading."""
        if self.left <= 0:
            raise PlatformError(Trouble.SETTINGS, Detail.BUDGET_SPENT)

    async def note(self, kind: str, ids: Iterable[str], each: int) -> None:
        """Pay for things that were read, once a day for each."""
        self._turn()
        names = [f"{kind}:{one}" for one in ids]
        fresh = [name for name in dict.fromkeys(names) if name not in self._book.read]
        if not fresh:
            return
        self._book.spent += each * len(fresh)
        self._book.read = [*self._book.read, *fresh][-_REMEMBERED:]
        await self._keep()

    async def begin(self, key: str, cost: int) -> bool:
        """Pay for an attempt to post; False where there is not enough left.

        Raises `PlatformError` where that cannot be written down in time: nothing is paid then.
        """
        if key in self._book.attempts:  # an attempt before is paid for, and may have arrived
            return True
        if cost > self.left:
            return False
        self._book.spent += cost
        self._book.attempts[key] = (cost, self._now())
        try:
            async with asyncio.timeout(_WRITTEN_WITHIN):
                await self._keep()
        except BaseException as error:  # also where nobody waits any more: nothing will be sent
            self._pay_back(key)
            if isinstance(error, TimeoutError):
                raise PlatformError(Trouble.SETTINGS, "spent.json: the disk is slow") from None
            raise
        return True

    async def end(self, key: str, name: str | None) -> None:
        """Close an attempt: it has become what X calls `name`, or nothing has left."""
        if name is None:
            self._pay_back(key)
        else:
            self._book.attempts.pop(key, None)
            self._book.posted[key] = name
        # What has happened has happened: the book stands here, and the next entry writes it down.
        with suppress(PlatformError):
            await self._keep()

    async def close(self) -> None:
        """Wait until all is written down."""
        await asyncio.to_thread(self._disk.shutdown)

    def posted(self, key: str) -> str | None:
        """Return what a key has become, as far as that is remembered."""
        return self._book.posted.get(key)

    def is_taken(self, name: str) -> bool:
        """Tell whether something is known to be what another key has become."""
        return name in self._book.posted.values()

    def began_at(self, key: str) -> datetime | None:
        """Return when an attempt that is still open was made first."""
        cost_and_time = self._book.attempts.get(key)
        return cost_and_time[1] if cost_and_time else None

    def _pay_back(self, key: str) -> None:
        """Take an attempt out of the book; what was paid in another month is not this month's."""
        self._turn()
        cost, at = self._book.attempts.pop(key, (0, self._now()))
        if f"{at.astimezone(UTC):%Y-%m}" == self._book.month:
            self._book.spent -= cost

    def _turn(self) -> None:
        """Begin a new month or day; a clock that goes back does not make spent money come back."""
        now = self._now().astimezone(UTC)
        month, day = f"{now:%Y-%m}", f"{now:%Y-%m-%d}"
        if month > self._book.month:
            self._book.month, self._book.spent = month, 0
        if day > self._book.day:
            self._book.day, self._book.read = day, []

    async def _keep(self) -> None:
        """Write the book down as it is now; raises `PlatformError`."""
        now = self._now()
        old = [key for key, (_, at) in self._book.attempts.items() if now - at > _OPEN_FOR]
        for key in old:
            del self._book.attempts[key]
        self._book.posted = dict(list(self._book.posted.items())[-_REMEMBERED:])
        content: Mapping[str, object] = {
            "month": self._book.month,
            "spent": self._book.spent,
            "day": self._book.day,
            "read": self._book.read,
            "posted": dict(self._book.posted),
            "attempts": {
                key: [cost, at.isoformat()] for key, (cost, at) in self._book.attempts.items()
            },
        }
        loop = asyncio.get_running_loop()
        await asyncio.shield(loop.run_in_executor(self._disk, _write, self._place, content))


def _write(place: Path, content: Mapping[str, object]) -> None:
    """Write a book, so that a crash leaves the old one or the new one; raises `PlatformError`."""
    fresh = place.with_suffix(".new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    except FileNotFoundError:  # somebody else has put theirs in its place
        raise PlatformError(Trouble.COMPETING, "spent.json") from None
    except OSError as error:
        raise PlatformError(Trouble.SETTINGS, f"spent.json: {error.strerror}") from None


def _read(place: Path) -> _Book:
    """Return the book; one that nobody can read stops everything rather than forget money."""
    try:
        found = obj(json.loads(place.read_text("utf-8")))
    except FileNotFoundError:
        return _Book()
    except (OSError, ValueError):
        raise PlatformError(Trouble.SETTINGS, f"{Detail.BUDGET_SPENT}: spent.json") from None
    attempts = {key: _attempt(value) for key, value in obj(found.get("attempts")).items()}
    return _Book(
        month=text(found.get("month")) or "",
        spent=number(found.get("spent")) or 0,
        day=text(found.get("day")) or "",
        read=[str(one) for one in listing(found.get("read"))],
        attempts={key: attempt for key, attempt in attempts.items() if attempt},
        posted={key: str(name) for key, name in obj(found.get("posted")).items()},
    )


def _attempt(value: object) -> tuple[int, datetime] | None:
    match listing(value):
        case [int(cost), str(at)]:
            try:
                return cost, datetime.fromisoformat(at)
            except ValueError:
                return None
    return None
