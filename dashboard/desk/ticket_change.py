"""Changing a ticket's status, and telling the citizen in the same transaction."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from bot import clock
from bot.app import App
from bot.audit.service import Actor, ActorKind
from bot.channels.queries import channel
from bot.channels.states import ChannelState
from bot.dialogue.texts import say
from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from bot.staff.permissions import Permission, StaffUser
from bot.tickets import service as tickets
from bot.tickets.messages import citizen_message
from bot.tickets.rules import TransitionNotAllowedError
from bot.tickets.service import TicketChange
from bot.tickets.states import TicketStatus
from bot.tickets.texts import DEFAULT_LANGUAGE
from connectors import text as texts
from connectors.registry import UnknownKindError
from dashboard.desk import access


class News(StrEnum):
    """What the citizen hears of a new status, beside the page of the report."""

    PRIVATE = "told"  # the news themselves
    PUBLIC = "hinted"  # that there are some
    NONE = "untold"


@dataclass(frozen=True, slots=True)
class Reach:
    """What the citizen hears, and whether it waits: their channel is paused or forbidden."""

    news: News
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What was done, and what of it goes to the citizen."""

    change: TicketChange
    reach: Reach


def change_status(
    app: App,
    user: StaffUser,
    number: str,
    status: str,
    *,
    version: int,
    public_note: str,
    internal_note: str,
) -> Changed:
    """Set the status and commit.

    Raises `TicketNotFoundError`, `PermissionDeniedError`, `StaleTicketError`,
    `TransitionNotAllowedError`, `PublicNoteMissingError`, `InvalidError`.
    """
    with app.database.unit_of_work() as session:
        found = access.ticket(session, user, number, Permission.TICKETS_CHANGE)
        change = tickets.change_status(
            session,
            found.row.id,
            _status(status),
            version=version,
            public_note=texts.clean(public_note),  # what is invisible gives no reason
            internal_note=texts.clean(internal_note),
            actor=Actor(ActorKind.USER, user.id),
            now=clock.now(),
        )
        told = _tell(session, app, change)
    app.bells.outbound.ring()
    app.bells.events.ring()
    return Changed(change, told)


def reach(session: Session, app: App, conversation_id: int | None) -> Reach:
    """Return what a citizen hears who reported in a conversation, None for other ways."""
    if conversation_id is None:
        return Reach(News.NONE)
    written = session.get_one(Conversation, conversation_id)
    here = channel(session, written.channel_id)
    if here.state is ChannelState.REMOVED:
        return Reach(News.NONE)
    try:
        app.connectors.of(here)
    except UnknownKindError:  # only another version speaks it
        return Reach(News.NONE)
    side = inbox.private_side(session, written, connectors=app.connectors)
    news = News.PUBLIC if side is None else News.PRIVATE
    return Reach(news, waits=here.state is not ChannelState.ACTIVE)


def _status(text: str) -> TicketStatus:
    """Read a status; raises `TransitionNotAllowedError` for what is none."""
    try:
        return TicketStatus(text)
    except ValueError:
        raise TransitionNotAllowedError("There is no such status.", field="status") from None


def _tell(session: Session, app: App, change: TicketChange) -> Reach:
    """Tell the citizen in private; in public no more is said than that there is news."""
    told = reach(session, app, change.conversation_id)
    if change.conversation_id is None or told.news is News.NONE:
        return told
    written = inbox.get(session, change.conversation_id)
    now, pages = clock.now(), app.settings.public_url
    private_id = inbox.in_private(session, written, connectors=app.connectors, now=now)
    if private_id is None:
        language = change.language or DEFAULT_LANGUAGE
        text = say("public_news", language, number=change.number, link=f"{pages}/t")
    else:
        link = f"{pages}/t/{change.token}"
        text = citizen_message(
            *(change.status, change.number, change.public_note, link, change.language),
            kind=change.kind,
        )
    inbox.tell(session, private_id or written.id, text, connectors=app.connectors, now=now)
    return told
