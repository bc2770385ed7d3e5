"""One alarm per kind and subject; who is told; acknowledgement, escalation, and the end."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.alarms import queries, rules, texts
from bot.alarms import service as alarms
from bot.alarms.models import Alarm
from bot.alarms.rules import Route
from bot.alarms.service import AlarmNotFoundError
from bot.alarms.states import AlarmKind, AlarmState, Level, Subject, SubjectKind, Way
from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.errors import InvalidError, NotFoundError, PermissionDeniedError
from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from bot.offices.models import Office
from bot.offices.states import OfficeKind
from bot.staff import permissions
from bot.staff.states import Role
from tests.bot.alarms.conftest import House
from tests.support.waiting import somebody_waits, until

FIRE = "Notfall, es brennt in der Dorfstraße 5!"
BACKUP = AlarmKind.BACKUP_FAILED, Subject(SubjectKind.BACKUP)
TEST = AlarmKind.TEST, Subject(SubjectKind.CITY)


def actions(house: House) -> list[str]:
    with house.database.read() as session:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.subject_kind == "alarm")
                .order_by(AuditEntry.id)
            )
        )


def told(house: House) -> list[tuple[int | None, Level]]:
    return [(notice.user_id, notice.level) for notice in house.waiting()]


def test_raising_twice_counts_up_and_tells_once(house: House) -> None:
    admin = house.add(Role.ADMIN, "ada@stadt.example")
    house.add(Role.ADMIN, None)
    first = house.sound(*BACKUP)
    house.town.clock.advance(60)
    assert house.sound(*BACKUP) == first
    [alarm] = house.alarms()
    assert (alarm.state, alarm.count) == (AlarmState.OPEN, 2)
    assert (alarm.last_at - alarm.raised_at).total_seconds() == 60
    assert told(house) == [(admin.id, Level.FIRST)]


def test_many_at_once_are_one(house: House) -> None:
    ready = threading.Barrier(8)

    def sound(_: int) -> int:
        ready.wait()
        return house.sound(*BACKUP)

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(sound, range(8)))
    assert len(ids) == 1
    [alarm] = house.alarms()
    assert alarm.count == 8


def test_who_raises_once_at_the_same_time_does_not_add_to_the_count(house: House) -> None:
    """On PostgreSQL the second one finds none, and then waits for the first."""
    if house.database.is_sqlite:
        return  # one writer at a time

    def count(number: int) -> None:
        with house.database.unit_of_work() as session:
            alarms.raise_once(session, *BACKUP, number, now=house.town.clock.now())

    second = threading.Thread(target=count, args=(6,))
    with house.database.unit_of_work() as session:
        alarms.raise_once(session, *BACKUP, 5, now=house.town.clock.now())
        second.start()
        until("the second one", lambda: somebody_waits(house.database))
    second.join()
    [alarm] = house.alarms()
    assert alarm.count == 6


def test_raised_after_acknowledgement_it_is_open_and_told_again(house: House) -> None:
    admin = house.add(Role.ADMIN, "ada@stadt.example")
    alarm_id = house.sound(*BACKUP)
    house.acknowledge(admin, alarm_id)
    [alarm] = house.alarms()
    assert (alarm.state, alarm.acknowledged_by_id) == (AlarmState.ACKNOWLEDGED, admin.id)
    house.acknowledge(house.add(Role.ADMIN, None), alarm_id)
    assert house.alarms()[0].acknowledged_by_id == admin.id, "the first one counts"
    assert house.sound(*BACKUP) == alarm_id
    [alarm] = house.alarms()
    assert (alarm.state, alarm.acknowledged_by_id) == (AlarmState.OPEN, None)
    assert told(house) == [(admin.id, Level.FIRST)] * 2


def test_what_is_over_can_happen_again(house: House) -> None:
    first = house.sound(*BACKUP)
    with house.database.unit_of_work() as session:
        alarms.clear(session, *BACKUP, now=house.town.clock.now())
        alarms.clear(session, *BACKUP, now=house.town.clock.now())
    second = house.sound(*BACKUP)
    assert first != second
    assert [alarm.state for alarm in house.alarms()] == [AlarmState.RESOLVED, AlarmState.OPEN]
    assert actions(house) == ["alarm.raised", "alarm.resolved", "alarm.raised"]


def test_after_five_minutes_the_administrators_are_told_again(house: House) -> None:
    admin = house.add(Role.ADMIN, "ada@stadt.example")
    known = house.sound(*BACKUP)
    house.acknowledge(admin, known)
    alarm_id = house.sound(AlarmKind.TEST, Subject(SubjectKind.CITY))
    watch = house.watch()
    before = told(house)
    house.town.clock.advance(rules.ESCALATE_AFTER.total_seconds() - 1)
    watch.run_once(house.town.clock.now())
    assert told(house) == before
    house.town.clock.advance(1)
    for _ in range(2):
        watch.run_once(house.town.clock.now())
    assert told(house) == [*before, (admin.id, Level.ESCALATION)]
    assert [alarm.id for alarm in house.alarms() if alarm.escalated_at] == [alarm_id]
    assert actions(house).count("alarm.escalated") == 1


def test_a_test_ends_with_its_acknowledgement(house: House) -> None:
    house.acknowledge(house.add(Role.MANAGER, None), house.sound(*TEST))
    assert house.alarms()[0].state is AlarmState.RESOLVED


def test_an_emergency_in_a_message_is_an_alarm_in_the_same_transaction(house: House) -> None:
    admin = house.add(Role.ADMIN, "ada@stadt.example")
    manager = house.add(Role.MANAGER, "mia@stadt.example")
    house.town.turn("t", FIRE)
    conversation = house.town.conversation("t")
    [alarm] = house.alarms()
    assert (alarm.kind, alarm.subject_kind) == (AlarmKind.EMERGENCY, SubjectKind.CONVERSATION)
    assert alarm.subject_id == conversation.id
    assert alarm.raised_at == conversation.emergency_at
    assert {user for user, _ in told(house)} == {admin.id, manager.id}
    house.town.turn("t", "Notfall, es brennt noch immer!")
    [alarm] = house.alarms()
    assert alarm.count == 2
    assert FIRE not in repr([vars(one) for one in (*house.alarms(), *house.waiting())])


def test_who_takes_the_conversation_has_acknowledged(house: House) -> None:
    user = house.add(Role.MANAGER, None)
    house.town.turn("t", FIRE)
    watch = house.watch()
    watch.run_once(house.town.clock.now())
    assert house.alarms()[0].state is AlarmState.OPEN
    house.town.clock.advance(10)
    key = house.town.conversation("t").id
    with house.database.unit_of_work() as session:
        inbox.take(session, key, user_id=user.id, now=house.town.clock.now())
    watch.run_once(house.town.clock.now())
    [alarm] = house.alarms()
    assert (alarm.state, alarm.acknowledged_by_id) == (AlarmState.ACKNOWLEDGED, user.id)
    with house.database.unit_of_work() as session:
        inbox.close(session, key, user_id=user.id, now=house.town.clock.now())
    watch.run_once(house.town.clock.now())
    assert house.alarms()[0].state is AlarmState.RESOLVED


def test_an_office_has_the_emergencies_of_its_own(house: House) -> None:
    house.town.turn("t", "Die Laterne in der Dorfstraße 5")  # becomes a ticket of an office
    own = house.town.conversation("t").office_id
    assert own is not None
    house.town.turn("t", FIRE)
    house.town.turn("other", FIRE)
    house.sound(*BACKUP)
    mine, other, backup = (alarm.id for alarm in house.alarms())
    clerk = house.add(Role.OFFICE, "clerk@stadt.example", own)

    def read() -> list[int]:
        with house.database.read() as session:
            seen = queries.glance(session, clerk)
            standing = [row.id for row in queries.standing(session, clerk)]
            assert seen is not None
            assert seen.open == len(standing)
            assert (seen.first is not None) is bool(standing)
            return standing

    assert read() == [], "a company does not read conversations"
    with house.database.unit_of_work() as session:
        session.get_one(Office, own).kind = OfficeKind.CITY
    assert read() == [mine]
    for hidden in (other, backup):
        with pytest.raises(AlarmNotFoundError):
            house.acknowledge(clerk, hidden)
    house.acknowledge(clerk, mine)
    assert house.alarms()[0].acknowledged_by_id == clerk.id


def test_who_only_reads_has_nothing_to_do_with_alarms(house: House) -> None:
    viewer = house.add(Role.VIEWER, "vi@stadt.example")
    alarm_id = house.sound(*BACKUP)
    assert told(house) == []
    with house.database.read() as session:
        assert queries.glance(session, viewer) is None
        with pytest.raises(PermissionDeniedError):
            queries.standing(session, viewer)
    with pytest.raises(PermissionDeniedError):
        house.acknowledge(viewer, alarm_id)


def test_a_route_of_ones_own_ends_the_defaults_of_its_way(house: House) -> None:
    house.add(Role.ADMIN, "ada@stadt.example")
    manager = house.add(Role.MANAGER, "mia@stadt.example")
    late = Route(Way.EMAIL, Level.ESCALATION, Role.MANAGER, AlarmKind.BACKUP_FAILED)
    desk = Route(Way.DESK, role=Role.MANAGER, kind=AlarmKind.TEST)
    now = house.town.clock.now()
    with house.database.unit_of_work() as session:
        route_id = alarms.add_route(session, late, actor=CLI, now=now)
        alarms.add_route(session, desk, actor=CLI, now=now)
    house.sound(*BACKUP)
    assert told(house) == []
    house.town.clock.advance(300)
    house.watch().run_once(house.town.clock.now())
    assert told(house) == [(manager.id, Level.ESCALATION)]
    with house.database.read() as session:
        seen = queries.glance(session, manager)
    assert seen is not None
    assert (seen.open, seen.first) == (1, None), "this kind is not shown on every page"
    with house.database.unit_of_work() as session:
        alarms.remove_route(session, route_id, actor=CLI, now=now)
        with pytest.raises(NotFoundError):
            alarms.remove_route(session, route_id, actor=CLI, now=now)


@pytest.mark.parametrize(
    "route",
    [
        Route(Way.WEBHOOK),
        Route(Way.WEBHOOK, url="ftp://x"),
        Route(Way.WEBHOOK, url="https://user:secret@x.example"),
        Route(Way.WEBHOOK, url="https://x.example", role=Role.ADMIN),
        Route(Way.EMAIL),
        Route(Way.EMAIL, role=Role.ADMIN, url="https://x.example"),
        Route(Way.DESK, role=Role.VIEWER),
        Route(Way.EMAIL, role=Role.OFFICE),
    ],
)
def test_routes_that_lead_nowhere_are_refused(house: House, route: Route) -> None:
    with pytest.raises(InvalidError), house.database.unit_of_work() as session:
        alarms.add_route(session, route, actor=CLI, now=house.town.clock.now())


def test_every_kind_has_its_words_in_both_languages() -> None:
    for language in ("de", "en"):
        words = texts.words(language)
        assert set(words.titles) == set(words.advice) == set(AlarmKind)
        assert set(words.subjects) == set(SubjectKind)
        full = texts.title(
            AlarmKind.DISK_FULL, Subject(SubjectKind.DATA_FOLDER), None, "3 %", language
        )
        assert "3 %" in full
    assert texts.words("de").errors.keys() == texts.words("en").errors.keys()


def test_alarms_are_of_the_city_for_all_who_see_the_city(house: House) -> None:
    house.sound(AlarmKind.CHANNEL_LOGIN, Subject(SubjectKind.CHANNEL, house.town.channel_id))
    manager = house.add(Role.MANAGER, None)
    assert permissions.office_filter(manager, permissions.Permission.ALARMS_READ) is None
    with house.database.read() as session:
        [row] = queries.standing(session, manager)
        assert queries.counts(session) == {(AlarmKind.CHANNEL_LOGIN, AlarmState.OPEN): 1}
        assert session.scalars(select(Alarm.detail)).all() == [""]
        assert session.scalars(select(Conversation.id)).all() == []
    assert row.name
