"""How all channels do: one row each, for the desk, the command, health and metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot.channels import kinds, rules, texts
from bot.channels.models import Channel, ChannelHealth
from bot.channels.queries import CALLBACK
from bot.channels.rules import Signs
from bot.channels.states import ChannelState, Condition
from bot.channels.texts import Advice
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.outbox.models import Delivery
from bot.outbox.states import OPEN
from connectors.base import Trouble

MOST = 10_000  # of all channels together; beyond it counts are too low, and `are_all` says so


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits by channel id; `are_all` is false where there is more than was counted."""

    counts: Mapping[int, int]
    are_all: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A channel and how it does. Counts are of items that wait: to be read, and to be sent."""

    id: int
    kind: str
    slug: str
    name: str
    state: ChannelState
    version: int
    condition: Condition
    advice: Advice | None
    trouble: Trouble | None
    failing_since: datetime | None
    detail: str | None
    account_name: str | None
    callback: str | None
    callback_error: str | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    lag: timedelta | None
    waiting_in: int
    waiting_out: int
    is_counted: bool
    login_expires_at: datetime | None
    expires_soon: bool
    rate_left: int | None
    rate_resets_at: datetime | None
    blocked_until: datetime | None
    folder_host: str | None


def overview(session: Session, *, now: datetime, slug: str | None = None) -> list[Overview]:
    """Return every channel that was not removed, by name; with `slug` this one at most."""
    coming = _waiting(session, select(RawItem.channel_id).where(RawItem.state == RawState.NEW))
    going = _waiting(
        session,
        select(Delivery.channel_id).where(Delivery.state.in_(OPEN), Delivery.sent_at.is_(None)),
    )
    wanted = (
        select(Channel, ChannelHealth)
        .outerjoin(ChannelHealth, ChannelHealth.channel_id == Channel.id)
        .where(Channel.state != ChannelState.REMOVED)
        .order_by(Channel.name, Channel.id)
    )
    if slug is not None:
        wanted = wanted.where(Channel.slug == slug)
    forbidden = kinds.forbidden_kinds(session)
    rows = session.execute(wanted)
    return [
        _overview(channel, health, coming, going, now, is_allowed=channel.kind not in forbidden)
        for channel, health in rows
    ]


def _waiting(session: Session, wanted: Select[int]) -> Waiting:
    some = wanted.limit(MOST).subquery()
    found = session.execute(select(some.c.channel_id, func.count()).group_by(some.c.channel_id))
    counts = {int(channel_id): int(count) for channel_id, count in found}
    return Waiting(counts, sum(counts.values()) < MOST)


def _overview(
    channel: Channel,
    health: ChannelHealth | None,
    coming: Waiting,
    going: Waiting,
    now: datetime,
    *,
    is_allowed: bool,
) -> Overview:
    known = health or ChannelHealth()
    lag = known.lag_seconds
    signs = Signs(
        state=channel.state,
        is_allowed=is_allowed,
        trouble=known.trouble,
        failing_since=known.failing_since,
        checked_at=known.checked_at,
        blocked_until=known.blocked_until,
        lag=None if lag is None else timedelta(seconds=lag),
        callback_failed=channel.last_error is not None,
    )
    condition = rules.condition(signs, now)
    callback = channel.settings.get(CALLBACK)
    return Overview(
        id=channel.id,
        kind=channel.kind,
        slug=channel.slug,
        name=channel.name,
        state=channel.state,
        version=channel.version,
        condition=condition,
        advice=None
        if condition in {Condition.OK, Condition.PAUSED}
        else _advice(signs, known.detail, now),
        trouble=known.trouble,
        failing_since=known.failing_since,
        detail=known.detail,
        account_name=known.account_name,
        callback=str(callback) if callback else None,
        callback_error=channel.last_error,
        last_in_at=channel.last_in_at,
        last_out_at=channel.last_out_at,
        lag=signs.lag,
        waiting_in=coming.counts.get(channel.id, 0),
        waiting_out=going.counts.get(channel.id, 0),
        is_counted=coming.are_all and going.are_all,
        login_expires_at=known.login_expires_at,
        expires_soon=rules.expires_soon(known.login_expires_at, now),
        rate_left=known.rate_left,
        rate_resets_at=known.rate_resets_at,
        blocked_until=known.blocked_until,
        folder_host=channel.folder_host if channel.folder_id else None,
    )


def _advice(signs: Signs, detail: str | None, now: datetime) -> Advice:
    """Return what to say about a channel that does not do well, the worst first."""
    if not signs.is_allowed:
        return texts.FORBIDDEN
    if signs.trouble is not None:
        return texts.trouble(signs.trouble, detail)
    if signs.callback_failed:
        return texts.CALLBACK
    if signs.blocked_until is not None and signs.blocked_until > now:
        return texts.TROUBLES[Trouble.RATE]
    return texts.SILENT if rules.is_silent(signs, now) else texts.LATE
