"""The life cycle and the deadline: properties."""

import itertools
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import BERLIN
from bot.tickets import rules
from bot.tickets.states import CitizenState, StatusGroup, TicketStatus

STATUSES = st.sampled_from(TicketStatus)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.integers(1, 30)
# Written down by hand, so that the package that knows the holidays is checked too.
HOLIDAYS_2026 = {
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 6, 4),
    date(2026, 10, 3),
    date(2026, 11, 1),
    date(2026, 12, 25),
    date(2026, 12, 26),
}


@st.composite
def paths(draw: st.DrawFn) -> list[TicketStatus]:
    """A walk through the table from `received`."""
    path = [TicketStatus.RECEIVED]
    for _ in range(draw(st.integers(0, 12))):
        path.append(draw(st.sampled_from(sorted(rules.TRANSITIONS[path[-1]]))))
    return path


@given(paths())
def test_every_path_through_the_table_passes_with_a_public_note(path: list[TicketStatus]) -> None:
    for old, new in itertools.pairwise(path):
        rules.check_transition(old, new, "Der Grund.")


@given(paths())
def test_on_every_path_a_ticket_is_open_or_closed_and_shows_one_plain_state(
    path: list[TicketStatus],
) -> None:
    for old, new in itertools.pairwise(path):
        assert old is not new
        assert (new is TicketStatus.REOPENED) == (old in rules.CLOSED)
        assert new is not TicketStatus.RECEIVED
    for status in path:
        assert rules.citizen_state(status) in CitizenState
        assert 1 <= rules.step(status) <= 4
        assert (rules.step(status) == 4) == (status in rules.CLOSED)


@given(STATUSES, STATUSES, st.sampled_from([None, "", "  ", "Der Grund."]))
def test_what_the_table_does_not_name_is_refused(
    old: TicketStatus, new: TicketStatus, note: str | None
) -> None:
    if new not in rules.TRANSITIONS[old]:
        with pytest.raises(rules.TransitionNotAllowedError):
            rules.check_transition(old, new, note)
    elif new in rules.CLOSED and not (note or "").strip():
        with pytest.raises(rules.PublicNoteMissingError):
            rules.check_transition(old, new, note)
    else:
        rules.check_transition(old, new, note)


@given(STATUSES, STATUSES)
def test_citizens_only_withdraw_and_reopen(old: TicketStatus, new: TicketStatus) -> None:
    allowed = (old in rules.OPEN and new is TicketStatus.WITHDRAWN) or (
        old in rules.CLOSED and new is TicketStatus.REOPENED
    )
    if allowed:
        rules.check_transition(old, new, None, by_citizen=True)
    else:
        with pytest.raises(rules.TransitionNotAllowedError):
            rules.check_transition(old, new, "Der Grund.", by_citizen=True)


def test_every_status_can_be_reached_and_left() -> None:
    reached = {TicketStatus.RECEIVED}
    for _ in TicketStatus:
        reached |= {new for old in reached for new in rules.TRANSITIONS[old]}
    assert reached == set(TicketStatus)
    assert all(rules.TRANSITIONS[status] for status in TicketStatus)


def test_the_boards_columns_hold_every_status_once() -> None:
    columns = [
        status
        for group, statuses in rules.GROUPS.items()
        if group is not StatusGroup.OPEN
        for status in statuses
    ]
    assert sorted(columns) == sorted(TicketStatus)
    assert rules.GROUPS[StatusGroup.OPEN] == set(TicketStatus) - rules.CLOSED


@given(INSTANTS, DAYS)
def test_a_deadline_in_working_days_is_a_working_days_close_of_office(
    opened: datetime, days: int
) -> None:
    due = rules.due_at(opened, rules.Target(days=days))
    assert due is not None
    local = due.astimezone(BERLIN)
    assert local.weekday() < 5
    assert local.year != 2026 or local.date() not in HOLIDAYS_2026
    assert local.time() == rules.OFFICE_CLOSES
    between = (local.date() - opened.astimezone(BERLIN).date()).days
    assert between >= days
    counted = [
        opened.astimezone(BERLIN).date() + timedelta(days=day) for day in range(1, between + 1)
    ]
    assert sum(rules.is_working_day(day) for day in counted) == days


@given(INSTANTS, INSTANTS, DAYS, DAYS)
def test_who_comes_later_or_waits_longer_is_never_due_earlier(
    one: datetime, other: datetime, few: int, many: int
) -> None:
    early, late = sorted((one, other))
    less, more = sorted((few, many))
    for danger in (False, True):
        first = rules.due_at(early, rules.Target(days=less, danger=danger))
        second = rules.due_at(late, rules.Target(days=more, danger=danger))
        assert first is not None
        assert second is not None
        assert early < first <= second


@given(INSTANTS, DAYS)
def test_in_danger_a_day_has_24_hours(opened: datetime, days: int) -> None:
    due = rules.due_at(opened, rules.Target(days=days, danger=True))
    assert due == opened + timedelta(hours=24 * days)


@given(INSTANTS, st.integers(1, 13))
def test_a_month_ends_on_a_working_day_and_never_late(opened: datetime, months: int) -> None:
    due = rules.due_at(opened, rules.Target(months=months))
    assert due is not None
    local, day = due.astimezone(BERLIN), opened.astimezone(BERLIN).date()
    assert rules.is_working_day(local.date())
    assert opened < due
    passed = (local.year - day.year) * 12 + local.month - day.month
    assert passed < months or (passed == months and local.day <= day.day)


@pytest.mark.parametrize(
    ("opened", "target", "due"),
    [
        # Thursday evening: Friday, Monday, Tuesday.
        ("2026-11-19T18:26", rules.Target(days=3), "2026-11-24T16:00"),
        # Good Friday and Easter Monday do not count.
        ("2026-04-02T09:00", rules.Target(days=1), "2026-04-07T16:00"),
        # 23:30 on New Year's Eve in Berlin is still the old year there.
        ("2026-12-31T23:30", rules.Target(days=1), "2027-01-04T16:00"),
        # Over the end of summer time 24 hours are 24 hours.
        ("2026-10-24T12:00", rules.Target(days=1, danger=True), "2026-10-25T11:00"),
        # The 31st exists in one month only; the 28th is a Saturday.
        ("2026-01-31T10:00", rules.Target(months=1), "2026-02-27T16:00"),
        ("2026-12-10T10:00", rules.Target(months=1), "2027-01-08T16:00"),
    ],
)
def test_deadlines_by_hand(opened: str, target: rules.Target, due: str) -> None:
    found = rules.due_at(datetime.fromisoformat(opened).replace(tzinfo=BERLIN), target)
    assert found == datetime.fromisoformat(due).replace(tzinfo=BERLIN).astimezone(UTC)


def test_the_close_of_office_is_the_citys() -> None:
    opened = datetime(2026, 11, 19, 8, tzinfo=UTC)
    due = rules.due_at(opened, rules.Target(days=1), closes=time(12, 30))
    assert due == datetime(2026, 11, 20, 11, 30, tzinfo=UTC)


def test_without_a_target_there_is_no_deadline() -> None:
    assert rules.due_at(datetime(2026, 11, 19, tzinfo=UTC), rules.Target()) is None


@pytest.mark.parametrize("target", [rules.Target(days=0), rules.Target(months=0)])
def test_a_target_of_nothing_is_a_mistake(target: rules.Target) -> None:
    with pytest.raises(ValueError, match="at least one"):
        rules.due_at(datetime(2026, 11, 19, tzinfo=UTC), target)
    with pytest.raises(ValueError, match="naive"):
        rules.due_at(datetime(2026, 11, 19), target)  # noqa: DTZ001
