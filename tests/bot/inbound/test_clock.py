"""A clock that jumps: nothing waits for hours, and nothing is done twice."""

from datetime import timedelta

import pytest

from bot.work import service as work
from bot.work.service import Task
from bot.work.states import Lane
from connectors.results import Transient
from tests.fakes.town import Town

HOUR = timedelta(hours=1)


def follow(town: Town) -> int:
    with town.database.unit_of_work() as session:
        return work.follow_clock(session, now=town.clock.now())


@pytest.mark.parametrize("hours", [1, 24 * 365])
def test_after_a_jump_back_waiting_messages_are_answered(town: Town, hours: int) -> None:
    town.says("t", "Hallo")
    town.clock.advance(-hours * 3600)
    assert town.work() == 0, "it would wait for hours"
    assert follow(town) == 1
    town.work()
    assert len(town.answers("t")) == 1


def test_after_a_jump_forward_everything_is_due_once(town: Town) -> None:
    town.says("t", "Hallo")
    town.clock.advance(24 * 3600)
    town.work()
    town.send()
    town.clock.advance(-24 * 3600)
    follow(town)
    town.work()
    town.send()
    assert len(town.platform.log) == 1


def test_a_part_that_waits_for_its_platform_is_left_alone(town: Town) -> None:
    now = town.clock.now()
    with town.database.unit_of_work() as session:
        work.announce(session, Lane.OUTBOUND, [Task(town.channel_id, "t", now + HOUR)], now=now)
    assert follow(town) == 0
    town.clock.advance(-3 * 3600)
    assert follow(town) == 1


def test_a_lease_from_the_future_is_freed(town: Town) -> None:
    town.says("t", "Hallo")
    town.clock.advance(5 * 3600)
    with town.database.unit_of_work() as session:
        assert work.claim(session, Lane.INBOUND, "dead", now=town.clock.now(), limit=1)
    town.clock.advance(-5 * 3600)
    assert follow(town) > 0
    town.work()
    assert len(town.answers("t")) == 1


def test_a_part_that_was_to_be_tried_again_is_tried_after_a_jump_back(town: Town) -> None:
    town.platform.script = [Transient("refused")]
    town.turn("t", "Hallo")
    town.send()
    assert len(town.platform.log) == 1
    town.clock.jump(-24 * 3600)
    follow(town)
    town.send()
    assert len(town.platform.log) == 2
    assert [str(part.state) for part in town.deliveries()] == ["sent"]
