"""Alarms: what a person must know now, what was, and taking care of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.alarms import queries, texts
from bot.alarms import service as alarms
from bot.alarms.queries import AlarmRow, NoticeRow
from bot.alarms.states import AlarmKind, AlarmState, NoticeState, SubjectKind, Way
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from dashboard.desk import access, alarm_line
from dashboard.desk.page import page, part
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.render import link
from dashboard.security import csrf
from dashboard.web import is_fragment, see_other, web_of

router = new_router()

SENT = "%(way)s an %(names)s gesendet"
TRYING = "%(way)s an %(names)s unterwegs"
FAILED = "%(way)s an %(names)s nicht angekommen: %(reason)s"
BY_EMAIL = "E-Mail"
BY_WEBHOOK = "Meldung"
OTHER_SYSTEM = "anderes System"
_LINKS = {
    AlarmKind.EMERGENCY: {
        SubjectKind.CONVERSATION: "/desk/conversations/{id}",
        SubjectKind.TICKET: "/desk/tickets/{name}",
        SubjectKind.CHANNEL: "/desk/quarantine",
    },
    AlarmKind.NEGATIVE_COMMENTS: {SubjectKind.POST: "/desk/conversations/{name}#message-{id}"},
    AlarmKind.DELIVERY_FAILED: {SubjectKind.CHANNEL: "/desk/failed"},
    AlarmKind.CHANNEL_SILENT: {SubjectKind.CHANNEL: "/desk/channels"},
    AlarmKind.CHANNEL_LOGIN: {SubjectKind.CHANNEL: "/desk/channels"},
}


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told, or why not."""

    text: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Item:
    """An alarm as the page shows it; `state` is escalated, open, acknowledged or resolved."""

    id: int
    title: str
    advice: str
    emergency: bool
    state: str
    count: int
    raised_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    escalated_at: datetime | None
    resolved_at: datetime | None
    href: str | None
    told: tuple[Told, ...]


@router.get("/alarms")
def show(request: Request, before: str = "") -> Response:
    """List the alarms that stand, and page by page those that are over."""
    user = access.current(request)
    place = int(before) if before.isdecimal() and len(before) < 19 else None
    with web_of(request).app.database.read() as session:
        standing = queries.standing(session, user)
        over, following = queries.over(session, user, before=place)
    show_it, template = (
        (part, "desk/_alarms.html") if is_fragment(request) else (page, "desk/alarms.html")
    )
    return show_it(
        request,
        user,
        template,
        standing=[_item(row, user) for row in standing],
        over=[_item(row, user) for row in over],
        more=link("/desk/alarms", before=following) if following else None,
    )


@router.get("/alarms/line")
def show_line(request: Request) -> Response:
    """Return the line above every page; empty where there is nothing to say."""
    user = access.current(request)
    with web_of(request).app.database.read() as session:
        glance = queries.glance(session, user)
        line = alarm_line.of(session, glance, user.language, now=clock.now())
    return part(request, user, "desk/_alarm_line.html", alarm_line=line)


@router.post("/alarms/{alarm_id}/acknowledge")
def acknowledge(
    request: Request, alarm_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Take care of an alarm; one that somebody else has acknowledged stays theirs."""
    user = access.poster(request, token)
    app = web_of(request).app
    with app.database.unit_of_work() as session:
        alarms.acknowledge(session, user, alarm_id, now=clock.now())
    app.bells.events.ring()
    return see_other("/desk/alarms?done=acknowledged")


def _item(row: AlarmRow, user: StaffUser) -> Item:
    escalated = row.state is AlarmState.OPEN and row.escalated_at is not None
    return Item(
        id=row.id,
        title=alarm_line.title(row, user.language),
        advice=texts.advice(row.kind, row.subject.kind, user.language),
        emergency=row.kind is AlarmKind.EMERGENCY,
        state="escalated" if escalated else row.state,
        count=row.count,
        raised_at=row.raised_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        escalated_at=row.escalated_at,
        resolved_at=row.resolved_at,
        href=_href(row, user),
        told=_told(row.notices, user.language),
    )


def _href(row: AlarmRow, user: StaffUser) -> str | None:
    """Return where one can do something about it, if the reader may."""
    path = _LINKS.get(row.kind, {}).get(row.subject.kind)
    if path is None or ("{name}" in path and row.name is None):
        return None
    needed = {
        "/desk/channels": Permission.CHANNELS_READ,
        "/desk/failed": Permission.DELIVERIES_READ,
        "/desk/quarantine": Permission.QUARANTINE_READ,
    }
    if path in needed and not permissions.allows(user, needed[path]):
        return None
    return path.format(id=row.subject.id, name=row.name)


def _told(notices: Sequence[NoticeRow], language: str) -> tuple[Told, ...]:
    """Say in a line for each way and outcome who was told."""
    words = Words(language)
    lines: dict[tuple[Way, NoticeState, str | None], list[str]] = {}
    for notice in notices:
        waiting = notice.state in {NoticeState.QUEUED, NoticeState.SENDING}
        state = NoticeState.QUEUED if waiting else notice.state
        reason = notice.error if state is NoticeState.FAILED else None
        name = notice.name or words.say(OTHER_SYSTEM)
        names = lines.setdefault((notice.way, state, reason), [])
        if name not in names:
            names.append(name)
    sentences = {NoticeState.SENT: SENT, NoticeState.QUEUED: TRYING, NoticeState.FAILED: FAILED}
    return tuple(
        Told(
            words.say(
                sentences[state],
                way=words.say(BY_EMAIL if way is Way.EMAIL else BY_WEBHOOK),
                names=", ".join(names),
                reason=texts.error(reason, language),
            ),
            failed=state is NoticeState.FAILED,
        )
        for (way, state, reason), names in lines.items()
    )
