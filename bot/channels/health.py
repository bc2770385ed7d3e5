"""How accounts do: what their links told, kept beside the channel; who may send right now."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.channels.models import Channel, ChannelHealth
from bot.channels.queries import ChannelInfo, channels
from bot.channels.rules import LONGEST_ASKED
from bot.channels.states import ChannelState
from bot.db.bulk import insert
from bot.events import service as events
from bot.events.service import Change
from connectors.base import PlatformError, Standing, Trouble

TOUCH_EVERY = timedelta(seconds=10)
_ABSURD = 2 * LONGEST_ASKED  # nobody waits so long: a clock has jumped
_MUTE = {"synchronize_session": False}


def sending(session: Session, *, now: datetime) -> Sequence[ChannelInfo]:
    """Return the active channels whose platform has not asked for patience."""
    blocked = set(session.scalars(select(ChannelHealth.channel_id).where(is_blocked(now))))
    return [
        channel
        for channel in channels(session)
        if channel.state is ChannelState.ACTIVE and channel.id not in blocked
    ]


def are_active(session: Session, channel_ids: Collection[int]) -> bool:
    """Tell whether all of these channels are active: somebody may have stopped one meanwhile."""
    stopped = select(Channel.id).where(
        Channel.id.in_(channel_ids), Channel.state != ChannelState.ACTIVE
    )
    return session.scalar(stopped.limit(1)) is None


def is_blocked(now: datetime) -> ColumnElement[bool]:
    """Return that a platform wants patience, and not so much that a clock must have jumped."""
    return and_(ChannelHealth.blocked_until > now, ChannelHealth.blocked_until <= now + _ABSURD)


def note_answer(
    session: Session,
    channel_id: int,
    standing: Standing | None,
    *,
    lag: timedelta | None,
    now: datetime,
) -> None:
    """Keep that the platform has answered, and what it told about the account.

    What it did not tell stays as it is known; only a new log-in says anew how long it lasts.
    """
    values: dict[str, object] = {
        "checked_at": now,
        "failing_since": None,
        "trouble": None,
        "detail": None,
    }
    if lag is not None:
        values["lag_seconds"] = lag.total_seconds()
    if standing is not None:
        told: dict[str, object] = {
            "account_name": standing.name,
            "login_expires_at": standing.login_expires_at,
            "rate_left": standing.rate_left,
            "rate_resets_at": standing.rate_resets_at,
        }
        values |= {name: value for name, value in told.items() if value is not None}
        if standing.renewed:
            values["login_expires_at"] = standing.login_expires_at
    was_failing = session.scalar(
        select(ChannelHealth.failing_since).where(ChannelHealth.channel_id == channel_id)
    )
    _keep(session, channel_id, values)
    if was_failing is not None:
        _announce(session, now)


def note_trouble(session: Session, channel_id: int, error: PlatformError, *, now: datetime) -> None:
    """Keep that the platform did not do what was asked; a lost log-in pauses the channel."""
    if error.trouble is Trouble.LOGIN:
        log_out(session, channel_id, error.detail, now=now)
        return
    _keep(
        session,
        channel_id,
        {
            "failing_since": func.coalesce(ChannelHealth.failing_since, now),
            "trouble": error.trouble,
            "detail": error.detail[:255],
        },
        first={"failing_since": now},
    )
    _announce(session, now)


def log_out(session: Session, channel_id: int, detail: str, *, now: datetime) -> None:
    """Pause a channel whose log-in is no longer valid; a person has to log in anew."""
    # The channel first, as whoever allows a kind or stops an account locks them.
    session.execute(select(Channel.id).where(Channel.id == channel_id).with_for_update())
    paused = session.scalar(
        update(Channel)
        .where(Channel.id == channel_id, Channel.state == ChannelState.ACTIVE)
        .values(state=ChannelState.PAUSED)
        .returning(Channel.id)
        .execution_options(**_MUTE)
    )
    _keep(
        session,
        channel_id,
        {
            "failing_since": func.coalesce(ChannelHealth.failing_since, now),
            "trouble": Trouble.LOGIN,
            "detail": detail[:255],
        },
        first={"failing_since": now},
    )
    if paused is not None:
        audit.note(session, audit.SYSTEM, "channel.paused", "channel", channel_id, "state", now=now)
    _announce(session, now)


def block(session: Session, channel_id: int, until: datetime, *, now: datetime) -> None:
    """Let the whole channel rest until the platform's time."""
    longest = or_(ChannelHealth.blocked_until.is_(None), ChannelHealth.blocked_until < until)
    _keep(session, channel_id, {})
    session.execute(
        update(ChannelHealth)
        .where(ChannelHealth.channel_id == channel_id, longest)
        .values(blocked_until=until)
        .execution_options(**_MUTE)
    )
    _announce(session, now)


def clear(session: Session, channel_id: int, *, now: datetime) -> None:
    """Forget the trouble: somebody has logged in anew, or wants it tried again.

    How long the platform has been silent is counted from now on: nobody has asked it meanwhile.
    """
    _keep(
        session,
        channel_id,
        {
            "failing_since": None,
            "trouble": None,
            "detail": None,
            "blocked_until": None,
            "checked_at": now,
        },
    )


def forget_login(session: Session, channel_id: int) -> None:
    """Forget how long the log-in lasts: it was replaced by one of which that is not known."""
    _keep(session, channel_id, {"login_expires_at": None})


def follow_clock(session: Session, *, now: datetime) -> None:
    """Let no answer, trouble or patience lie ahead because a clock was set back."""
    for instant in (ChannelHealth.checked_at, ChannelHealth.failing_since):
        session.execute(
            update(ChannelHealth)
            .where(instant > now)
            .values({instant: now})
            .execution_options(**_MUTE)
        )
    session.execute(
        update(ChannelHealth)
        .where(ChannelHealth.blocked_until > now + _ABSURD)
        .values(blocked_until=None)
        .execution_options(**_MUTE)
    )


def forget(session: Session, channel_id: int) -> None:
    """Forget how an account did: it was removed."""
    session.execute(delete(ChannelHealth).where(ChannelHealth.channel_id == channel_id))


def _keep(
    session: Session,
    channel_id: int,
    values: dict[str, object],
    *,
    first: dict[str, object] | None = None,
) -> None:
    statement = insert(session, ChannelHealth).values(
        channel_id=channel_id, **(values | (first or {}))
    )
    if values:
        statement = statement.on_conflict_do_update(index_elements=["channel_id"], set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["channel_id"])
    session.execute(statement)


def _announce(session: Session, now: datetime) -> None:
    events.publish(session, [Change("channel.changed")], now=now)
