"""Taken conversations return to the assistant, and the citizen is told once."""

from datetime import UTC, datetime, timedelta
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from bot.city.rules import CityFacts, Hours, is_open, next_closing
from bot.inbox import handback
from bot.inbox import service as inbox
from bot.inbox.states import Handler
from tests.fakes.town import Town
from tests.support.waiting import somebody_waits

TOLD = "Ihr Gespräch ist wieder beim automatischen Assistenten."

hours = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 22), st.integers(1, 23))
    .filter(lambda span: span[0] < span[1])
    .map(lambda span: Hours(f"{span[0]:02}:00", f"{span[1]:02}:30")),
)
weeks = st.lists(hours, min_size=7, max_size=7).filter(any).map(tuple)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(weeks, st.integers(1, 20_000), instants)
def test_a_conversation_goes_back_after_a_silence_or_at_closing_time(
    week: tuple[Hours | None, ...], minutes: int, last: datetime
) -> None:
    facts = CityFacts(desk_hours=week, handback_after_minutes=minutes)
    due = handback.due_at(facts, last)
    silence = last + timedelta(minutes=minutes)

    assert last < due <= silence
    if due < silence:
        assert due == next_closing(facts, last)
        assert not is_open(facts, due)
        assert is_open(facts, due - timedelta(seconds=1))


@given(weeks, st.integers(1, 20_000), instants, instants)
def test_who_fell_silent_first_goes_back_first(
    week: tuple[Hours | None, ...], minutes: int, one: datetime, other: datetime
) -> None:
    """The sweep looks at the oldest only."""
    facts = CityFacts(desk_hours=week, handback_after_minutes=minutes)
    first, last = sorted((one, other))
    assert handback.due_at(facts, first) <= handback.due_at(facts, last)


def take(town: Town, name: str) -> int:
    town.turn(name, "Hallo")
    key = town.conversation(name).id
    with town.database.unit_of_work() as session:
        inbox.take(session, key, user_id=town.user_id, now=town.clock.now())
    return key


def sweep(town: Town) -> int:
    with town.database.unit_of_work() as session:
        return handback.sweep(session, town.connectors, now=town.clock.now())


def test_the_sweep_hands_back_and_tells_once(town: Town) -> None:
    take(town, "t")
    take(town, "u")
    town.clock.advance(59 * 60 - 60)
    assert sweep(town) == 0
    town.clock.advance(3 * 60)
    version = town.conversation("t").version
    assert sweep(town) == 2
    assert sweep(town) == 0
    town.send()

    assert town.platform.texts.count(town.answers("t")[-1].text) == 2  # one in each thread
    assert town.answers("t")[-1].text.startswith(TOLD)
    found = town.conversation("t")
    assert (found.handler, found.assignee_id) == (Handler.ASSISTANT, None)
    assert found.version > version
    assert town.turn("t", "Hallo") != ""


def test_it_goes_back_at_closing_time(town: Town) -> None:
    town.clock.at = datetime(2026, 11, 19, 15, 40, tzinfo=UTC)  # 16:40 in Berlin, open until 17
    take(town, "t")
    town.clock.at = datetime(2026, 11, 19, 15, 59, 59, tzinfo=UTC)
    assert sweep(town) == 0
    town.clock.advance(1)
    assert sweep(town) == 1


def test_a_colleague_who_hands_back_tells_the_citizen_once(town: Town) -> None:
    key = take(town, "t")
    for _ in range(2):  # the second time there is nothing left to hand back
        with town.database.unit_of_work() as session:
            handback.by_colleague(
                session,
                key,
                user_id=town.user_id,
                connectors=town.connectors,
                now=town.clock.advance(60),
            )
        assert sum(answer.text.startswith(TOLD) for answer in town.answers("t")) == 1
    assert town.conversation("t").handler is Handler.ASSISTANT


def test_closed_and_untaken_conversations_stay(town: Town) -> None:
    key = take(town, "closed")
    with town.database.unit_of_work() as session:
        inbox.close(session, key, user_id=town.user_id, now=town.clock.now())
    town.turn("free", "Hallo")
    town.clock.advance(999_999)
    assert sweep(town) == 0


def test_a_colleague_who_replies_during_the_sweep_keeps_the_conversation(town: Town) -> None:
    """On PostgreSQL the sweep waits for the reply's lock, and must look again behind it."""
    if town.database.is_sqlite:
        return  # one writer at a time
    key = take(town, "t")
    town.clock.advance(61 * 60)
    swept: list[int] = []
    sweeper = Thread(target=lambda: swept.append(sweep(town)))
    with town.database.unit_of_work() as session:
        inbox.reply(
            session,
            key,
            "Ich bin noch da",
            version=town.conversation("t").version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )
        sweeper.start()
        while not somebody_waits(town.database):
            pass
    sweeper.join()
    assert swept == [0]
    assert town.conversation("t").handler is Handler.STAFF
    assert not town.answers("t")[-1].text.startswith(TOLD)


def test_two_sweeps_at_once_tell_once(town: Town) -> None:
    take(town, "t")
    town.clock.advance(61 * 60)
    swept: list[int] = []
    sweepers = [Thread(target=lambda: swept.append(sweep(town))) for _ in range(4)]
    for sweeper in sweepers:
        sweeper.start()
    for sweeper in sweepers:
        sweeper.join()
    assert sum(swept) == 1
    assert sum(answer.text.startswith(TOLD) for answer in town.answers("t")) == 1
