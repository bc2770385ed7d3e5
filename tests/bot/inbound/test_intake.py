"""Group commit: many callers, each answered after its own commit, none hurt by another."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.db.engine import Database
from bot.inbound.intake import Intake, IntakeStoppedError
from bot.inbound.models import RawItem
from bot.inbound.service import Arrival, Stored
from tests.fakes.town import Town, item


@pytest.fixture
def intake(town: Town) -> Iterator[Intake]:
    intake = Intake(town.database, town.bells.inbound)
    intake.start()
    yield intake
    intake.stop()


def one(town: Town, native_id: str, thread: str = "t") -> list[Arrival]:
    return [Arrival(town.channel_id, item(native_id, thread, "Hallo"))]


def count(town: Town) -> int:
    with town.database.read() as session:
        return session.scalar(select(func.count()).select_from(RawItem)) or 0


def test_every_caller_gets_its_own_rows(town: Town, intake: Intake) -> None:
    async def put_all() -> list[list[Stored]]:
        return await asyncio.gather(
            *(intake.put(one(town, f"e{number % 150}", f"t{number}")) for number in range(300))
        )

    answers = asyncio.run(put_all())
    with town.database.read() as session:
        ids = dict(session.execute(select(RawItem.event_id, RawItem.id)).all())
    assert len(ids) == 150
    assert [answer[0].id for answer in answers] == [ids[f"e{n % 150}"] for n in range(300)]
    assert sum(not answer[0].duplicate for answer in answers) == 150


def test_a_request_with_several_items_is_answered_for_all(town: Town, intake: Intake) -> None:
    async def put() -> list[Stored]:
        return await intake.put([*one(town, "a"), *one(town, "b"), *one(town, "a")])

    assert [stored.duplicate for stored in asyncio.run(put())] == [False, False, True]


@pytest.mark.parametrize("kind", ["refused", "unreadable", "no_json"])
def test_a_bad_request_fails_alone(town: Town, intake: Intake, kind: str) -> None:
    bad = {
        "refused": Arrival(999, item("bad", "t", "x")),
        "unreadable": Arrival(town.channel_id, item("bad\ud800", "t", "x")),
        "no_json": Arrival(
            town.channel_id,
            item("bad", "t", "x", location=[object()]),  # type: ignore[list-item]
        ),
    }[kind]

    async def put_all() -> list[list[Stored] | BaseException]:
        good = [intake.put(one(town, f"e{number}")) for number in range(20)]
        good.insert(10, intake.put([bad]))
        return await asyncio.gather(*good, return_exceptions=True)

    answers = asyncio.run(put_all())
    failed = answers.pop(10)
    assert isinstance(failed, SQLAlchemyError if kind == "refused" else Exception)
    assert all(isinstance(answer, list) for answer in answers)
    assert count(town) == 20
    assert len(asyncio.run(intake.put(one(town, "later")))) == 1


def test_the_bell_rings_after_the_commit_for_what_cannot_wait(town: Town, intake: Intake) -> None:
    rung = town.bells.inbound.rung
    asyncio.run(intake.put(one(town, "a")))
    assert town.bells.inbound.rung == rung, "who processes knows when it is due"
    urgent = [Arrival(town.channel_id, item("now", "t", "Es brennt"), urgent=True)]
    asyncio.run(intake.put(urgent))
    assert town.bells.inbound.rung == rung + 1


def test_stop_stores_what_was_handed_in_and_takes_nothing_more(town: Town) -> None:
    intake = Intake(town.database, town.bells.inbound)

    async def put_and_stop() -> list[list[Stored]]:
        puts = [asyncio.ensure_future(intake.put(one(town, f"e{n}"))) for n in range(450)]
        await asyncio.sleep(0)  # every request is in the queue before the thread runs
        intake.start()
        await asyncio.to_thread(intake.stop)
        with pytest.raises(IntakeStoppedError):
            await intake.put(one(town, "late"))
        return await asyncio.gather(*puts)

    assert len(asyncio.run(put_and_stop())) == 450
    assert count(town) == 450


def test_a_caller_that_has_gone_does_not_harm(town: Town, intake: Intake) -> None:
    async def leave() -> None:
        left = asyncio.ensure_future(intake.put(one(town, "a")))
        await asyncio.sleep(0)
        left.cancel()
        await intake.put(one(town, "b"))

    asyncio.run(leave())
    assert count(town) == 2


def test_a_database_that_is_away_is_asked_once_for_all_who_wait(town: Town) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none")  # nobody listens there
    asked: list[object] = []
    event.listen(away.engine, "do_connect", lambda *call: asked.append(call[0]))
    intake = Intake(away, town.bells.inbound)

    async def put_all() -> list[list[Stored] | BaseException]:
        puts = [asyncio.ensure_future(intake.put(one(town, f"e{n}"))) for n in range(150)]
        await asyncio.sleep(0)  # every request is in the queue before the thread runs
        intake.start()
        await asyncio.to_thread(intake.stop)
        return await asyncio.gather(*puts, return_exceptions=True)

    answers = asyncio.run(put_all())
    away.close()
    assert len(answers) == 150
    assert all(isinstance(answer, SQLAlchemyError) for answer in answers)
    assert len(asked) == 1
