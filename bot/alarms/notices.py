"""Notices on their way out: e-mail through the city's server, signed posts to other systems.

`sending` is stored before the call. One that a crash has left there is sent again when its lease
is over, with the same key: an alarm is better twice than never.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.alarms import queries, rules, texts
from bot.alarms import service as alarms
from bot.alarms.models import Alarm, AlarmNotice
from bot.alarms.rules import Answer, NotNow, Refused, Told
from bot.alarms.states import AlarmKind, AlarmState, Level, NoticeState, Subject, SubjectKind, Way
from bot.city import queries as city
from bot.db.bulk import one_of
from bot.db.engine import Store
from bot.events import service as events
from bot.events.service import Change
from bot.staff.models import User
from bot.staff.states import StaffLanguage
from connectors import smtp, webhook
from connectors.base import Network
from connectors.mailserver import Server
from connectors.smtp import Connection, MailError

_log = structlog.get_logger()
_AT_ONCE = 20  # notices of one round
_SINGLY = 5  # notices of one kind that a person gets one by one; more become one letter
_IN_ONE = 2000  # at most
_WAITING = (NoticeState.QUEUED, NoticeState.SENDING)


@dataclass(frozen=True, slots=True)
class Sender:
    """With what and as whom notices leave. Without a server e-mails are given up visibly."""

    key: bytes  # the installation's
    base_url: str
    mail_from: str
    server: Server | None
    network: Network = field(default_factory=Network)

    @property
    def host(self) -> str:
        """The part of the address behind the @: what we call ourselves."""
        return self.mail_from.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class _Notice:
    """A claimed notice with all that its text needs; `attempts` proves the claim.

    `claims` are the ids and attempts of all notices that it settles, its own among them.
    """

    id: int
    claims: tuple[tuple[int, int], ...]
    key: str
    way: Way
    level: Level
    url: str | None
    email: str | None
    language: str
    attempts: int
    created_at: datetime
    alarm_id: int
    kind: AlarmKind
    subject: Subject
    name: str | None
    state: AlarmState
    count: int
    detail: str
    raised_at: datetime
    city: str


_Row = tuple[AlarmNotice, Alarm, str | None, StaffLanguage | None]


class Notices:
    """Sends what waits; `chance` spreads the retries."""

    def __init__(
        self,
        database: Store,
        sender: Sender,
        *,
        chance: Callable[[], float],
        now: Callable[[], datetime] = clock.now,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._sender = sender
        self._chance = chance
        self._now = now
        self._is_stopping = is_stopping

    def run_once(self) -> int:
        """Send what is due, posts first; return how many notices were claimed."""
        claimed = 0
        for way, send in ((Way.WEBHOOK, self._post), (Way.EMAIL, self._mail)):
            now = self._now()
            with self._database.read() as session:
                waits = session.scalar(_due(way, now).limit(1)) is not None
            if waits and not self._is_stopping():
                with self._database.unit_of_work() as session:
                    _give_up_old(session, now)
                    notices = _claim(session, way, now)
                send(notices)
                claimed += len(notices)
        return claimed

    def _post(self, notices: Sequence[_Notice]) -> None:
        if notices:
            answers = asyncio.run(self._post_all(notices))
            for notice, answer in zip(notices, answers, strict=True):
                self._record(notice, answer)

    async def _post_all(self, notices: Sequence[_Notice]) -> list[Answer]:
        async with webhook.client(self._sender.network) as http:

            async def one(notice: _Notice) -> Answer:
                url = notice.url or ""
                secret = alarms.webhook_secret(self._sender.key, url)
                body = _body(notice, self._sender.base_url)
                error = await webhook.post(http, url, secret, body, at=self._now())
                return NotNow(error[:60]) if error else Told()

            return list(await asyncio.gather(*(one(notice) for notice in notices)))

    def _mail(self, notices: Sequence[_Notice]) -> None:
        """Send the mails over one connection; a server that is away is away for all of them."""
        server = self._sender.server
        error = "no_server" if server is None else "no_address"
        sendable = [one for one in notices if server is not None and one.email]
        for notice in notices:
            if notice not in sendable:
                self._record(notice, Refused(error))
        if server is None or not sendable:
            return
        begun = self._now()
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(
                    smtp.connected(server, name=self._sender.host, is_stopping=self._is_stopping)
                )
            except Exception as problem:  # noqa: BLE001 (whatever it is, it is tried again)
                for notice in sendable:
                    self._record(notice, _not_taken(problem))
                return
            for notice in sendable:
                if self._now() - begun >= rules.NOTICE_LEASE:
                    break  # a slow server: the rest is due again, after the posts
                self._record(notice, self._hand_in(connection, notice))

    def _hand_in(self, connection: Connection, notice: _Notice) -> Answer:
        try:
            smtp.send(connection, _message(notice, self._sender, self._now()))
        except Exception as problem:  # noqa: BLE001 (one mail must not keep the others back)
            return _not_taken(problem)
        return Told()

    def _record(self, notice: _Notice, answer: Answer) -> None:
        """Store what became of a notice, unless another process has taken it over meanwhile."""
        now = self._now()
        verdict = rules.judge(
            answer,
            attempts=notice.attempts,
            age=now - notice.created_at,
            chance=self._chance(),
            now=now,
        )
        with self._database.unit_of_work() as session:
            stored = session.scalars(
                update(AlarmNotice)
                .where(
                    one_of((AlarmNotice.id, AlarmNotice.attempts), notice.claims),
                    AlarmNotice.state == NoticeState.SENDING,
                )
                .values(
                    state=verdict.state,
                    due_at=verdict.due_at or now,
                    error=verdict.error,
                    sent_at=now if verdict.state is NoticeState.SENT else None,
                )
                .returning(AlarmNotice.id)
                .execution_options(synchronize_session=False)
            ).all()
            if stored:
                events.publish(session, [Change(alarms.CHANGED)], now=now)
        if verdict.error:
            _log.warning(
                "alarms.not_told", notice=notice.id, error=verdict.error, state=verdict.state
            )


def _not_taken(problem: Exception) -> Answer:
    if isinstance(problem, MailError):
        return Refused(problem.code) if problem.final else NotNow(problem.code)
    return NotNow(type(problem).__name__[:60])


def _due(way: Way, now: datetime) -> Select[int]:
    """Select what is due, emergencies first."""
    return (
        select(AlarmNotice.id)
        .where(
            AlarmNotice.way == way,
            AlarmNotice.state.in_(_WAITING),
            AlarmNotice.due_at <= now,
        )
        .join(Alarm, Alarm.id == AlarmNotice.alarm_id)
        .order_by(Alarm.kind != AlarmKind.EMERGENCY, AlarmNotice.due_at, AlarmNotice.id)
    )


def _give_up_old(session: Session, now: datetime) -> None:
    """Give up what nobody could tell in time, as after a long stop: the desk has shown it since.

    Its last error stays its reason.
    """
    given_up = session.scalars(
        update(AlarmNotice)
        .where(
            AlarmNotice.state.in_(_WAITING),
            AlarmNotice.due_at <= now,
            AlarmNotice.created_at <= now - rules.NOTICE_PATIENCE,
        )
        .values(state=NoticeState.FAILED, error=func.coalesce(AlarmNotice.error, rules.TOO_LATE))
        .returning(AlarmNotice.id)
        .execution_options(synchronize_session=False)
    ).all()
    if given_up:
        events.publish(session, [Change(alarms.CHANGED)], now=now)
        _log.warning("alarms.too_late", notices=len(given_up))


def _claim(session: Session, way: Way, now: datetime) -> list[_Notice]:
    """Mark what is due as being sent; what is still so when the lease ends is due again."""
    rows = _rows(session, _take(session, _due(way, now).limit(_AT_ONCE), now))
    letters = [[row] for row in rows]
    if way is Way.EMAIL:
        letters = _together(session, rows, now)
    subjects = {alarm.id: Subject(alarm.subject_kind, alarm.subject_id) for _, alarm, _, _ in rows}
    # A colleague's name stays in the house: the account's key is enough.
    named = [one for one in subjects.values() if one.kind is not SubjectKind.USER]
    names = queries.names(session, named)
    name_of_city = city.facts(session).name if rows else ""
    return [
        _Notice(
            id=notice.id,
            claims=tuple((one.id, one.attempts) for one, *_ in letter),
            key=notice.key,
            way=notice.way,
            level=notice.level,
            url=notice.url,
            email=email,
            language=language or StaffLanguage.DE,
            attempts=notice.attempts,
            created_at=notice.created_at,
            alarm_id=alarm.id,
            kind=alarm.kind,
            subject=subjects[alarm.id],
            name=names.get(subjects[alarm.id]),
            state=min((each.state for _, each, *_ in letter), key=list(AlarmState).index),
            count=alarm.count,
            detail=alarm.detail,
            raised_at=min(each.raised_at for _, each, *_ in letter),
            city=name_of_city,
        )
        for letter in letters
        for notice, alarm, email, language in letter[:1]
    ]


def _take(session: Session, due: Select[int], now: datetime) -> Sequence[int]:
    return session.scalars(
        update(AlarmNotice)
        .where(AlarmNotice.id.in_(due.with_for_update(skip_locked=True, of=AlarmNotice)))
        .values(
            state=NoticeState.SENDING,
            attempts=AlarmNotice.attempts + 1,
            due_at=now + rules.NOTICE_LEASE,
        )
        .returning(AlarmNotice.id)
        .execution_options(synchronize_session=False)
    ).all()


def _rows(session: Session, ids: Sequence[int]) -> list[_Row]:
    found = session.execute(
        select(AlarmNotice, Alarm, User.email, User.language)
        .join(Alarm, Alarm.id == AlarmNotice.alarm_id)
        .outerjoin(User, (User.id == AlarmNotice.user_id) & User.active)
        .where(AlarmNotice.id.in_(ids))
        .order_by(Alarm.kind != AlarmKind.EMERGENCY, AlarmNotice.id)
        .execution_options(populate_existing=True)
    )
    return [(notice, alarm, email, language) for notice, alarm, email, language in found]


def _together(session: Session, rows: Sequence[_Row], now: datetime) -> list[list[_Row]]:
    """Put what a person would get too much of into one letter, with all of it that waits.

    A thousand jokes about "Hilfe" must not keep the mail back that tells of the one real cry.
    """
    same: dict[tuple[int | None, Level, AlarmKind], list[_Row]] = {}
    for row in rows:
        same.setdefault((row[0].user_id, row[0].level, row[1].kind), []).append(row)
    letters = []
    for (user_id, level, kind), claimed in same.items():
        others = _due(Way.EMAIL, now).where(
            AlarmNotice.user_id == user_id, AlarmNotice.level == level, Alarm.kind == kind
        )
        more = session.scalars(others.limit(_SINGLY)).all()
        if len(claimed) + len(more) > _SINGLY:
            rest = _rows(session, _take(session, others.limit(_IN_ONE), now))
            letters.append([*claimed, *rest])
        else:
            letters += [[row] for row in claimed]
    return letters


def _title(notice: _Notice) -> str:
    if len(notice.claims) > 1:
        return texts.many(notice.kind, len(notice.claims), notice.language)
    return texts.title(notice.kind, notice.subject, notice.name, notice.detail, notice.language)


def _message(notice: _Notice, sender: Sender, now: datetime) -> EmailMessage:
    """Return the mail: what, since when, and where to look. Nothing that a citizen wrote."""
    message = EmailMessage()
    message["From"] = sender.mail_from
    message["To"] = notice.email
    message["Subject"] = texts.subject_line(
        _title(notice), notice.city, notice.language, escalated=notice.level is Level.ESCALATION
    )
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.key}@{sender.host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers
    if notice.kind is AlarmKind.EMERGENCY:
        message["Importance"] = "high"
    message.set_content(
        texts.letter(
            _title(notice),
            notice.kind,
            notice.subject.kind,
            f"{sender.base_url}/desk/alarms",
            notice.raised_at.astimezone(clock.BERLIN),
            notice.language,
            escalated=notice.level is Level.ESCALATION,
            state=notice.state,
        )
    )
    return message


def _body(notice: _Notice, base_url: str) -> bytes:
    """Return what is posted: ids, kinds and figures; the same `id` is the same notice."""
    body = {
        "id": notice.key,
        "event": "alarm.escalated" if notice.level is Level.ESCALATION else "alarm.raised",
        "alarm": {
            "id": notice.alarm_id,
            "kind": notice.kind,
            "subject": {"kind": notice.subject.kind, "id": notice.subject.id},
            "state": notice.state,
            "count": notice.count,
            "raised_at": notice.raised_at.isoformat(),
        },
        "text": _title(notice),
        "url": f"{base_url}/desk/alarms",
    }
    return json.dumps(body, ensure_ascii=False).encode()
