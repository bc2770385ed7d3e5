"""The queue: quiet windows, claims, fences, and giving back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.models import Channel
from bot.db.engine import Database
from bot.work import service as work
from bot.work.models import Work
from bot.work.service import LEASE, PATIENCE, Claim, Task
from bot.work.states import Lane
from tests.fakes.clock import NOON
from tests.support.waiting import somebody_waits

SECOND = timedelta(seconds=1)
IN = Lane.INBOUND


def announce(
    database: Database, channel: int, due: float, *, at: float = 0, key: str = "t"
) -> None:
    """Announce at second `at` that the thread is due at second `due`."""
    with database.unit_of_work() as session:
        task = Task(channel, key, NOON + due * SECOND)
        work.announce(session, IN, [task], now=NOON + at * SECOND)


def claim(database: Database, at: float, *, owner: str = "me", limit: int = 10) -> list[Claim]:
    with database.unit_of_work() as session:
        return work.claim(session, IN, owner, now=NOON + at * SECOND, limit=limit)


def row(database: Database, key: str = "t") -> Work | None:
    with database.read() as session:
        return session.scalar(select(Work).where(Work.order_key == key))


def due(database: Database) -> float:
    found = row(database)
    assert found is not None
    return (found.due_at - NOON) / SECOND


def test_later_items_move_the_quiet_window(database: Database, channel: int) -> None:
    announce(database, channel, 1.0)
    announce(database, channel, 1.7, at=0.7)
    announce(database, channel, 2.4, at=1.4)
    assert due(database) == 2.4


def test_the_window_never_moves_beyond_patience(database: Database, channel: int) -> None:
    for tenth in range(0, 100, 9):
        at = tenth / 10
        announce(database, channel, at + 1, at=at)
        if at >= 1 + PATIENCE / SECOND:
            break
        assert due(database) <= 1 + PATIENCE / SECOND
    assert due(database) == 1 + PATIENCE / SECOND
    assert claim(database, due(database))


def test_a_time_that_has_come_is_not_moved(database: Database, channel: int) -> None:
    announce(database, channel, 1.0)
    announce(database, channel, 2.5, at=1.5)
    assert due(database) == 1.0


def test_an_urgent_item_is_due_at_once_and_stays_so(database: Database, channel: int) -> None:
    announce(database, channel, 1.0)
    announce(database, channel, 0.5, at=0.5)
    assert due(database) == 0.5
    announce(database, channel, 1.6, at=0.6)
    assert due(database) == 0.5


def cry(database: Database, channel: int, *, at: float, key: str = "t") -> None:
    """Announce an urgent thread at second `at`."""
    with database.unit_of_work() as session:
        now = NOON + at * SECOND
        work.announce(session, IN, [Task(channel, key, work.urgent(now))], now=now)


def test_an_urgent_item_overtakes_all_and_its_own_thread(database: Database, channel: int) -> None:
    announce(database, channel, -300 * 24 * 3600, key="old")
    announce(database, channel, 1.0)
    cry(database, channel, at=10)
    announce(database, channel, 11.0, at=10)
    [first] = claim(database, 10, limit=1)
    assert first.order_key == "t"
    with database.unit_of_work() as session:
        assert work.claim(session, IN, "me", now=NOON, limit=9, only_urgent=True) == []


def test_what_is_urgent_stays_so_until_it_is_finished(database: Database, channel: int) -> None:
    def next_one(at: float) -> Claim:
        [found] = claim(database, at, limit=1)
        assert found.order_key == "t"
        return found

    announce(database, channel, -60, key="old")
    cry(database, channel, at=0)
    next_one(0)  # its holder dies
    mine = next_one(LEASE / SECOND)
    with database.unit_of_work() as session:
        work.postpone(session, [(mine, NOON + 40 * SECOND)])
        assert (
            work.claim(session, IN, "me", now=NOON + 39 * SECOND, limit=9, only_urgent=True) == []
        )
    next_one(40)
    with database.unit_of_work() as session:
        work.free_all(session, now=NOON + 41 * SECOND)
    mine = next_one(41)
    announce(database, channel, 43, at=42)
    with database.unit_of_work() as session:
        work.finish(session, [mine])
    assert due(database) == 43


def test_an_announcement_of_several_threads(database: Database, channel: int) -> None:
    with database.unit_of_work() as session:
        tasks = [Task(channel, f"t{n % 5}", NOON) for n in range(20)]
        work.announce(session, IN, tasks, now=NOON)
        work.announce(session, Lane.OUTBOUND, tasks[:1], now=NOON)
        work.announce(session, IN, [], now=NOON)
    assert {one.order_key for one in claim(database, 0)} == {f"t{n}" for n in range(5)}


def test_claims_take_the_oldest_first_and_no_more_than_asked(
    database: Database, channel: int
) -> None:
    for number in range(6):
        announce(database, channel, 6 - number, key=f"t{number}")
    taken = [one.order_key for one in claim(database, 10, limit=2)]
    taken += [one.order_key for one in claim(database, 10, limit=3)]
    assert set(taken[:2]) == {"t5", "t4"}
    assert set(taken[2:]) == {"t3", "t2", "t1"}


def test_claims_leave_what_is_early_in_another_lane_or_on_another_channel(
    database: Database, channel: int
) -> None:
    announce(database, channel, 5, key="early")
    with database.unit_of_work() as session:
        other = Channel(kind="api", slug="b", name="B", created_at=NOON)
        session.add(other)
        session.flush()
        work.announce(session, Lane.BULK, [Task(channel, "bulk", NOON)], now=NOON)
        work.announce(session, IN, [Task(other.id, "other", NOON)], now=NOON)
        only = work.claim(session, IN, "me", now=NOON, limit=9, channels=[channel])
        none = work.claim(session, IN, "me", now=NOON, limit=9, channels=[])
    assert only == none == []
    assert [one.order_key for one in claim(database, 0)] == ["other"]


def test_of_several_channels_the_one_that_waits_longest_comes_first(
    database: Database, channel: int
) -> None:
    with database.unit_of_work() as session:
        other = Channel(kind="api", slug="b", name="B", created_at=NOON)
        session.add(other)
        session.flush()
        for number in range(3):
            tasks = [
                Task(other.id, f"o{number}", NOON + number * SECOND),
                Task(channel, f"c{number}", NOON + (number + 1) * SECOND),
            ]
            work.announce(session, IN, tasks, now=NOON)
    both = [channel, other.id]
    taken: list[set[str]] = []
    with database.unit_of_work() as session:
        for limit in (2, 2, 9):
            later = NOON + 9 * SECOND
            found = work.claim(session, IN, "me", now=later, limit=limit, channels=both)
            taken.append({claim.order_key for claim in found})
    assert taken == [{"o0", "o1"}, {"c0", "c1"}, {"o2", "c2"}]


def test_many_claimers_never_get_a_thread_twice(database: Database, channel: int) -> None:
    with database.unit_of_work() as session:
        work.announce(session, IN, [Task(channel, f"t{n}", NOON) for n in range(120)], now=NOON)
    taken: list[Claim] = []

    def take(owner: str) -> None:
        while found := claim(database, 1, owner=owner, limit=7):
            assert len(found) <= 7
            taken.extend(found)

    threads = [Thread(target=take, args=(f"w{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # on PostgreSQL a claimer may find every row locked and go home early; the rest is still there
    while rest := claim(database, 1):
        taken.extend(rest)

    assert sorted(one.order_key for one in taken) == sorted(f"t{n}" for n in range(120))
    assert {one.fence for one in taken} == {1}


def test_a_held_thread_is_free_when_its_lease_ends(database: Database, channel: int) -> None:
    announce(database, channel, 0)
    [first] = claim(database, 0, owner="first")
    assert claim(database, LEASE / SECOND - 1, owner="second") == []
    [second] = claim(database, LEASE / SECOND, owner="second")
    assert second.fence == first.fence + 1


def test_renewing_keeps_a_thread_only_while_it_is_held(database: Database, channel: int) -> None:
    announce(database, channel, 0)
    [mine] = claim(database, 0)
    with database.unit_of_work() as session:
        work.renew(session, [mine], now=NOON + 15 * SECOND)
    assert claim(database, 34) == []
    [other] = claim(database, 35, owner="other")
    with database.unit_of_work() as session:
        work.renew(session, [mine], now=NOON + 50 * SECOND)
        assert work.hold(session, [mine, other]) == {other.id}
    assert claim(database, 55)


Change = Callable[[Session, Claim], None]
LATE: dict[str, Change] = {
    "finish": lambda session, mine: work.finish(session, [mine]),
    "postpone": lambda session, mine: work.postpone(session, [(mine, NOON)]),
    "renew": lambda session, mine: work.renew(session, [mine], now=NOON + 900 * SECOND),
}


@pytest.mark.parametrize("change", LATE)
def test_a_holder_whose_thread_was_taken_over_changes_nothing(
    database: Database, channel: int, change: str
) -> None:
    announce(database, channel, 0)
    [mine] = claim(database, 0, owner="frozen")
    [theirs] = claim(database, 30, owner="other")
    before = row(database)
    with database.unit_of_work() as session:
        assert work.hold(session, [mine]) == set()
        LATE[change](session, mine)
        assert work.hold(session, [theirs]) == {theirs.id}
    after = row(database)
    assert before is not None
    assert after is not None
    assert (after.due_at, after.lease_until, after.lease_owner, after.fence) == (
        before.due_at,
        before.lease_until,
        "other",
        before.fence,
    )


def test_finished_work_is_gone(database: Database, channel: int) -> None:
    announce(database, channel, 0)
    with database.unit_of_work() as session:
        work.finish(session, work.claim(session, IN, "me", now=NOON, limit=1))
        work.finish(session, [])
    assert row(database) is None


def test_what_got_something_meanwhile_stays_due(database: Database, channel: int) -> None:
    announce(database, channel, 0)
    mine = claim(database, 0)
    announce(database, channel, 4, at=3)
    assert claim(database, 5, owner="other") == [], "it is still held"
    with database.unit_of_work() as session:
        work.finish(session, mine)
    assert claim(database, 3.9) == []
    assert claim(database, 4)


def test_postponed_work_waits_and_can_be_announced_earlier(
    database: Database, channel: int
) -> None:
    announce(database, channel, 0)
    [mine] = claim(database, 0)
    with database.unit_of_work() as session:
        work.postpone(session, [(mine, NOON + 60 * SECOND)])
        work.postpone(session, [])
    assert claim(database, 59) == []
    announce(database, channel, 12, at=11)
    assert len(claim(database, 12)) == 1


def test_next_due_counts_what_nobody_holds(database: Database, channel: int) -> None:
    def next_due(channels: list[int] | None = None) -> datetime | None:
        with database.read() as session:
            return work.next_due(session, IN, channels=channels)

    assert next_due() is None
    announce(database, channel, 0, key="held")
    claim(database, 0)
    assert next_due() is None
    announce(database, channel, 7, key="later")
    announce(database, channel, 5, key="sooner")
    assert next_due() == next_due([channel]) == NOON + 5 * SECOND
    assert next_due([]) is None


def test_a_start_frees_every_lease(database: Database, channel: int) -> None:
    announce(database, channel, 0, key="held")
    claim(database, 0)
    announce(database, channel, 30, key="free")
    with database.unit_of_work() as session:
        work.free_all(session, now=NOON + 2 * SECOND)
    [freed] = claim(database, 2, owner="new")
    assert freed.order_key == "held"
    assert freed.fence == 2


def test_holding_and_announcing_lock_in_one_order(database: Database, channel: int) -> None:
    """A sender that holds many threads and a worker that announces them: nobody deadlocks."""
    if database.is_sqlite:
        return  # one writer at a time
    for key in ("z", "B", "a"):  # ids against the order of keys, keys against the dictionary's
        announce(database, channel, 0, key=key)
    claims = claim(database, 0)
    held: list[int] = []

    def hold_all() -> None:
        with database.unit_of_work() as session:
            held.extend(work.hold(session, claims))

    holder = Thread(target=hold_all)
    with database.unit_of_work() as session:
        work.announce(session, IN, [Task(channel, "B", NOON)], now=NOON)
        holder.start()
        while not somebody_waits(database):
            pass
        rest = [Task(channel, "a", NOON), Task(channel, "z", NOON)]
        work.announce(session, IN, rest, now=NOON)
    holder.join()
    assert sorted(held) == sorted(one.id for one in claims)
