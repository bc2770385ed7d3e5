"""What the data says: the causes of alarms that stand right now, and those that are gone."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import not_, or_, select
from sqlalchemy.orm import Session

from bot.alarms import comments, rules
from bot.alarms import service as alarms
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind
from bot.channels import health
from bot.channels.models import Channel, ChannelHealth
from bot.channels.states import ChannelState
from bot.city import queries as city
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation
from bot.inbox.states import Handler
from bot.operation import records as backups
from bot.outbox import queries as outbox
from bot.processes.service import Known
from bot.processes.states import Role
from bot.tickets.models import Ticket
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from connectors.base import Trouble

Pulls = Callable[[str], bool]  # kind of channel: whether it asks its platform for news

# Kinds whose causes can be seen in the data at any time; the others are raised where they happen.
SEEN = frozenset(
    {
        AlarmKind.DELIVERY_FAILED,
        AlarmKind.CHANNEL_SILENT,
        AlarmKind.CHANNEL_LOGIN,
        AlarmKind.QUEUE_STUCK,
        AlarmKind.DISK_FULL,
        AlarmKind.PROCESS_GONE,
    }
)
DISKS = frozenset({AlarmKind.DISK_FULL})
_STUCK_COUNTED = 1000  # more is not worse
_LOCAL_HOSTS = frozenset({"", "localhost", "127.0.0.1", "::1"})
_LANES: Mapping[Lane, SubjectKind] = MappingProxyType(
    {
        Lane.INBOUND: SubjectKind.INBOUND,
        Lane.OUTBOUND: SubjectKind.OUTBOUND,
        Lane.BULK: SubjectKind.BULK,
    }
)


class Usage(Protocol):
    """What is known of a disk, in bytes."""

    @property
    def total(self) -> int:
        """All of it."""

    @property
    def free(self) -> int:
        """What is left."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for an alarm; `count` of how many things it tells, `detail` a code or figure.

    `proven_after` is how long the watch must have run: after a night without a process old rows
    prove nothing.
    """

    kind: AlarmKind
    subject: Subject
    count: int = 1
    detail: str = ""
    proven_after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is not over, as the watch saw it."""

    id: int
    kind: AlarmKind
    subject: Subject
    state: AlarmState
    count: int
    detail: str
    last_at: datetime
    raised_at: datetime


def standing(session: Session) -> list[Standing]:
    """Return every alarm that is not over."""
    rows = session.scalars(
        select(Alarm)
        .where(Alarm.state.in_((AlarmState.OPEN, AlarmState.ACKNOWLEDGED)))
        .order_by(Alarm.id)
    )
    return [
        Standing(
            row.id,
            row.kind,
            Subject(row.subject_kind, row.subject_id),
            row.state,
            row.count,
            row.detail,
            row.last_at,
            row.raised_at,
        )
        for row in rows
    ]


def deliveries(session: Session) -> Iterator[Cause]:
    """Yield a cause for each channel with parts that are dead or unconfirmed.

    On one that was removed nothing can be mended; its parts stay in the list.
    """
    for channel_id, count in outbox.stuck_channels(session, most=_STUCK_COUNTED).items():
        subject = Subject(SubjectKind.CHANNEL, channel_id)
        yield Cause(AlarmKind.DELIVERY_FAILED, subject, count)


def channels(session: Session, pulls: Pulls, *, now: datetime) -> Iterator[Cause]:
    """Yield a cause for each channel that is silent, or that nobody is logged in to."""
    rows = session.execute(
        select(
            Channel.id,
            Channel.kind,
            Channel.state,
            Channel.created_at,
            ChannelHealth.checked_at,
            ChannelHealth.failing_since,
            ChannelHealth.trouble,
        )
        .outerjoin(ChannelHealth, ChannelHealth.channel_id == Channel.id)
        .where(Channel.state.not_in({ChannelState.REMOVED, ChannelState.FORBIDDEN}))
        .order_by(Channel.id)
    )
    for row in rows:
        subject = Subject(SubjectKind.CHANNEL, row.id)
        if row.trouble is Trouble.LOGIN:
            yield Cause(AlarmKind.CHANNEL_LOGIN, subject)
        elif row.state is ChannelState.ACTIVE and rules.is_silent(
            pulls=pulls(row.kind),
            created_at=row.created_at,
            checked_at=row.checked_at,
            failing_since=row.failing_since,
            now=now,
        ):
            yield Cause(
                AlarmKind.CHANNEL_SILENT,
                subject,
                detail=row.trouble or "",
                proven_after=rules.SILENT_AFTER,
            )


def queues(session: Session, known: Collection[Subject], *, now: datetime) -> Iterator[Cause]:
    """Yield a cause for each lane whose oldest due work nobody has taken for too long.

    What waits for a channel that is paused or failing, or whose platform wants patience, is not
    stuck. A lane that is known to be stuck is mended only when it is clearly faster.
    """
    resting = session.scalars(
        select(Channel.id)
        .outerjoin(ChannelHealth, ChannelHealth.channel_id == Channel.id)
        .where(
            or_(
                Channel.state != ChannelState.ACTIVE,
                ChannelHealth.failing_since.is_not(None),
                health.is_blocked(now),
            )
        )
    ).all()
    for lane, kind in _LANES.items():
        patience = rules.STUCK_AFTER[lane]
        latest = now - (patience / 2 if Subject(kind) in known else patience)
        late = select(Work.id).where(
            Work.lane == lane,
            Work.due_at <= latest,
            or_(not_(work.is_urgent(now)), Work.due_at <= work.urgent(latest)),
            or_(Work.lease_until.is_(None), Work.lease_until <= now),
        )
        if lane is not Lane.INBOUND:  # what came in is read whatever its platform does
            late = late.where(Work.channel_id.not_in(resting))
        if session.scalar(late.order_by(Work.due_at).limit(1)) is not None:
            yield Cause(AlarmKind.QUEUE_STUCK, Subject(kind), proven_after=patience)


def disks(left: Mapping[SubjectKind, Usage], known: Iterable[Subject]) -> Iterator[Cause]:
    """Yield a cause for each folder whose disk is nearly full; `known` are those already told."""
    already = set(known)
    for kind, disk in left.items():
        subject = Subject(kind)
        if rules.is_nearly_full(disk.free, disk.total, already=subject in already):
            share = disk.free * 100 // disk.total if disk.total else 0
            yield Cause(AlarmKind.DISK_FULL, subject, detail=f"{share} %")


def processes(missing: Iterable[Known]) -> Iterator[Cause]:
    """Yield a cause for each role of which processes are `missing`."""
    for role, number in Counter(one.role for one in missing).items():
        yield Cause(AlarmKind.PROCESS_GONE, _process(role), number)


def _process(role: Role) -> Subject:
    return Subject(SubjectKind(f"process_{role}"))


def given_up(seen: Iterable[Standing], missing: Sequence[Known]) -> list[Known]:
    """Return the missing processes that somebody has acknowledged; not where more went since."""
    told = {one.subject: one for one in seen if one.kind is AlarmKind.PROCESS_GONE}
    gone = Counter(one.role for one in missing)
    return [
        one
        for one in missing
        if (known := told.get(_process(one.role)))
        and known.state is AlarmState.ACKNOWLEDGED
        and gone[one.role] <= known.count
    ]


def backup(session: Session, *, now: datetime) -> Iterator[Cause]:
    """Yield a cause where the newest backup, or a city without any, is older than two days.

    The invented data of the demo city needs none.
    """
    if city.facts(session).demo:
        return
    last = backups.last_made(session) or backups.begun(session)
    if last is not None and now - last > backups.OLD:
        yield Cause(AlarmKind.BACKUP_FAILED, alarms.BACKUP)


def database_folder(session: Session) -> Path | None:
    """Return where PostgreSQL keeps its data, if it runs here and tells us.

    Elsewhere the watch of its own machine has to look after its disk.
    """
    if session.get_bind().dialect.name != "postgresql":
        return None
    host = session.connection().engine.url.host or ""
    if host not in _LOCAL_HOSTS and not host.startswith("/"):
        return None
    # The view leaves out what the role may not read, where SHOW would be an error.
    found = session.connection().exec_driver_sql(
        "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
    )
    folder = found.scalar()
    return Path(folder) if folder else None


def gone(session: Session, seen: Sequence[Standing], *, now: datetime) -> list[Standing]:
    """Return the emergencies, failed log-ins and outcries among `seen` whose cause is gone."""
    emergencies = [one for one in seen if one.kind is AlarmKind.EMERGENCY]
    talks = set(
        session.scalars(
            select(Conversation.id).where(
                Conversation.id.in_(_ids(emergencies, SubjectKind.CONVERSATION)),
                Conversation.emergency_at.is_not(None),
            )
        )
    )
    tickets = set(
        session.scalars(
            select(Ticket.id).where(
                Ticket.id.in_(_ids(emergencies, SubjectKind.TICKET)), Ticket.closed_at.is_(None)
            )
        )
    )
    unread = set(
        session.scalars(
            select(RawItem.channel_id).where(
                RawItem.state == RawState.QUARANTINED,
                RawItem.channel_id.in_(_ids(emergencies, SubjectKind.CHANNEL)),
            )
        )
    )
    there = {
        SubjectKind.CONVERSATION: talks,
        SubjectKind.TICKET: tickets,
        SubjectKind.CHANNEL: unread,
    }
    over = [one for one in emergencies if one.subject.id not in there[one.subject.kind]]
    over += [
        one
        for one in seen
        if one.kind is AlarmKind.LOG_INS_FAILED
        and not alarms.failed_log_ins(session, one.subject.id, now=now)
    ]
    outcries = [one for one in seen if one.kind is AlarmKind.NEGATIVE_COMMENTS]
    quiet = comments.quiet(session, _ids(outcries, SubjectKind.POST), now=now)
    return over + [one for one in outcries if one.subject.id in quiet]


def taken(session: Session, seen: Sequence[Standing]) -> list[tuple[Standing, int]]:
    """Return the open emergencies whose conversation a colleague has taken since, and who."""
    open_ones = {
        one.subject.id: one
        for one in seen
        if one.kind is AlarmKind.EMERGENCY
        and one.state is AlarmState.OPEN
        and one.subject.kind is SubjectKind.CONVERSATION
    }
    rows = session.execute(
        select(Conversation.id, Conversation.assignee_id, Conversation.last_staff_at).where(
            Conversation.id.in_(open_ones),
            Conversation.handler == Handler.STAFF,
            Conversation.assignee_id.is_not(None),
            Conversation.last_staff_at.is_not(None),
        )
    )
    return [
        (open_ones[row.id], row.assignee_id)
        for row in rows
        if row.last_staff_at > open_ones[row.id].last_at
    ]


def _ids(seen: Iterable[Standing], kind: SubjectKind) -> list[int]:
    return [one.subject.id for one in seen if one.subject.kind is kind]
