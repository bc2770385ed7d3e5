"""The watch over what the city runs on: disks, processes, backups."""

from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind, AlarmState, SubjectKind
from bot.city import queries as city
from bot.city.models import CitySetting
from bot.operation import records as backups
from bot.processes import service as processes
from bot.processes.service import Known
from bot.processes.states import Role as ProcessRole
from bot.staff.states import Role
from tests.bot.alarms.conftest import House, look

GIBIBYTE = 2**30
DAY = 24 * 3600


def test_a_disk_that_fills_up_is_told_until_there_is_room_again(house: House) -> None:
    watch = house.watch()
    total = 100 * GIBIBYTE
    for free, full in [(5.1, False), (4.9, True), (5.1, True), (5.6, False)]:
        house.disk = house.disk._replace(total=total, free=int(free * GIBIBYTE))
        assert (AlarmKind.DISK_FULL in dict(look(house, watch))) is full, free
    assert house.alarms()[0].detail == "5 %"


def test_a_disk_that_hangs_does_not_stop_the_watch(house: House) -> None:
    """It is looked at in a sweep of its own; until that has looked, what stood stands."""
    house.disk = house.disk._replace(free=0)
    assert look(house, house.watch()) != []
    standing = len(house.alarms())
    house.town.turn("t", "Notfall in der Dorfstraße 5")
    after = house.watch()
    after.run_once(house.town.clock.now())
    assert [alarm.state for alarm in house.alarms()] == [AlarmState.OPEN] * (standing + 1)


def test_postgresqls_own_disk_is_looked_at_where_it_runs_here(house: House) -> None:
    house.disk = house.disk._replace(free=0)
    look(house, house.watch())
    kinds = {alarm.subject_kind for alarm in house.alarms()}
    own = set() if house.database.is_sqlite else {SubjectKind.DATABASE_FOLDER}
    assert kinds == {SubjectKind.DATA_FOLDER} | own


def test_a_process_that_is_gone_is_told_until_it_is_back(house: House) -> None:
    watch = house.watch()
    one, two = (Known(name, ProcessRole.WORKER) for name in ("one", "two"))

    def pass_by(seconds: int, *beating: Known) -> list[tuple[AlarmKind, int]]:
        found = []
        for _ in range(0, seconds, 10):
            with house.database.unit_of_work() as session:
                for each in beating:
                    processes.beat(session, each, now=house.town.clock.now())
            found = look(house, watch, after=10)
        return found

    assert pass_by(90, one, two) == []
    assert pass_by(60, two) == [(AlarmKind.PROCESS_GONE, 1)]
    assert house.alarms()[0].subject_kind is SubjectKind.PROCESS_WORKER
    assert pass_by(10, one, two) == []
    assert pass_by(60) == [(AlarmKind.PROCESS_GONE, 2)]
    house.acknowledge(house.add(Role.ADMIN, None), house.alarms()[-1].id)
    assert pass_by(10) == [], "who acknowledges knows that they are gone"
    assert pass_by(90) == []
    assert pass_by(10, two) == [], "it was only frozen"
    assert pass_by(70) == [(AlarmKind.PROCESS_GONE, 1)]


def saved(house: House) -> None:
    with house.database.unit_of_work() as session:
        backups.made(session, now=house.town.clock.now())


def test_a_backup_that_never_ran_is_an_alarm_after_two_days(house: House) -> None:
    with house.database.unit_of_work() as session:
        session.merge(CitySetting(name=city.IDENTITY, value={"demo": False}))
    watch = house.watch()
    assert look(house, watch, after=2 * DAY) == []
    assert look(house, watch, after=1) == [(AlarmKind.BACKUP_FAILED, 1)]
    saved(house)
    assert look(house, watch) == []
    assert look(house, watch, after=2 * DAY) == []
    assert look(house, watch, after=1) == [(AlarmKind.BACKUP_FAILED, 1)]
    house.sound(AlarmKind.BACKUP_FAILED, alarms.BACKUP)
    assert look(house, watch) == [(AlarmKind.BACKUP_FAILED, 2)]
    saved(house)
    assert look(house, watch) == []


def test_the_demo_city_needs_no_backup(house: House) -> None:
    assert look(house, house.watch(), after=30 * DAY) == []
