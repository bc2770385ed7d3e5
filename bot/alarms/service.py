"""Writing alarms: raise, acknowledge, escalate, clear; each change is audited and seen live."""

import hashlib
import hmac
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from bot.alarms import queries, rules
from bot.alarms.models import NOT_OVER, Alarm, AlarmNotice, AlarmRoute
from bot.alarms.rules import Route
from bot.alarms.states import AlarmKind, AlarmState, Level, NoticeState, Subject, SubjectKind, Way
from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.audit.service import SYSTEM, Actor, ActorKind
from bot.channels.service import is_web_address
from bot.db.bulk import insert
from bot.errors import InvalidError, NotFoundError
from bot.events import service as events
from bot.events.service import Change
from bot.staff import permissions
from bot.staff.models import User
from bot.staff.permissions import Permission, StaffUser
from bot.staff.states import Role

CHANGED = "alarm.changed"
LOG_IN_FAILED, CODE_FAILED = "log_in.failed", "log_in.code_failed"  # the audit line that counts
BACKUP = Subject(SubjectKind.BACKUP)
_STANDING = (AlarmState.OPEN, AlarmState.ACKNOWLEDGED)


class AlarmNotFoundError(NotFoundError):
    """There is no such alarm."""

    code = "alarm_not_found"


def raise_alarm(
    session: Session,
    kind: AlarmKind,
    subject: Subject,
    *,
    now: datetime,
    detail: str = "",
    count: int = 1,
) -> int:
    """Raise an alarm and return its id; one that stands already counts up.

    Who has acknowledged it knew of less than there is now: it is open again, and told again.
    """
    while True:
        fresh = _open(session, kind, subject, detail, count, now)
        if fresh is not None:
            return fresh
        known = _lock(session, kind, subject)
        if known is not None:  # else it was resolved between the two looks
            break
    known.count += count
    known.last_at = now
    known.detail = detail[:60] or known.detail
    if known.state is AlarmState.ACKNOWLEDGED:
        _reopen(known, now)
        session.flush()
        _tell(session, known, Level.FIRST, now)
        audit.note(session, SYSTEM, "alarm.raised", "alarm", known.id, now=now)
    session.flush()
    _announce(session, now)
    return known.id


def _open(
    session: Session, kind: AlarmKind, subject: Subject, detail: str, count: int, now: datetime
) -> int | None:
    """Raise an alarm and return its id; None where one stands already."""
    written = insert(session, Alarm).values(
        kind=kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        state=AlarmState.OPEN,
        count=count,
        detail=detail[:60],
        raised_at=now,
        last_at=now,
    )
    statement = written.on_conflict_do_nothing(
        index_elements=["kind", "subject_kind", "subject_id"],
        index_where=NOT_OVER,
    ).returning(Alarm.id)
    fresh = session.scalar(statement)
    if fresh is None:
        return None
    _tell(session, session.get_one(Alarm, fresh), Level.FIRST, now)
    audit.note(session, SYSTEM, "alarm.raised", "alarm", fresh, now=now)
    _announce(session, now)
    return fresh


def raise_once(
    session: Session, kind: AlarmKind, subject: Subject, count: int, *, now: datetime
) -> None:
    """Raise an alarm that tells of `count` things; one that stands only takes the new count.

    Unlike with `raise_alarm`, who has acknowledged it is not called again.
    """
    while (known := _lock(session, kind, subject)) is None:
        if _open(session, kind, subject, "", count, now) is not None:
            return
    known.count, known.last_at = count, now
    session.flush()
    _announce(session, now)


def recount(session: Session, alarm_id: int, count: int, detail: str, *, now: datetime) -> None:
    """Note of how many things a standing alarm tells now; more than was acknowledged opens it."""
    alarm = session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is None or alarm.state is AlarmState.RESOLVED:
        return
    grown = count > alarm.count
    alarm.count, alarm.detail, alarm.last_at = count, detail[:60], now
    if grown and alarm.state is AlarmState.ACKNOWLEDGED:
        _reopen(alarm, now)
        _tell(session, alarm, Level.FIRST, now)
        audit.note(session, SYSTEM, "alarm.raised", "alarm", alarm_id, now=now)
    session.flush()
    _announce(session, now)


def clear(session: Session, kind: AlarmKind, subject: Subject, *, now: datetime) -> None:
    """End the alarm of this kind and subject, if one stands: its cause is gone."""
    alarm = _lock(session, kind, subject)
    if alarm is not None:
        _resolve(session, alarm, SYSTEM, now)


def clear_seen(session: Session, alarm_id: int, last_at: datetime, *, now: datetime) -> None:
    """End an alarm unless it was raised again after `last_at`."""
    alarm = session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is not None and alarm.state is not AlarmState.RESOLVED and alarm.last_at == last_at:
        _resolve(session, alarm, SYSTEM, now)


def acknowledge(session: Session, user: StaffUser, alarm_id: int, *, now: datetime) -> None:
    """Note that `user` knows and takes care; the first one counts, and nothing escalates any more.

    Raises `AlarmNotFoundError` for one they may not even read, `PermissionDeniedError`.
    """
    office_id = permissions.office_filter(user, Permission.ALARMS_ACKNOWLEDGE)
    alarm = session.scalar(
        select(Alarm)
        .where(Alarm.id == alarm_id, *queries.within(office_id))
        .with_for_update(of=Alarm)
    )
    if alarm is None:
        raise AlarmNotFoundError("There is no such alarm.")
    if alarm.state is AlarmState.OPEN:
        _acknowledge(session, alarm, user.id, now)


def take_over(session: Session, alarm_id: int, user_id: int, *, now: datetime) -> None:
    """Count it as acknowledged that a colleague has taken the conversation of an emergency."""
    alarm = session.get(Alarm, alarm_id, with_for_update=True, populate_existing=True)
    if alarm is not None and alarm.state is AlarmState.OPEN:
        _acknowledge(session, alarm, user_id, now)


def escalate(session: Session, *, now: datetime) -> int:
    """Tell the next ones of what nobody has acknowledged in time; return how many alarms."""
    due = session.scalars(
        select(Alarm)
        .where(
            Alarm.state == AlarmState.OPEN,
            Alarm.escalated_at.is_(None),
            Alarm.raised_at <= now - rules.ESCALATE_AFTER,
        )
        .order_by(Alarm.id)
        .with_for_update(skip_locked=True)
    ).all()
    for alarm in due:
        alarm.escalated_at = now
        _tell(session, alarm, Level.ESCALATION, now)
        audit.note(session, SYSTEM, "alarm.escalated", "alarm", alarm.id, now=now)
    session.flush()
    if due:
        _announce(session, now)
    return len(due)


def follow_clock(session: Session, *, now: datetime) -> None:
    """Let nothing wait for a time that is far away because a clock was set back."""
    session.execute(
        update(AlarmNotice)
        .where(
            AlarmNotice.state.in_((NoticeState.QUEUED, NoticeState.SENDING)),
            AlarmNotice.due_at > now + rules.LONGEST_WAIT,
        )
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Alarm)
        .where(Alarm.state.in_(_STANDING), Alarm.last_at > now)
        .values(last_at=now, raised_at=case((Alarm.raised_at > now, now), else_=Alarm.raised_at))
        .execution_options(synchronize_session=False)
    )


def note_failed_log_in(session: Session, user_id: int, *, now: datetime) -> None:
    """Raise the alarm when an account has met too many wrong passwords; call it after the audit.

    One that stands only counts: who has acknowledged it is not called again for every guess.
    """
    failed = failed_log_ins(session, user_id, now=now)
    if failed >= rules.LOG_INS_FAILED:
        subject = Subject(SubjectKind.USER, user_id)
        raise_once(session, AlarmKind.LOG_INS_FAILED, subject, failed, now=now)


def failed_log_ins(session: Session, user_id: int, *, now: datetime) -> int:
    """Count the wrong passwords of the last minutes."""
    failed = select(func.count()).where(
        AuditEntry.subject_kind == "user",
        AuditEntry.subject_id == user_id,
        AuditEntry.action.in_((LOG_IN_FAILED, CODE_FAILED)),
        AuditEntry.at > now - rules.LOG_INS_WITHIN,
    )
    return session.scalar(failed) or 0


def add_route(session: Session, route: Route, *, actor: Actor, now: datetime) -> int:
    """Add a route and return its id; raises `InvalidError` for one that leads nowhere."""
    if route.way is Way.WEBHOOK:
        if route.role is not None or route.url is None or not is_web_address(route.url):
            raise InvalidError(
                "A webhook needs an http:// or https:// address without a password, and no role.",
                field="url",
            )
    elif route.role is None or route.url is not None:
        raise InvalidError("Desk and e-mail need a role, and no address.", field="role")
    elif Permission.ALARMS_READ not in permissions.TABLE[route.role]:
        raise InvalidError(f"The role {route.role} may not read alarms.", field="role")
    elif route.role is Role.OFFICE and route.kind is not AlarmKind.EMERGENCY:
        raise InvalidError("An office is told of emergencies only.", field="kind")
    row = AlarmRoute(
        kind=route.kind,
        role=route.role,
        way=route.way,
        level=route.level,
        url=route.url,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.note(session, actor, "alarm_route.added", "alarm_route", row.id, now=now)
    return row.id


def remove_route(session: Session, route_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a route; raises `NotFoundError`."""
    gone = session.scalar(
        delete(AlarmRoute).where(AlarmRoute.id == route_id).returning(AlarmRoute.id)
    )
    if gone is None:
        raise NotFoundError(f"There is no route {route_id}.")
    audit.note(session, actor, "alarm_route.removed", "alarm_route", route_id, now=now)


def webhook_secret(key: bytes, url: str) -> str:
    """Return what signs the posts to this address, made from the installation's key."""
    return hmac.new(key, f"alarm:{url}".encode(), hashlib.sha256).hexdigest()


def _lock(session: Session, kind: AlarmKind, subject: Subject) -> Alarm | None:
    return session.scalars(
        select(Alarm)
        .where(
            Alarm.kind == kind,
            Alarm.subject_kind == subject.kind,
            Alarm.subject_id == subject.id,
            Alarm.state.in_(_STANDING),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _reopen(alarm: Alarm, now: datetime) -> None:
    alarm.state = AlarmState.OPEN
    alarm.raised_at = now
    alarm.escalated_at = alarm.acknowledged_at = alarm.acknowledged_by_id = None


def _acknowledge(session: Session, alarm: Alarm, user_id: int, now: datetime) -> None:
    alarm.state = AlarmState.ACKNOWLEDGED
    alarm.acknowledged_by_id = user_id
    alarm.acknowledged_at = now
    actor = Actor(ActorKind.USER, user_id)
    audit.note(session, actor, "alarm.acknowledged", "alarm", alarm.id, "state", now=now)
    subject = Subject(alarm.subject_kind, alarm.subject_id)
    if rules.ends_with_acknowledgement(alarm.kind, subject):
        _resolve(session, alarm, actor, now)
        return
    session.flush()
    _announce(session, now)


def _resolve(session: Session, alarm: Alarm, actor: Actor, now: datetime) -> None:
    alarm.state = AlarmState.RESOLVED
    alarm.resolved_at = now
    session.flush()
    audit.note(session, actor, "alarm.resolved", "alarm", alarm.id, "state", now=now)
    _announce(session, now)


def _tell(session: Session, alarm: Alarm, level: Level, now: datetime) -> None:
    """Write a notice for everybody whom this level tells by e-mail or webhook."""
    configured = [row.route for row in queries.routes(session)]
    told = rules.told(configured, alarm.kind, level)
    rows: list[tuple[Way, int | None, str | None]] = [
        (Way.WEBHOOK, None, route.url) for route in told if route.way is Way.WEBHOOK
    ]
    roles = {route.role for route in told if route.way is Way.EMAIL and route.role is not None}
    rows += [(Way.EMAIL, user_id, None) for user_id in _with_address(session, alarm, roles)]
    session.add_all(
        AlarmNotice(
            alarm_id=alarm.id,
            level=level,
            way=way,
            user_id=user_id,
            url=url,
            key=uuid.uuid4().hex,
            state=NoticeState.QUEUED,
            due_at=now,
            created_at=now,
        )
        for way, user_id, url in rows
    )


def _with_address(session: Session, alarm: Alarm, roles: Collection[Role]) -> Sequence[int]:
    """Return the active colleagues of these roles who have an address; of the office concerned."""
    if not roles:
        return []
    office_id = queries.office_of(session, Subject(alarm.subject_kind, alarm.subject_id))
    rows = session.execute(
        select(User.id, User.role, User.office_id)
        .where(User.active, User.email.is_not(None), User.role.in_(roles))
        .order_by(User.id)
    )
    return [
        row.id
        for row in rows
        if row.role is not Role.OFFICE or (office_id is not None and row.office_id == office_id)
    ]


def _announce(session: Session, now: datetime) -> None:
    events.publish(session, [Change(CHANGED)], now=now)
