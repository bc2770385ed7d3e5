"""The watch raises what the data shows, counts it, and clears it when its cause is gone."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.alarms import rules
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState, SubjectKind
from bot.audit.service import CLI
from bot.channels import accounts as channel_accounts
from bot.channels import health
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.outbox import queries as outbox_queries
from bot.outbox import service as outbox
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.privacy import service as privacy
from bot.privacy import trust
from bot.staff.login import LogInFailedError
from bot.staff.states import Role
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from connectors.base import PlatformError, Trouble
from tests.bot.alarms.conftest import House, look
from tests.bot.outbox.support import tell
from tests.bot.staff import support as accounts
from tests.fakes.town import item
from tests.support.plans import recorded

LONG = rules.SILENT_AFTER.total_seconds()


def set_deliveries(house: House, *states: DeliveryState) -> None:
    with house.database.unit_of_work() as session:
        ids = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
        for key, state in zip(ids, states, strict=True):
            session.execute(update(Delivery).where(Delivery.id == key).values(state=state))


def test_a_quiet_city_has_no_alarm(house: House) -> None:
    house.town.turn("t", "Hallo")
    house.town.send()
    assert look(house, house.watch(), after=3600) == []


def test_what_was_not_delivered_counts_by_channel_and_opens_again_when_it_grows(
    house: House,
) -> None:
    tell(house.town, "t", "eins", "zwei", "drei")
    house.town.send()
    watch = house.watch()
    set_deliveries(house, DeliveryState.DEAD, DeliveryState.SENT, DeliveryState.SENT)
    assert look(house, watch) == [(AlarmKind.DELIVERY_FAILED, 1)]
    [alarm] = house.alarms()
    assert (alarm.subject_kind, alarm.subject_id) == (
        SubjectKind.CHANNEL,
        house.town.channel_id,
    )
    house.acknowledge(house.add(Role.MANAGER, None), alarm.id)
    assert look(house, watch, after=10) == [(AlarmKind.DELIVERY_FAILED, 1)]
    assert house.alarms()[0].state is AlarmState.ACKNOWLEDGED
    set_deliveries(house, DeliveryState.DEAD, DeliveryState.SENT, DeliveryState.UNCONFIRMED)
    assert look(house, watch, after=10) == [(AlarmKind.DELIVERY_FAILED, 2)]
    assert house.alarms()[0].state is AlarmState.OPEN
    set_deliveries(house, *[DeliveryState.SENT] * 3)
    assert look(house, watch, after=10) == []


def test_what_a_person_has_put_aside_or_a_removed_channel_left_is_no_alarm(house: House) -> None:
    tell(house.town, "t", "eins", "zwei")
    watch = house.watch()
    set_deliveries(house, DeliveryState.DEAD, DeliveryState.UNCONFIRMED)
    assert look(house, watch) == [(AlarmKind.DELIVERY_FAILED, 2)]
    first = house.town.deliveries()[0].id
    with house.database.unit_of_work() as session:
        outbox.settle(session, first, actor=CLI, now=house.town.clock.now())
    assert look(house, watch) == [(AlarmKind.DELIVERY_FAILED, 1)]
    with house.database.unit_of_work() as session:
        channel_accounts.remove(session, "fake", actor=CLI, now=house.town.clock.now())
    assert look(house, watch) == []
    with house.database.read() as session:
        assert outbox_queries.count_stuck(session, most=9) == 1, "it can still be read"


def test_one_channel_does_not_hide_another(house: House) -> None:
    """The older channel's one part lies under very many of the newer one's."""
    tell(house.town, "t", "eins")
    set_deliveries(house, DeliveryState.DEAD)
    with house.database.unit_of_work() as session:
        channels.add(session, "webchat", "Other", actor=CLI, now=house.town.clock.now())
        other = session.scalars(select(Channel.id).where(Channel.slug == "other")).one()
        known = session.scalars(select(Delivery)).one()
        session.add_all(
            Delivery(
                channel_id=other,
                message_id=known.message_id,
                visibility=known.visibility,
                thread=known.thread,
                part=place,
                key=f"key {place}",
                text=known.text,
                buttons=[],
                state=DeliveryState.DEAD,
                due_at=known.due_at,
                created_at=known.created_at,
            )
            for place in range(1, 1002)
        )
    found = look(house, house.watch())
    assert found == [(AlarmKind.DELIVERY_FAILED, 1), (AlarmKind.DELIVERY_FAILED, 1000)]


def test_a_clock_that_is_set_back_holds_no_alarm_back(house: House) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.town.turn("t", "Notfall in der Dorfstraße 5")
    assert house.alarms()
    now = house.town.clock.advance(-3600)
    house.watch().run_once(now)
    [notice] = house.waiting()
    assert notice.due_at == now
    [alarm] = house.alarms()
    assert (alarm.state, alarm.raised_at, alarm.last_at) == (AlarmState.OPEN, now, now)
    house.watch().run_once(house.town.clock.advance(rules.ESCALATE_AFTER.total_seconds()))
    assert house.alarms()[0].escalated_at is not None


def test_a_channel_that_is_paused_on_purpose_needs_no_log_in(house: House) -> None:
    watch, now = house.watch(), house.town.clock.now()
    with house.database.unit_of_work() as session:
        health.log_out(session, house.town.channel_id, "401", now=now)
    assert look(house, watch) == [(AlarmKind.CHANNEL_LOGIN, 1)]
    with house.database.unit_of_work() as session:
        channels.set_state(session, "fake", ChannelState.PAUSED, actor=CLI, now=now)
    assert look(house, watch) == []


def test_a_channel_that_fails_for_long_is_told_and_cleared(house: House) -> None:
    watch, channel_id = house.watch(), house.town.channel_id

    def trouble(what: Trouble) -> None:
        with house.database.unit_of_work() as session:
            error = PlatformError(what, "no route")
            health.note_trouble(session, channel_id, error, now=house.town.clock.now())

    trouble(Trouble.UNREACHABLE)
    assert look(house, watch, after=LONG - 1) == []
    assert look(house, watch, after=1) == [(AlarmKind.CHANNEL_SILENT, 1)]
    assert house.alarms()[0].detail == "unreachable"
    trouble(Trouble.LOGIN)  # now it is known why: another alarm, and no double one
    assert look(house, watch) == [(AlarmKind.CHANNEL_LOGIN, 1)]
    with house.database.unit_of_work() as session:
        health.clear(session, channel_id, now=house.town.clock.now())
    assert look(house, watch) == []


def test_a_channel_that_pulls_must_be_answered(house: House) -> None:
    with house.database.read() as session:
        house.pulls.add(session.scalars(select(Channel.kind)).one())
    watch = house.watch()
    assert look(house, watch, after=LONG - 1) == []
    assert look(house, watch, after=1) == [(AlarmKind.CHANNEL_SILENT, 1)], "never answered at all"
    with house.database.unit_of_work() as session:
        now = house.town.clock.now()
        health.note_answer(session, house.town.channel_id, None, lag=None, now=now)
    assert look(house, watch) == []
    assert look(house, watch, after=LONG) == [(AlarmKind.CHANNEL_SILENT, 1)]
    with house.database.unit_of_work() as session:
        session.execute(update(Channel).values(state=ChannelState.PAUSED))
    assert look(house, watch) == [], "nobody expects an answer"


def test_after_a_night_without_a_process_old_rows_prove_nothing(house: House) -> None:
    with house.database.read() as session:
        house.pulls.add(session.scalars(select(Channel.kind)).one())
    house.town.says("t", "Hallo")
    house.town.clock.advance(8 * 3600)
    watch = house.watch()
    assert look(house, watch) == []
    stuck = rules.STUCK_AFTER[Lane.INBOUND].total_seconds()
    assert look(house, watch, after=stuck) == [(AlarmKind.QUEUE_STUCK, 1)]


def test_after_a_long_stop_each_queue_gets_its_own_time(house: House) -> None:
    tell(house.town, "t", "eins")
    house.town.clock.advance(8 * 3600)
    watch = house.watch()
    patience = rules.STUCK_AFTER[Lane.OUTBOUND].total_seconds()
    assert look(house, watch, after=patience - 1) == []
    assert look(house, watch, after=1) == [(AlarmKind.QUEUE_STUCK, 1)]


def test_a_queue_that_nobody_works_on_is_told_and_cleared(house: House) -> None:
    watch = house.watch()
    house.town.says("t", "Hallo")
    stuck = rules.STUCK_AFTER[Lane.INBOUND].total_seconds()
    assert look(house, watch, after=stuck) == [], "it was due a second after it came"
    assert look(house, watch, after=5) == [(AlarmKind.QUEUE_STUCK, 1)]
    assert house.alarms()[0].subject_kind is SubjectKind.INBOUND
    house.town.work()
    assert look(house, watch) == []


@pytest.mark.parametrize("rests", ["paused", "blocked", "held", None])
def test_what_waits_for_its_channel_is_not_stuck(house: House, rests: str | None) -> None:
    watch = house.watch()
    tell(house.town, "t", "eins")
    now = house.town.clock.now()
    much = rules.STUCK_AFTER[Lane.OUTBOUND]
    with house.database.unit_of_work() as session:
        if rests == "paused":
            session.execute(update(Channel).values(state=ChannelState.PAUSED))
        if rests == "blocked":
            until = now + 2 * much
            health.block(session, house.town.channel_id, until, now=now)
        if rests == "held":
            later = now + much - timedelta(seconds=5)
            assert work.claim(session, Lane.OUTBOUND, "somebody", now=later, limit=1)
            session.execute(update(Work).values(due_at=now))
    found = look(house, watch, after=much.total_seconds())
    assert (AlarmKind.QUEUE_STUCK in dict(found)) is (rests is None)


def test_an_urgent_thread_is_stuck_when_it_has_waited_not_because_it_goes_first(
    house: House,
) -> None:
    watch = house.watch()
    stuck = rules.STUCK_AFTER[Lane.INBOUND].total_seconds()
    look(house, watch, after=stuck)
    house.town.store(item("m", "t", "Notfall"), urgent=True)
    assert look(house, watch, after=5) == []
    assert look(house, watch, after=stuck) == [(AlarmKind.QUEUE_STUCK, 1)]


def test_a_start_with_a_wrong_clock_does_not_make_the_watch_blind(house: House) -> None:
    house.town.clock.jump(10 * 3600)
    watch = house.watch()
    house.town.clock.jump(-10 * 3600)
    house.town.says("t", "Hallo")
    stuck = rules.STUCK_AFTER[Lane.INBOUND].total_seconds()
    assert look(house, watch, after=stuck + 5) == [(AlarmKind.QUEUE_STUCK, 1)]


def test_a_queue_around_its_limit_is_one_alarm(house: House) -> None:
    """A flood of mails otherwise: raised, cleared, raised."""
    watch = house.watch()
    house.town.says("t", "Hallo")
    stuck = rules.STUCK_AFTER[Lane.INBOUND].total_seconds()
    assert look(house, watch, after=stuck + 5) == [(AlarmKind.QUEUE_STUCK, 1)]

    def waits(seconds: float) -> list[tuple[AlarmKind, int]]:
        with house.database.unit_of_work() as session:
            due = house.town.clock.now() - timedelta(seconds=seconds)
            session.execute(update(Work).values(due_at=due))
        return look(house, watch)

    for seconds in (stuck - 1, stuck + 1, stuck / 2):
        assert waits(seconds) == [(AlarmKind.QUEUE_STUCK, 1)]
    assert len(house.alarms()) == 1
    assert waits(stuck / 2 - 1) == [], "now it is clearly faster"
    assert waits(stuck - 1) == []
    assert waits(stuck) == [(AlarmKind.QUEUE_STUCK, 1)]


@pytest.mark.parametrize("blocked", [None, timedelta(days=30)])
def test_a_channel_that_fails_is_one_alarm_and_a_rest_for_ever_is_none(
    house: House, blocked: timedelta | None
) -> None:
    """What a clock that was far ahead has written does not silence a channel for a month."""
    watch, now = house.watch(), house.town.clock.now()
    tell(house.town, "t", "eins")
    with house.database.unit_of_work() as session:
        if blocked:
            health.block(session, house.town.channel_id, now + blocked, now=now)
        else:
            error = PlatformError(Trouble.UNREACHABLE, "no route")
            health.note_trouble(session, house.town.channel_id, error, now=now)
        assert len(health.sending(session, now=now)) == 1
    found = look(house, watch, after=rules.STUCK_AFTER[Lane.OUTBOUND].total_seconds())
    assert found == [(AlarmKind.QUEUE_STUCK if blocked else AlarmKind.CHANNEL_SILENT, 1)]


def test_a_channel_that_is_resumed_has_its_time_to_answer(house: House) -> None:
    with house.database.read() as session:
        house.pulls.add(session.scalars(select(Channel.kind)).one())
    watch = house.watch()

    def turn(state: ChannelState) -> None:
        with house.database.unit_of_work() as session:
            channels.set_state(session, "fake", state, actor=CLI, now=house.town.clock.now())

    turn(ChannelState.PAUSED)
    assert look(house, watch, after=3 * LONG) == []
    turn(ChannelState.ACTIVE)
    assert look(house, watch) == []
    assert look(house, watch, after=LONG - 1) == []
    assert look(house, watch, after=1) == [(AlarmKind.CHANNEL_SILENT, 1)]


def test_an_answer_from_a_clock_that_was_ahead_hides_no_silence(house: House) -> None:
    with house.database.read() as session:
        house.pulls.add(session.scalars(select(Channel.kind)).one())
    watch = house.watch()
    with house.database.unit_of_work() as session:
        ahead = house.town.clock.now() + timedelta(days=1)
        health.note_answer(session, house.town.channel_id, None, lag=None, now=ahead)
    assert look(house, watch) == []
    assert look(house, watch, after=LONG) == [(AlarmKind.CHANNEL_SILENT, 1)]


def test_ten_wrong_passwords_on_one_account_are_an_alarm(house: House) -> None:
    user_id = accounts.create(house.database)
    now = accounts.NOW

    def guess(number: int) -> None:
        at = now + timedelta(seconds=number)
        with pytest.raises(LogInFailedError):
            accounts.log_in(house.database, password="falsch", address=f"192.0.2.{number}", now=at)

    for number in range(9):
        guess(number)
    assert house.alarms() == []
    guess(9)
    [alarm] = house.alarms()
    assert (alarm.kind, alarm.subject_id) == (AlarmKind.LOG_INS_FAILED, user_id)
    guess(10)
    [alarm] = house.alarms()
    assert alarm.count == 11
    later = now + rules.LOG_INS_WITHIN
    watch = house.watch()
    watch.run_once(later)
    assert house.alarms()[0].state is not AlarmState.RESOLVED
    watch.run_once(later + timedelta(minutes=1))
    assert house.alarms()[0].state is AlarmState.RESOLVED


def test_an_emergency_ends_with_its_conversation(house: House) -> None:
    house.town.turn("t", "Notfall in der Dorfstraße 5")
    watch = house.watch()
    assert look(house, watch) == [(AlarmKind.EMERGENCY, 1)]
    with house.database.unit_of_work() as session:
        session.execute(update(Alarm).values(subject_id=Alarm.subject_id + 1000))
    assert look(house, watch) == [], "a conversation that was erased alarms nobody"


def test_alarms_that_are_over_are_kept_for_a_season(house: House) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    house.disk = house.disk._replace(free=0)
    watch = house.watch()
    look(house, watch)
    house.disk = house.disk._replace(free=house.disk.total)
    look(house, watch)
    ended = house.town.clock.now()
    with house.database.unit_of_work() as session:
        trust.keep(session, trust.Standing(ended + rules.KEEP, ended + rules.KEEP, None))
    privacy.run(house.database, now=ended + rules.KEEP)
    assert house.alarms()
    assert house.waiting()
    privacy.run(house.database, now=ended + rules.KEEP + timedelta(seconds=1))
    assert house.alarms() == []
    assert house.waiting() == []


def test_the_watch_sees_the_end_of_what_it_saw(house: House) -> None:
    tell(house.town, "t", "eins")
    set_deliveries(house, DeliveryState.DEAD)
    watch = house.watch()
    assert look(house, watch) == [(AlarmKind.DELIVERY_FAILED, 1)]
    with house.database.unit_of_work() as session:
        session.execute(delete(Work))
        session.execute(delete(Delivery))
    assert look(house, watch) == []


def test_looking_holds_up_no_writer(house: House) -> None:
    if not house.database.is_sqlite:
        pytest.skip("on PostgreSQL readers and writers never wait for one another")
    tell(house.town, "t", "eins")
    set_deliveries(house, DeliveryState.DEAD)
    with recorded(house.database.engine) as found:
        assert look(house, house.watch()) == [(AlarmKind.DELIVERY_FAILED, 1)]
    assert found
    assert not [statement for statement in found if "delivery" in statement or "work" in statement]
