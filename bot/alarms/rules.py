"""Who is told of an alarm, when it escalates, what is silent, stuck or full: pure decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.alarms.states import AlarmKind, Level, NoticeState, Subject, SubjectKind, Way
from bot.staff.states import Role
from bot.work.states import Lane

ESCALATE_AFTER = timedelta(minutes=5)
SILENT_AFTER = timedelta(minutes=5)
# A breaker of the way out rests for twelve minutes at most, and a mass mailing is slow.
STUCK_AFTER: Mapping[Lane, timedelta] = MappingProxyType(
    {
        Lane.INBOUND: timedelta(minutes=2),
        Lane.OUTBOUND: timedelta(minutes=15),
        Lane.BULK: timedelta(hours=1),
    }
)
NEGATIVE_PEOPLE = 5  # below one post
COMMENTS_WITHIN = timedelta(hours=24)
LOG_INS_FAILED = 10  # on one account
LOG_INS_WITHIN = timedelta(minutes=15)
_GIBIBYTE = 2**30
LEAST_FREE = 1 * _GIBIBYTE  # less is too little on any disk
ENOUGH_FREE = 20 * _GIBIBYTE  # more is enough on any disk
FREE_SHARE = 0.05  # in between: of the disk
_BREATH = 1.1  # a disk counts as mended only when it is clearly above its mark
KEEP = timedelta(days=90)  # after an alarm is over: a season, as conversations

NOTICE_LEASE = timedelta(minutes=1)  # after which a notice found in `sending` is sent again
NOTICE_PATIENCE = timedelta(hours=2)  # what is told later than that, the desk has shown long ago
TOO_LATE = "too_late"  # the error of a notice that was never tried in this time
_FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)  # for the next attempt


@dataclass(frozen=True, slots=True)
class Route:
    """Who is told of what: a role over desk or e-mail, an address by webhook. No kind: all."""

    way: Way
    level: Level = Level.FIRST
    role: Role | None = None
    kind: AlarmKind | None = None
    url: str | None = None


# Offices see and get only the emergencies that lie with their own office: `bot.alarms.queries`.
DEFAULTS: tuple[Route, ...] = (
    Route(Way.DESK, role=Role.ADMIN),
    Route(Way.DESK, role=Role.MANAGER),
    Route(Way.DESK, role=Role.OFFICE, kind=AlarmKind.EMERGENCY),
    Route(Way.EMAIL, role=Role.ADMIN),
    Route(Way.EMAIL, role=Role.MANAGER, kind=AlarmKind.EMERGENCY),
    Route(Way.EMAIL, role=Role.MANAGER, kind=AlarmKind.NEGATIVE_COMMENTS),
    Route(Way.EMAIL, Level.ESCALATION, role=Role.ADMIN),
)


def in_force(configured: Sequence[Route]) -> list[Route]:
    """Return the city's routes, and for each way that has none the defaults."""
    ways = {route.way for route in configured}
    return [*configured, *(route for route in DEFAULTS if route.way not in ways)]


def told(configured: Sequence[Route], kind: AlarmKind, level: Level) -> list[Route]:
    """Return the routes over which an alarm goes at this level, none of them twice."""
    found = {
        (route.way, route.role, route.url): route
        for route in in_force(configured)
        if route.level is level and route.kind in {None, kind}
    }
    return list(found.values())


def desk_roles(configured: Sequence[Route], kind: AlarmKind, *, escalated: bool) -> set[Role]:
    """Return the roles to whom every page of the desk shows such an alarm."""
    levels = Level if escalated else (Level.FIRST,)
    return {
        route.role
        for level in levels
        for route in told(configured, kind, level)
        if route.way is Way.DESK and route.role is not None
    }


def ends_with_acknowledgement(kind: AlarmKind, subject: Subject) -> bool:
    """Whether nothing of it is left once a person knows: words on a ticket's page, and tests.

    An emergency in a conversation lasts until the conversation is handed back or closed.
    """
    return kind is AlarmKind.TEST or (
        kind is AlarmKind.EMERGENCY and subject.kind is SubjectKind.TICKET
    )


def is_silent(
    *,
    pulls: bool,
    created_at: datetime,
    checked_at: datetime | None,
    failing_since: datetime | None,
    now: datetime,
) -> bool:
    """Whether a platform has failed, or not answered our question for news, for too long."""
    if failing_since is not None and now - failing_since >= SILENT_AFTER:
        return True
    return pulls and now - (checked_at or created_at) >= SILENT_AFTER


def is_outcry(negative: int, people: int) -> bool:
    """Whether many of those who have commented on a post disapprove: enough, and at least half.

    People are counted, not comments: one who writes twenty times is still one.
    """
    return negative >= NEGATIVE_PEOPLE and 2 * negative >= people


def is_nearly_full(free: int, total: int, *, already: bool) -> bool:
    """Whether a disk has too few bytes left; one that is known to be full needs clearly more."""
    mark = min(max(total * FREE_SHARE, LEAST_FREE), ENOUGH_FREE)
    return free < mark * (_BREATH if already else 1)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice arrived."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never arrive; `error` is a code."""

    error: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It did not arrive, or nobody knows; `error` is a code."""

    error: str


Answer = Told | Refused | NotNow


@dataclass(frozen=True, slots=True)
class Verdict:
    """The next state of a notice; `due_at` when it is tried again."""

    state: NoticeState
    due_at: datetime | None = None
    error: str | None = None


def judge(
    answer: Answer, *, attempts: int, age: timedelta, chance: float, now: datetime
) -> Verdict:
    """Decide after attempt number `attempts`; `chance` in [0, 1) spreads the retries.

    Unlike an answer to a citizen, a notice that may or may not have arrived is sent again: an
    alarm is better twice than never, and its key lets the receiver see that it is the same.
    """
    match answer:
        case Told():
            return Verdict(NoticeState.SENT)
        case Refused(error):
            return Verdict(NoticeState.FAILED, error=error)
        case NotNow(error):
            if age >= NOTICE_PATIENCE:
                return Verdict(NoticeState.FAILED, error=error)
            return Verdict(NoticeState.QUEUED, now + backoff(attempts, chance), error)


def backoff(attempts: int, chance: float) -> timedelta:
    """Return the pause after attempt number `attempts`: it doubles up to five minutes.

    Half of it is spread by `chance`, so that an emergency is never tried again at once.
    """
    doubled: int = 2 ** min(attempts - 1, 16)
    return min(_FIRST_WAIT * doubled, LONGEST_WAIT) * (0.5 + chance / 2)
