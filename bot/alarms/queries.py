"""Reading alarms: for the desk, for notices, and in figures."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from bot.alarms.models import Alarm, AlarmNotice, AlarmRoute
from bot.alarms.rules import Route, desk_roles
from bot.alarms.states import AlarmKind, AlarmState, NoticeState, Subject, SubjectKind, Way
from bot.channels.models import Channel
from bot.inbox.models import Conversation, Message
from bot.offices.models import Office
from bot.offices.states import OfficeKind
from bot.staff.models import User
from bot.staff.permissions import Permission, StaffUser, allows, office_filter
from bot.tickets.models import Ticket

PAGE = 50
_MOST = 200  # alarms that stand at the same time and can be read by somebody


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """How one notice does; `name` is the colleague's, None for a webhook."""

    alarm_id: int
    way: Way
    state: NoticeState
    error: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm; `name` is its subject's (a channel's, a ticket's number, a colleague's)."""

    id: int
    kind: AlarmKind
    subject: Subject
    name: str | None
    state: AlarmState
    count: int
    detail: str
    raised_at: datetime
    last_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    escalated_at: datetime | None
    resolved_at: datetime | None
    notices: tuple[NoticeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Glance:
    """What every page says: how many alarms are unacknowledged.

    Of those that the reader is told over the desk: the `first` to look at, and how many `more`.
    """

    open: int
    first: AlarmRow | None
    more: int


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A route that the city has set."""

    id: int
    route: Route


def routes(session: Session) -> list[RouteRow]:
    """Return the routes that the city has set, oldest first."""
    rows = session.scalars(select(AlarmRoute).order_by(AlarmRoute.id))
    return [
        RouteRow(row.id, Route(row.way, row.level, row.role, row.kind, row.url)) for row in rows
    ]


def standing(session: Session, user: StaffUser) -> list[AlarmRow]:
    """Return the alarms that are not over, unacknowledged ones first, emergencies before all.

    Raises `PermissionDeniedError`.
    """
    office_id = office_filter(user, Permission.ALARMS_READ)
    return _standing(session, office_id, (AlarmState.OPEN, AlarmState.ACKNOWLEDGED))


def everything_standing(session: Session) -> list[AlarmRow]:
    """Return what `standing` returns to somebody who reads the whole city."""
    return _standing(session, None, (AlarmState.OPEN, AlarmState.ACKNOWLEDGED))


def notices_of(session: Session, alarm_id: int) -> list[NoticeRow]:
    """Return the notices of an alarm, oldest first."""
    return _notices(session, [alarm_id]).get(alarm_id, [])


def over(
    session: Session, user: StaffUser, *, before: int | None = None, limit: int = PAGE
) -> tuple[list[AlarmRow], int | None]:
    """Return the newest alarms that are over, and where the next page begins.

    Raises `PermissionDeniedError`.
    """
    office_id = office_filter(user, Permission.ALARMS_READ)
    wanted = [Alarm.state == AlarmState.RESOLVED]
    if before is not None:
        wanted.append(Alarm.id < before)
    found = session.scalars(
        select(Alarm).where(*wanted, *within(office_id)).order_by(Alarm.id.desc()).limit(limit + 1)
    ).all()
    page = found[:limit]
    return _rows(session, page), page[-1].id if len(found) > limit else None


def glance(session: Session, user: StaffUser) -> Glance | None:
    """Return what every page of the desk says to `user`; None for who may not read alarms."""
    may = allows(user, Permission.ALARMS_READ, office_id=user.office_id)
    if not may or user.must_change_password:
        return None
    rows = _standing(session, office_filter(user, Permission.ALARMS_READ), (AlarmState.OPEN,))
    configured = [row.route for row in routes(session)] if rows else []
    told = [
        row
        for row in rows
        if user.role in desk_roles(configured, row.kind, escalated=row.escalated_at is not None)
    ]
    return Glance(len(rows), told[0] if told else None, max(len(told) - 1, 0))


def counts(session: Session) -> Mapping[tuple[AlarmKind, AlarmState], int]:
    """Count the alarms that are not over."""
    rows = session.execute(
        select(Alarm.kind, Alarm.state, func.count())
        .where(Alarm.state.in_((AlarmState.OPEN, AlarmState.ACKNOWLEDGED)))
        .group_by(Alarm.kind, Alarm.state)
    )
    return {(kind, state): count for kind, state, count in rows}


def failed_notices(session: Session) -> int:
    """Count the notices that were given up, as long as their alarms are kept."""
    failed = select(func.count()).where(AlarmNotice.state == NoticeState.FAILED)
    return session.scalar(failed) or 0


def office_of(session: Session, subject: Subject) -> int | None:
    """Return the office with which an emergency lies, if any."""
    if subject.kind is SubjectKind.CONVERSATION:
        wanted = select(Conversation.office_id).where(Conversation.id == subject.id)
    elif subject.kind is SubjectKind.TICKET:
        wanted = select(Ticket.office_id).where(Ticket.id == subject.id)
    else:
        return None
    return session.scalar(wanted)


def names(session: Session, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """Return what the subjects are called; those without a name are left out."""
    wanted = set(subjects)
    found: dict[Subject, str] = {}
    for kind, key, name in (
        (SubjectKind.CHANNEL, Channel.id, Channel.name),
        (SubjectKind.TICKET, Ticket.id, Ticket.number),
        (SubjectKind.USER, User.id, User.display_name),
        (SubjectKind.POST, Message.id, cast(Message.conversation_id, String)),
    ):
        ids = [subject.id for subject in wanted if subject.kind is kind]
        if ids:
            rows = session.execute(select(key, name).where(key.in_(ids)))
            found |= {Subject(kind, row_id): text for row_id, text in rows}
    return found


def within(office_id: int | None) -> list[ColumnElement[bool]]:
    """Return what an office may see: its emergencies; if it is a company, only in its tickets."""
    if office_id is None:
        return []
    with_office = (
        select(Conversation.id)
        .join(Office, Office.id == Conversation.office_id)
        .where(
            Conversation.id == Alarm.subject_id,
            Conversation.office_id == office_id,
            Office.kind != OfficeKind.COMPANY,
        )
    )
    with_ticket = select(Ticket.id).where(
        Ticket.id == Alarm.subject_id, Ticket.office_id == office_id
    )
    return [
        Alarm.kind == AlarmKind.EMERGENCY,
        or_(
            and_(Alarm.subject_kind == SubjectKind.CONVERSATION, with_office.exists()),
            and_(Alarm.subject_kind == SubjectKind.TICKET, with_ticket.exists()),
        ),
    ]


def _standing(
    session: Session, office_id: int | None, states: Collection[AlarmState]
) -> list[AlarmRow]:
    found = session.scalars(
        select(Alarm)
        .where(Alarm.state.in_(states), *within(office_id))
        .order_by(
            Alarm.state.desc(),  # open before acknowledged
            (Alarm.kind != AlarmKind.EMERGENCY),
            Alarm.raised_at.desc(),
            Alarm.id.desc(),
        )
        .limit(_MOST)
    ).all()
    return _rows(session, found)


def _rows(session: Session, alarms: Sequence[Alarm]) -> list[AlarmRow]:
    subjects = {alarm.id: Subject(alarm.subject_kind, alarm.subject_id) for alarm in alarms}
    called = names(session, subjects.values())
    people = _people(session, alarms)
    notices = _notices(session, [alarm.id for alarm in alarms])
    return [
        AlarmRow(
            id=alarm.id,
            kind=alarm.kind,
            subject=subjects[alarm.id],
            name=called.get(subjects[alarm.id]),
            state=alarm.state,
            count=alarm.count,
            detail=alarm.detail,
            raised_at=alarm.raised_at,
            last_at=alarm.last_at,
            acknowledged_by=people.get(alarm.acknowledged_by_id or 0),
            acknowledged_at=alarm.acknowledged_at,
            escalated_at=alarm.escalated_at,
            resolved_at=alarm.resolved_at,
            notices=tuple(notices.get(alarm.id, ())),
        )
        for alarm in alarms
    ]


def _people(session: Session, alarms: Sequence[Alarm]) -> dict[int, str]:
    ids = {alarm.acknowledged_by_id for alarm in alarms if alarm.acknowledged_by_id}
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    return {row.id: row.display_name for row in rows}


def _notices(session: Session, alarm_ids: Sequence[int]) -> dict[int, list[NoticeRow]]:
    rows = session.execute(
        select(
            AlarmNotice.alarm_id,
            AlarmNotice.way,
            AlarmNotice.state,
            AlarmNotice.error,
            User.display_name,
        )
        .outerjoin(User, User.id == AlarmNotice.user_id)
        .where(AlarmNotice.alarm_id.in_(alarm_ids))
        .order_by(AlarmNotice.id)
    )
    found: dict[int, list[NoticeRow]] = {}
    for row in rows:
        found.setdefault(row.alarm_id, []).append(NoticeRow(*row))
    return found
