"""A platform that is away, busy, or wants a new log-in: what the sender does about it."""

from datetime import timedelta

from sqlalchemy import select

from bot.channels import health
from bot.channels.models import Channel, ChannelHealth
from bot.channels.states import ChannelState
from bot.outbox.breakers import Breaker
from connectors.base import Trouble
from connectors.results import LoginNeeded, Permanent, Refusal, RetryAfter, Scope, Sent, Transient
from tests.bot.outbox.support import open_threads, states, tell
from tests.fakes.clock import NOON
from tests.fakes.town import Town

DOWN = Transient("refused")
SEALED = Transient("no key", Scope.CHAT)
HALF = 0.5


def breaker(failures: int = 0) -> Breaker:
    made = Breaker(lambda: HALF)
    for _ in range(failures):
        made.note(DOWN, NOON)
    return made


def test_five_failures_in_a_row_open_it_and_one_part_probes() -> None:
    made = breaker(4)
    assert made.room(10, NOON) == 10
    made.note(DOWN, NOON)
    assert made.room(10, NOON) == 0
    later = NOON + timedelta(seconds=30)
    assert made.room(10, later) == 1
    made.note(Sent("n"), later)
    assert made.room(10, later) == 10


def test_a_probe_that_fails_doubles_the_wait_up_to_ten_minutes() -> None:
    made, now, waits = breaker(4), NOON, []
    for _ in range(8):
        made.note(DOWN, now)
        wait = next(s for s in range(1, 700) if made.room(10, now + timedelta(seconds=s)))
        waits.append(wait)
        now += timedelta(seconds=wait)
    assert waits == [30, 60, 120, 240, 480, 600, 600, 600]


def test_any_answer_shows_that_the_platform_lives() -> None:
    made = breaker(4)
    made.note(Permanent(Refusal.FORBIDDEN), NOON)
    for _ in range(4):
        made.note(DOWN, NOON)
    assert made.room(10, NOON) == 10


def test_what_fails_for_one_chat_says_nothing_of_the_platform() -> None:
    made = breaker(4)
    for _ in range(9):
        made.note(SEALED, NOON)
    assert made.room(10, NOON) == 10
    made.note(DOWN, NOON)
    assert made.room(10, NOON) == 0, "nor does it show that the platform lives"


def test_one_bad_room_does_not_silence_the_channel(town: Town) -> None:
    open_threads(town, "bad", "good")
    town.platform.script = [SEALED] * 8
    tell(town, "bad", "eins")
    sender = town.sender()
    for _ in range(8):
        town.send(sender=sender)
        town.clock.advance(300)
    tell(town, "good", "zwei")
    town.platform.script = []
    town.send(sender=sender)
    assert "zwei" in town.platform.texts


def test_a_clock_that_jumps_back_does_not_keep_it_open() -> None:
    made = breaker(5)
    assert made.room(10, NOON - timedelta(hours=5)) == 1


def test_an_outage_is_asked_by_one_part_at_a_time(town: Town) -> None:
    threads = [f"t{number}" for number in range(6)]
    open_threads(town, *threads)
    town.platform.script = [DOWN] * 100
    for thread in threads:
        tell(town, thread, thread)
    sender = town.sender()
    town.send(sender=sender)
    asked = len(town.platform.log)
    assert asked == 6
    town.send(sender=sender)
    assert len(town.platform.log) == asked, "it rests"
    town.clock.advance(40)
    town.send(sender=sender)
    assert len(town.platform.log) == asked + 1, "one part probes"

    town.platform.script = []
    town.clock.advance(700)
    town.send(sender=sender)
    town.clock.advance(1)
    town.send(sender=sender)
    assert states(town) == ["sent"] * 6


def test_a_lost_login_pauses_the_channel_and_loses_nothing(town: Town) -> None:
    town.platform.script = [LoginNeeded("M_UNKNOWN_TOKEN")]
    tell(town, "t", "eins", "zwei")
    town.send()
    assert states(town) == ["retry", "queued"]
    with town.database.read() as session:
        assert session.scalar(select(Channel.state)) == ChannelState.PAUSED
        found = session.scalars(select(ChannelHealth)).one()
        assert (found.trouble, found.detail) == (Trouble.LOGIN, "M_UNKNOWN_TOKEN")
    town.clock.advance(600)
    town.send()
    assert town.platform.texts == ["eins"]

    with town.database.unit_of_work() as session:
        session.get_one(Channel, town.channel_id).state = ChannelState.ACTIVE
        health.clear(session, town.channel_id, now=town.clock.now())
    town.send()
    assert town.platform.texts == ["eins", "eins", "zwei"]
    assert states(town) == ["sent", "sent"]
    with town.database.read() as session:
        assert session.scalars(select(ChannelHealth.trouble)).one() is None


def test_patience_for_the_channel_holds_for_all_its_threads(town: Town) -> None:
    open_threads(town, "a", "b")
    town.platform.script = [RetryAfter(timedelta(seconds=90), Scope.CHANNEL)]
    tell(town, "a", "eins")
    town.send()
    tell(town, "b", "zwei")
    town.send()
    assert town.platform.texts == ["eins"]
    town.clock.advance(89)
    town.send()
    assert town.platform.texts == ["eins"]
    town.clock.advance(1)
    town.send()
    assert sorted(town.platform.texts) == ["eins", "eins", "zwei"]


def test_patience_for_a_chat_holds_for_this_chat_only(town: Town) -> None:
    open_threads(town, "a", "b")
    town.platform.script = [RetryAfter(timedelta(seconds=90), Scope.CHAT)]
    tell(town, "a", "eins")
    town.send()
    tell(town, "b", "zwei")
    town.send()
    assert town.platform.texts == ["eins", "zwei"]
