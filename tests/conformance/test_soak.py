"""Ten thousand messages on each platform while everything goes wrong; `make soak` runs it.

Kills first: as many as asked for at each of eight points. Then one process takes all the messages,
with lines that break, a platform that limits, things that nobody can read, log-ins that end and
news that are told twice in no order, and its memory is measured at a fifth of them and at the end.
What is stored is what was sent, each once; what is called sent is seen, each once.
"""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.states import ChannelState
from bot.inbox.models import Message
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from connectors import registry
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered, NotRun, Push
from tests.conformance.test_city import City, city, is_read
from tests.fakes.line import Fate
from tests.support.waiting import settled, until

__all__ = ["city"]

MESSAGES = int(os.environ.get("STADTDRAHT_SOAK_MESSAGES", "0"))
KILLS = int(os.environ.get("STADTDRAHT_SOAK", "1"))
POINTS = (
    *("store:before", "store:after", "process:before", "process:after"),
    *("record:before", "record:after", "send:before", "send:after"),
)
PEOPLE = 40
_ANSWER = b"Opladen"  # in each answer, however it is wrapped
_GROWTH = 1.10
_PATIENCE = 1800.0
_AT_ONCE = 400  # messages that people write before the city has read them
_BETWEEN = 4  # requests between two troubles: a slow machine is no other test
_TOLD = 5  # messages that a platform tells twice by itself, in no order
# One round: a log-in that ends costs as much time as many of the others.
_ROUND = ("log_out", *("strike", "drop", "cut", "limit", "hush", "poison", "push") * 4)

pytestmark = [
    pytest.mark.skipif(not MESSAGES, reason="not run: `make soak` runs it"),
    pytest.mark.timeout(4 * 3600),
]


@dataclass
class Crowd:
    """People who write all the time; `said` is what they have written."""

    city: City
    said: list[str] = field(default_factory=list)
    _pen: threading.Lock = field(default_factory=threading.Lock)

    def write(self, count: int) -> None:
        """Write so many messages, each by the next person."""
        stage = self.city.stage
        for _ in range(count):
            who, text = self._next()
            stage.platform.say(who, text, visibility=stage.visibility)

    def pushed(self, count: int) -> list[Push]:
        """Write so many messages that the platform tells by itself."""
        return [self.city.stage.platform.push(*self._next()) for _ in range(count)]

    def _next(self) -> tuple[str, str]:
        with self._pen:
            number = len(self.said)
            self.said.append(f"Meldung {number:05d}: Wann ist Markt in Opladen?")
            return f"person{number % PEOPLE}", self.said[number]

    def heard(self) -> Counter[str]:
        """Return how often each of them is stored."""
        with self.city.database.read() as session:
            texts = session.scalars(
                select(Message.text).where(Message.direction == Direction.INBOUND)
            ).all()
        ours = {text[: text.index(":")] for text in self.said}
        found: Counter[str] = Counter()
        for text in texts:
            place = text.find("Meldung ")
            if place >= 0 and text[place : place + 13] in ours:
                found[text[place : place + 13]] += 1
        return found


class Troubles(threading.Thread):
    """Lets something go wrong again and again, until it is told to stop."""

    def __init__(self, crowd: Crowd, chance: random.Random) -> None:
        super().__init__(name="troubles")
        self._crowd = crowd
        self._city = crowd.city
        self._chance = chance
        self._ended = threading.Event()
        self._failure: Exception | None = None
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        try:
            while not self._ended.is_set():
                self._go_round()
        except Exception as error:  # noqa: BLE001 (whoever ends it is told)
            self._failure = error
        self._mend()

    def end(self) -> None:
        """End it; raises what made it end before."""
        self._ended.set()
        self.join()
        if self._failure is not None:
            raise self._failure

    def _go_round(self) -> None:
        for name in self._chance.sample(_ROUND, len(_ROUND)):
            if not self._is_time():
                return
            with suppress(NotOffered, NotRun):
                getattr(self, f"_{name}")()
                self.done[name] += 1

    def _is_time(self) -> bool:
        """Wait until the platform has been asked often enough since; False: it is over."""
        before = self._city.stage.asked
        while not self._ended.wait(0.05):
            if self._city.stage.asked >= before + _BETWEEN:
                return True
        return False

    def _mend(self) -> None:
        for line in self._city.stage.lines.values():
            line.mend()

    def _strike(self) -> None:
        line = self._chance.choice(list(self._city.stage.lines.values()))
        fates = (Fate.LOST, Fate.UNANSWERED, Fate.BROKEN, Fate.ENDED)
        line.strike(self._chance.choice(fates), at=self._chance.randint(1, 3))

    def _hush(self) -> None:
        line = self._chance.choice(list(self._city.stage.lines.values()))
        line.strike(Fate.SILENT)

    def _drop(self) -> None:
        for line in self._city.stage.lines.values():
            line.drop()

    def _cut(self) -> None:
        for line in self._city.stage.lines.values():
            line.cut()
        self._ended.wait(1.0)
        self._mend()

    def _limit(self) -> None:
        self._city.stage.platform.limit(self._chance.choice((1, 2, None)))

    def _poison(self) -> None:
        who = self._chance.randrange(PEOPLE)
        self._city.stage.platform.be_broken(f"person{who}")

    def _log_out(self) -> None:
        """End the log-in; when that is noticed, somebody enters a new one."""
        self._mend()
        platform = self._city.stage.platform
        platform.log_out()
        try:
            paused = ChannelState.PAUSED
            until("it is paused", lambda: self._city.state is paused, patience=_PATIENCE)
        finally:
            platform.log_in()
        self._city.renew()

    def _push(self) -> None:
        """Have the platform tell its news by itself: each twice, in no order."""
        city = self._city
        if registry.receiver(city.stage.kind) is None:
            raise NotOffered("it tells nobody by itself")
        told = self._crowd.pushed(_TOLD) * 2
        self._chance.shuffle(told)
        with httpx.Client(base_url=city.server.url, timeout=60) as http:
            for push in told:
                until("it is taken", partial(_takes, http, city.slug, push), patience=_PATIENCE)


def _takes(http: httpx.Client, slug: str, push: Push) -> bool:
    answer = http.post(f"/webhooks/{slug}", content=push.body, headers=dict(push.headers))
    return answer.status_code == 200


@case(23, "ten thousand messages with every trouble, and memory that does not grow")
def test_ten_thousand_messages(city: City) -> None:
    until("the account is read", lambda: is_read(city))
    crowd = Crowd(city)
    crowd.write(PEOPLE)
    until("everybody is known", lambda: len(crowd.heard()) == PEOPLE, patience=_PATIENCE)
    kills = die(crowd, MESSAGES // 5)
    city.server.stop()
    city.server.start()
    troubles = Troubles(crowd, random.Random(20261130))
    troubles.start()
    started = time.monotonic()
    try:
        weights = []
        for portion in portions(MESSAGES, MESSAGES // 5):
            for count in portions(portion, _AT_ONCE):
                crowd.write(count)
                wait_for(crowd)
            weights.append(rss(city.server.pid))
    finally:
        troubles.end()
    until("everything is settled", lambda: settled(city.database), patience=_PATIENCE)
    assert crowd.heard() == Counter({text[: text.index(":")]: 1 for text in crowd.said})
    sent, doubtful = deliveries(city)
    growth = weights[-1] / weights[0]
    print(
        f"\n{city.stage.kind}: {len(crowd.said)} in, {sent} out, {doubtful} unconfirmed, "
        f"{kills} kills, {dict(troubles.done)}, memory {growth:.2f} "
        f"({', '.join(f'{weight / 1024:.0f}' for weight in weights)} MiB), "
        f"{time.monotonic() - started:.0f} s"
    )
    assert growth <= _GROWTH


def die(crowd: Crowd, most: int) -> int:
    """Write while the server dies at each point in turn; return how often it did."""
    city, kills = crowd.city, 0
    share = max(1, most // (KILLS * len(POINTS)))
    for _ in range(KILLS):
        for point in POINTS:
            if point.startswith("send:"):
                fate = Fate.LOST if point.endswith("before") else Fate.UNANSWERED
                for line in city.stage.lines.values():
                    line.strike(fate, saying=_ANSWER, then=partial(_kill, city.server.pid))
            else:
                city.dies_at(point)
            crowd.write(share)
            until(f"it dies at {point}", lambda: not city.server.is_running, patience=_PATIENCE)
            for line in city.stage.lines.values():
                line.mend()
            city.server.start()
            kills += 1
    wait_for(crowd)
    return kills


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def portions(count: int, most: int) -> Iterator[int]:
    """Yield what makes `count`, at most `most` each."""
    for begin in range(0, count, most):
        yield min(most, count - begin)


def wait_for(crowd: Crowd) -> None:
    """Wait until all that was said is stored; raises `AssertionError` that names what is not."""
    try:
        until("they have come", lambda: all_came(crowd), patience=_PATIENCE)
    except AssertionError:
        heard = crowd.heard()
        rest = [text for text in crowd.said if text[: text.index(":")] not in heard]
        raise AssertionError(f"{len(rest)} of {len(crowd.said)} never came: {rest[:5]}") from None


def all_came(crowd: Crowd) -> bool:
    with crowd.city.database.read() as session:
        stored = select(func.count()).where(Message.direction == Direction.INBOUND)
        if session.scalars(stored).one() < len(crowd.said):  # before all are compared
            return False
    return len(crowd.heard()) == len(crowd.said)


def rss(pid: int) -> int:
    """Return the memory of the server's processes, in KiB."""
    told = subprocess.run(
        ["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)],
        check=True,
        capture_output=True,
        text=True,
    )
    return sum(map(int, told.stdout.split()))


def deliveries(city: City) -> tuple[int, int]:
    """Check what is called sent against what people see; return how many there are of each."""
    with city.database.read() as session:
        rows = session.execute(
            select(Delivery.state, func.count(Delivery.id)).group_by(Delivery.state)
        )
        states = {row[0]: int(row[1]) for row in rows}
        named = session.scalars(
            select(Delivery.native_id).where(Delivery.state == DeliveryState.SENT)
        ).all()
    assert None not in named, "nothing is sent without the platform's name"
    assert len(named) == len(set(named))
    seen = [one.native_id for one in city.stage.platform.heard()]
    assert len(seen) == len(set(seen))
    doubtful = states.get(DeliveryState.UNCONFIRMED, 0)
    assert set(states) <= {DeliveryState.SENT, DeliveryState.UNCONFIRMED}
    assert set(named) <= set(seen)
    assert len(seen) <= len(named) + doubtful, "nothing was posted twice"
    return len(named), doubtful
