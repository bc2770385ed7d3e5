"""Rate limits as rows: they hold across processes and restarts.

Keys are hashed with the installation's secret key, so no address or name is stored.
"""

import hashlib
import hmac
import ipaddress
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.db.bulk import insert
from bot.errors import StadtdrahtError
from bot.staff.models import RateLimit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IPV6_NETWORK = 64  # what one household or attacker has for itself


class TooManyAttemptsError(StadtdrahtError):
    """The limit is reached; `retry_after` says for how many seconds."""

    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts. Please try again in {retry_after} seconds.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` hits of `key` in each `window`."""

    key: str
    limit: int
    window: timedelta


def hit(
    session: Session, key: str, *, limit: int, window: timedelta, now: datetime, secret: bytes
) -> bool:
    """Count one hit of `key`; False when it is over the limit of its fixed window."""
    statement = insert(session, RateLimit).values(
        key_hash=_hash(key, secret), window_start=_start(window, now), count=1
    )
    statement = statement.on_conflict_do_update(
        index_elements=["key_hash", "window_start"], set_={"count": RateLimit.count + 1}
    )
    return session.scalars(statement.returning(RateLimit.count)).one() <= limit


def require(session: Session, rules: list[Rule], *, now: datetime, secret: bytes) -> None:
    """Count one hit of each rule; raises `TooManyAttemptsError`, and then none is counted.

    Run it in a unit of work of its own that the error rolls back.
    """
    for rule in sorted(rules, key=lambda rule: _hash(rule.key, secret)):
        if not hit(session, rule.key, limit=rule.limit, window=rule.window, now=now, secret=secret):
            raise TooManyAttemptsError(retry_after(rule.window, now))


def check(session: Session, rules: list[Rule], *, now: datetime, secret: bytes) -> None:
    """Raise `TooManyAttemptsError` if a rule is used up, without a write: a flood costs reads."""
    for rule in rules:
        count = session.scalar(
            select(RateLimit.count).where(
                RateLimit.key_hash == _hash(rule.key, secret),
                RateLimit.window_start == _start(rule.window, now),
            )
        )
        if (count or 0) >= rule.limit:
            raise TooManyAttemptsError(retry_after(rule.window, now))


def release(session: Session, rules: list[Rule], *, now: datetime, secret: bytes) -> None:
    """Take back one hit of each rule, counted with the same `now`: it was no failure."""
    for rule in sorted(rules, key=lambda rule: _hash(rule.key, secret)):
        session.execute(
            update(RateLimit)
            .where(
                RateLimit.key_hash == _hash(rule.key, secret),
                RateLimit.window_start == _start(rule.window, now),
                RateLimit.count > 0,
            )
            .values(count=RateLimit.count - 1)
        )


def retry_after(window: timedelta, now: datetime) -> int:
    """Return the seconds until the window that holds `now` ends, at least one."""
    left = _start(window, now) + window - now
    return max(1, math.ceil(left.total_seconds()))


def network(address: str | None) -> str:
    """Return what is limited as one sender: an IPv4 address, or an IPv6 /64 network."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
    return str(parsed)


def _hash(key: str, secret: bytes) -> str:
    return hmac.new(
        secret, b"rate-limit:" + key.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def _start(window: timedelta, now: datetime) -> datetime:
    return now - (now - _EPOCH) % window
