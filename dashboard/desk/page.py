"""The frame of every desk page: navigation with its counts, colours, language."""

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import clock
from bot.alarms import queries as alarms
from bot.alarms.queries import Glance
from bot.errors import PermissionDeniedError
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox import moderation
from bot.inbox import queries as inbox
from bot.inbox.queries import COUNTED, Filters, View
from bot.outbox import queries as outbox
from bot.staff import permissions, second_factor
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import desk as tickets
from bot.tickets.states import StatusGroup
from dashboard.desk import access, alarm_line
from dashboard.desk.route import theme_of
from dashboard.desk.words import Words, shown
from dashboard.web import render, web_of

Count = int | str | None

NOTICES = {
    "saved": ("ok", "Gespeichert."),
    "told": ("ok", "Gespeichert. Die Nachricht ist unterwegs."),
    "waits": ("ok", "Gespeichert. Die Nachricht geht hinaus, sobald der Kanal wieder läuft."),
    "hinted": ("ok", "Gespeichert. Öffentlich steht nur, dass es Neues gibt."),
    "untold": ("ok", "Gespeichert. Es geht keine Nachricht hinaus."),
    "requeued": ("ok", "Wird erneut gesendet."),
    "settled": ("ok", "Erledigt. Es wird nicht mehr gesendet."),
    "acknowledged": ("ok", "Bestätigt. Alle sehen, dass Sie sich kümmern."),
    "retried": ("ok", "Wird erneut gelesen."),
    "noted": ("ok", "Erledigt."),
    "message-released": ("ok", "Freigegeben. Die Unterhaltung wartet jetzt auf eine Antwort."),
    "message-confirmed": ("ok", "Als Verstoß festgehalten."),
    "judged": (
        "warn",
        "Schon entschieden, oder die Nachricht ist nicht mehr da.",
    ),
    "reworked": (
        "warn",
        "Die Nachricht wurde geändert. Bitte lesen Sie sie noch einmal.",
    ),
    "deleted": ("ok", "Gelöscht. Der Assistent antwortet damit nicht mehr."),
    "understood": ("ok", "Gemerkt. Das nächste Training lernt daraus."),
    "model-used": ("ok", "Eingesetzt. Alle Prozesse verstehen ab der nächsten Nachricht damit."),
    "model-unfit": ("bad", "Dieses Modell passt nicht mehr zu dieser Fassung von Stadtdraht."),
    "added": ("ok", "Der Kanal ist da."),
    "removed": ("ok", "Der Kanal ist entfernt."),
    "paused": ("ok", "Der Kanal ist pausiert."),
    "resumed": ("ok", "Der Kanal läuft wieder."),
    "kind_allowed": ("ok", "Zugelassen. Angehaltene Konten gehen gleich weiter."),
    "kind_forbidden": (
        "ok",
        "Nicht mehr zugelassen. Stadtdraht liest und sendet dort nichts mehr.",
    ),
    "released": ("ok", "Die Bindung ist gelöst; der Kanal geht gleich weiter."),
    "tested": ("ok", "Der Test ist bestanden: Das Konto funktioniert."),
    "test_failed": ("bad", "Der Test ist fehlgeschlagen. Was zu tun ist, steht beim Zustand."),
    "factor-off": ("ok", "Der zweite Faktor ist ausgeschaltet. Andere Geräte sind abgemeldet."),
    "password": ("ok", "Ihr neues Passwort gilt. Andere Geräte sind abgemeldet."),
}


@dataclass(frozen=True, slots=True)
class Nav:
    """The counts beside the areas; None hides an area that the user may not enter."""

    inbox: Count
    tickets: Count
    record: Count
    failed: Count
    quarantine: Count
    moderation: Count
    learning: Count
    alarms: Count
    texts: Count
    knowledge: Count
    channels: Count
    unguarded: bool = False  # administers the city with a password alone


def page(
    request: Request,
    user: StaffUser,
    template: str,
    *,
    status: int = 200,
    flash: tuple[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """Return a whole page; `?done=` says what the form before it achieved."""
    with web_of(request).app.database.read() as session:
        glance = alarms.glance(session, user)
        nav = _nav(session, user, glance)
        line = alarm_line.of(session, glance, user.language, now=clock.now())
    if flash is None and (notice := NOTICES.get(request.query_params.get("done", ""))):
        flash = (notice[0], Words(user.language).say(notice[1]))
    return render(
        request,
        template,
        status=status,
        language=user.language,
        user=user,
        csrf=user.csrf,
        theme=theme_of(request),
        nav=nav,
        alarm_line=line,
        flash=flash,
        cursor=getattr(request.state, "cursor", ""),
        **context,
    )


def part(
    request: Request, user: StaffUser, template: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """Return a fragment of a page."""
    return render(
        request,
        template,
        status=status,
        language=user.language,
        user=user,
        csrf=user.csrf,
        **context,
    )


def _nav(session: Session, user: StaffUser, glance: Glance | None) -> Nav:
    if user.must_change_password:
        return Nav(None, None, None, None, None, None, None, None, None, None, None)
    try:
        seen = Filters(View.WAITING, office_id=access.inbox_office(session, user))
        conversations: Count = shown(inbox.count(session, seen))
    except PermissionDeniedError:
        conversations = None
    office_id = permissions.office_filter(user, Permission.TICKETS_READ)
    open_ones = tickets.count(
        session,
        status_group=StatusGroup.OPEN,
        office_id=office_id,
        most=COUNTED,
    )
    may = permissions.allows
    return Nav(
        inbox=conversations,
        tickets=shown(open_ones),
        record=0 if access.may_record(session, user) else None,
        failed=shown(outbox.count_stuck(session, most=COUNTED))
        if may(user, Permission.DELIVERIES_READ)
        else None,
        quarantine=shown(_quarantined(session)) if may(user, Permission.QUARANTINE_READ) else None,
        moderation=shown(moderation.count(session, most=COUNTED))
        if may(user, Permission.INBOX_MODERATE)
        else None,
        learning=0 if may(user, Permission.UNDERSTANDING_JUDGE) else None,
        alarms=shown(glance.open) if glance else None,
        texts=0 if may(user, Permission.TEXTS_EDIT) else None,
        knowledge=0 if may(user, Permission.KNOWLEDGE_READ) else None,
        channels=0 if may(user, Permission.CHANNELS_READ) else None,
        unguarded=may(user, Permission.USERS_MANAGE) and not second_factor.is_on(session, user.id),
    )


def _quarantined(session: Session) -> int:
    found = select(RawItem.id).where(RawItem.state == RawState.QUARANTINED).limit(COUNTED)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0
