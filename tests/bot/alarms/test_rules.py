"""Who is told, what is silent, full, too late: pure decisions, tried with whatever there may be."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.alarms import rules
from bot.alarms.rules import NotNow, Refused, Route, Told
from bot.alarms.states import AlarmKind, Level, NoticeState, Subject, SubjectKind, Way
from bot.staff.permissions import TABLE, Permission
from bot.staff.states import Role
from tests.fakes.clock import NOON

kinds = st.sampled_from(AlarmKind)
levels = st.sampled_from(Level)
routes = st.builds(
    Route,
    way=st.sampled_from(Way),
    level=levels,
    role=st.none() | st.sampled_from(Role),
    kind=st.none() | kinds,
    url=st.none() | st.just("https://leitstelle.example"),
)
spans = st.timedeltas(timedelta(0), timedelta(days=2))
chances = st.floats(0, 1, exclude_max=True)


@given(st.lists(routes), kinds, levels)
def test_a_way_follows_the_city_or_else_the_defaults(
    configured: list[Route], kind: AlarmKind, level: Level
) -> None:
    told = rules.told(configured, kind, level)
    assert len({(one.way, one.role, one.url) for one in told}) == len(told)
    for one in told:
        own = any(route.way is one.way for route in configured)
        assert one in (configured if own else rules.DEFAULTS)
        assert one.level is level
        assert one.kind in {None, kind}
    for route in configured:
        if route.level is level and route.kind in {None, kind}:
            assert any(
                (one.way, one.role, one.url) == (route.way, route.role, route.url) for one in told
            )


@given(kinds)
def test_by_default_the_administrators_hear_of_everything(kind: AlarmKind) -> None:
    def roles(way: Way, level: Level) -> set[Role | None]:
        return {route.role for route in rules.told([], kind, level) if route.way is way}

    emergency = kind is AlarmKind.EMERGENCY
    talk = emergency or kind is AlarmKind.NEGATIVE_COMMENTS
    assert roles(Way.EMAIL, Level.FIRST) == {Role.ADMIN} | ({Role.MANAGER} if talk else set())
    assert roles(Way.EMAIL, Level.ESCALATION) == {Role.ADMIN}
    desk = {Role.ADMIN, Role.MANAGER} | ({Role.OFFICE} if emergency else set())
    assert rules.desk_roles([], kind, escalated=False) == desk
    assert rules.desk_roles([], kind, escalated=True) == desk
    assert all(Permission.ALARMS_READ in TABLE[role] for role in desk)


def test_an_escalation_reaches_more_desks() -> None:
    late = [Route(Way.DESK, role=Role.ADMIN, level=Level.ESCALATION)]
    assert rules.desk_roles(late, AlarmKind.TEST, escalated=False) == set()
    assert rules.desk_roles(late, AlarmKind.TEST, escalated=True) == {Role.ADMIN}


@given(st.booleans(), spans, st.none() | spans, st.none() | spans)
def test_silence_is_measured_from_the_last_answer_or_the_first_failure(
    pulls: bool,  # noqa: FBT001
    created: timedelta,
    checked: timedelta | None,
    failing: timedelta | None,
) -> None:
    def at(ago: timedelta | None) -> datetime | None:
        return None if ago is None else NOON - ago

    silent = rules.is_silent(
        pulls=pulls,
        created_at=NOON - created,
        checked_at=at(checked),
        failing_since=at(failing),
        now=NOON,
    )
    last = created if checked is None else checked
    too_long = rules.SILENT_AFTER
    fails = failing is not None and failing >= too_long
    assert silent is (fails or (pulls and last >= too_long))


@given(st.integers(0, 10**14), st.integers(1, 10**14))
def test_a_disk_is_full_early_and_mended_late(free: int, total: int) -> None:
    free = min(free, total)
    fresh = rules.is_nearly_full(free, total, already=False)
    known = rules.is_nearly_full(free, total, already=True)
    assert known or not fresh, "what is full stays so at the same place"
    if free < rules.LEAST_FREE:
        assert fresh
    if free >= rules.ENOUGH_FREE:
        assert not fresh
    if free >= rules.ENOUGH_FREE * 1.1:
        assert not known


@given(st.integers(1, 60), spans, chances)
def test_a_notice_ends_sent_refused_or_after_its_patience(
    attempts: int, age: timedelta, chance: float
) -> None:
    def state(answer: rules.Answer) -> NoticeState:
        verdict = rules.judge(answer, attempts=attempts, age=age, chance=chance, now=NOON)
        assert (verdict.due_at is None) is (verdict.state is not NoticeState.QUEUED)
        if verdict.due_at is not None:
            assert timedelta(seconds=2) < verdict.due_at - NOON <= timedelta(minutes=5)
        return verdict.state

    assert state(Told()) is NoticeState.SENT
    assert state(Refused("refused")) is NoticeState.FAILED
    patient = age < rules.NOTICE_PATIENCE
    assert state(NotNow("no_answer")) is (NoticeState.QUEUED if patient else NoticeState.FAILED)


@given(kinds, st.sampled_from(SubjectKind))
def test_only_what_leaves_nothing_behind_ends_with_acknowledgement(
    kind: AlarmKind, subject: SubjectKind
) -> None:
    words = kind is AlarmKind.EMERGENCY and subject is SubjectKind.TICKET
    ends = rules.ends_with_acknowledgement(kind, Subject(subject, 1))
    assert ends is (words or kind is AlarmKind.TEST)
