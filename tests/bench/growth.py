"""Growth: what a message costs at 1,000,000 messages, beside what it costs at 10,000 (ADR 10).

Messages are rows of the inbox: half of them citizens', half answers. A cost is that of a citizen's
message with its answer, understanding left out, in batches of 50.
"""

import random
import shutil
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Self

from sqlalchemy import func, select

from bot import clock
from bot.channels.links import Links
from bot.channels.queries import Connectors
from bot.db import migrate
from bot.db.engine import Database
from bot.inbound import service as inbound
from bot.inbound.service import Arrival
from bot.inbound.worker import Worker
from bot.inbox import queries, thread
from bot.inbox.queries import Filters, View
from bot.outbox.models import Delivery
from bot.outbox.sender import Sender
from bot.outbox.states import DeliveryState
from bot.wake import Bells
from bot.work.states import Lane
from connectors.base import RawItem
from tests.bench.filling import History, fill, name
from tests.bench.processing import Constant
from tests.bench.table import show, timed
from tests.support import postgres

_SMALL, _LARGE = History(10_000), History(1_000_000)
_ROUNDS = 4
_ALLOWED = 1.2  # ADR 10
_COUNT, _TOGETHER, _WARM = 1000, 50, 200
_LOOKS = 40
_LONG, _OLD = 2, 5  # of the 25 threads that go on in a batch; the others are of late
_LATE = 600  # threads: those that began today where 1,000,000 messages are those of 90 days
_LATELY = timedelta(seconds=5)  # so that the quiet window of what is taken in is over


class City:
    """A filled database with the parts that a message goes through."""

    def __init__(self, url: str, history: History, seed: int) -> None:
        self.database = Database(url)
        self.history = history
        self._chance = random.Random(seed)
        self._fresh, self._events = count(1), count(1)
        connectors, bells = Connectors(), Bells()
        self._links = Links(connectors)
        self._links.start()
        self._worker = Worker(
            self.database,
            connectors,
            bells,
            lambda _: Constant(),
            owner="bench",
            base_url="http://127.0.0.1",
        )
        self._sender = Sender(
            self.database, self._links, connectors, bells, owner="bench", chance=lambda: 0.5
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._links.stop()
        self.database.close()

    def take_in(self) -> None:
        """Store messages as the intake does: half in threads there are, half in new ones."""
        known = self._known(_TOGETHER // 2)
        fresh = [self.history.conversations + next(self._fresh) for _ in known]
        arrivals = [Arrival(1, self._item(key)) for key in known + fresh]
        with self.database.unit_of_work() as session:
            inbound.store(session, arrivals, now=clock.now() - _LATELY)

    def process(self) -> None:
        self._worker.run_once(limit=_TOGETHER)

    def send(self) -> None:
        self._sender.run_once(Lane.OUTBOUND)

    def look_at_list(self) -> None:
        with self.database.read() as session:
            queries.rows(session, Filters(View.OPEN, user_id=1))
            for view in (View.WAITING, View.OPEN, View.UNREAD):
                queries.count(session, Filters(view, user_id=1))

    def look_at_thread(self) -> None:
        [key] = self._chance.sample(range(1, self.history.conversations + 1), 1)
        with self.database.read() as session:
            queries.row(session, key)
            thread.entries(session, key)

    def sent(self) -> int:
        with self.database.read() as session:
            return (
                session.scalar(
                    select(func.count())
                    .select_from(Delivery)
                    .where(Delivery.state == DeliveryState.SENT)
                )
                or 0
            )

    def _item(self, key: int) -> RawItem:
        event = name("e", self.history.turns + next(self._events))
        where = name("t", key)
        return RawItem(
            event,
            f"private:{where}",
            {
                "external_id": event,
                "thread": where,
                "sender": {"id": name("s", key)},
                "text": "Guten Tag",
            },
        )

    def _known(self, how_many: int) -> list[int]:
        """Return different threads that there are: long ones, old ones, most of them of late."""
        newest = self.history.conversations - _LATE
        long = range(1, self.history.long + 1)
        old = range(self.history.long + 1, newest + 1)
        late = range(newest + 1, self.history.conversations + 1)
        sample = self._chance.sample
        return sample(long, _LONG) + sample(old, _OLD) + sample(late, how_many - _LONG - _OLD)


_STEPS = {"taking in": City.take_in, "processing": City.process, "sending": City.send}
_READS = {"desk: list and counts": City.look_at_list, "desk: a thread": City.look_at_thread}
Figures = dict[str, list[tuple[float, float]]]


def run(folder: Path) -> None:
    """Print what a message costs on both engines at both sizes, and the ratio.

    Ends with exit code 1 where it costs too much in the large city (ADR 10).
    """
    ratios = [_compare("SQLite", *_sqlite(folder))]
    with postgres.controlled(durable=True) as cluster:
        ratios.append(_compare("PostgreSQL", *_postgres(cluster.url)))
    if max(ratios) > _ALLOWED:
        raise SystemExit(f"A message in a large city costs more than {_ALLOWED} times as much.")


def _sqlite(folder: Path) -> tuple[Callable[[str], str], Callable[[str, str], str]]:
    def make(title: str) -> str:
        return f"sqlite:///{folder / title}"

    def copy(title: str, new: str) -> str:
        shutil.copyfile(folder / title, folder / new)
        return make(new)

    return make, copy


def _postgres(maintenance: str) -> tuple[Callable[[str], str], Callable[[str, str], str]]:
    def make(title: str) -> str:
        return postgres.create_database(maintenance, title)

    def copy(title: str, new: str) -> str:
        return postgres.create_database(maintenance, new, template=title)

    return make, copy


def _compare(engine: str, make: Callable[[str], str], copy: Callable[[str, str], str]) -> float:
    """Print the table of an engine, and return the ratio of a whole message."""
    _fill(make("small"), _SMALL)
    large_url = make("large")
    _fill(large_url, _LARGE)
    figures: Figures = defaultdict(list)
    with City(large_url, _LARGE, 0) as large:
        for number in range(_ROUNDS):
            with City(copy("small", f"small_{number}"), _SMALL, number) as small:
                _round(small, large, figures)
    show(
        f"Growth ({engine}): a message at {_SMALL.messages:,} and at {_LARGE.messages:,} messages,"
        f" median of {_ROUNDS} rounds by turns",
        [*_rows(figures)],
    )
    return statistics.median(large / small for small, large in _whole(figures))


def _fill(url: str, history: History) -> None:
    database = Database(url)
    migrate.upgrade(database)
    fill(database, history)
    database.close()


def _round(small: City, large: City, figures: Figures) -> None:
    """Let both do the same by turns, so that what else the machine does strikes both alike."""
    _together(small, large, _STEPS, _WARM // _TOGETHER)
    before = small.sent(), large.sent()
    for title, taken in _together(small, large, _STEPS, _COUNT // _TOGETHER).items():
        figures[title].append(taken)
    if (small.sent() - before[0], large.sent() - before[1]) != (_COUNT, _COUNT):
        raise RuntimeError("not every message was answered")
    for title, taken in _together(small, large, _READS, _LOOKS).items():
        figures[title].append(taken)


def _together(
    small: City, large: City, steps: Mapping[str, Callable[[City], None]], times: int
) -> dict[str, tuple[float, float]]:
    taken = dict.fromkeys(steps, (0.0, 0.0))
    for _ in range(times):
        for title, step in steps.items():
            one, other = timed(partial(step, small)), timed(partial(step, large))
            taken[title] = taken[title][0] + one, taken[title][1] + other
    return taken


def _rows(figures: Figures) -> Iterator[tuple[str, ...]]:
    yield _row("a message, from in to out", _whole(figures), _COUNT)
    for title in _STEPS:
        yield _row(f"  {title}", figures[title], _COUNT)
    for title in _READS:
        yield _row(title, figures[title], _LOOKS)


def _whole(figures: Figures) -> list[tuple[float, float]]:
    """Return what a message cost in all its steps, round by round, in the small and the large."""
    return [
        (sum(small for small, _ in rounds), sum(large for _, large in rounds))
        for rounds in zip(*(figures[title] for title in _STEPS), strict=True)
    ]


def _row(title: str, rounds: list[tuple[float, float]], times: int) -> tuple[str, ...]:
    small, large = (statistics.median(side) / times * 1000 for side in zip(*rounds, strict=True))
    ratios = sorted(large / small for small, large in rounds)
    return (
        title,
        f"{small:.2f} ms",
        f"{large:.2f} ms",
        f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})",
    )
