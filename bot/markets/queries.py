"""Reading markets: their facts, and the next days of all of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.markets import rules
from bot.markets.models import Market, MarketException, MarketRule
from bot.markets.rules import DatedException, MarketDay, MarketFacts, Rule


class MarketNotFoundError(NotFoundError):
    """No market has this slug."""

    code = "market_not_found"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A day of a market."""

    market: MarketFacts
    day: MarketDay


def all_facts(session: Session) -> tuple[MarketFacts, ...]:
    """Return every market in the city's order: three reads, whatever their number."""
    markets = session.scalars(select(Market).order_by(Market.position, Market.slug)).all()
    rules_of = defaultdict(list)
    for rule in session.scalars(select(MarketRule).order_by(MarketRule.weekday, MarketRule.id)):
        rules_of[rule.market_id].append(_rule(rule))
    exceptions_of = defaultdict(list)
    for entry in session.scalars(select(MarketException).order_by(MarketException.date)):
        exceptions_of[entry.market_id].append(_exception(entry))
    return tuple(
        _facts(market, tuple(rules_of[market.id]), tuple(exceptions_of[market.id]))
        for market in markets
    )


def by_slug(session: Session, slug: str) -> MarketFacts:
    """Return one market; raises `MarketNotFoundError`."""
    market = session.scalar(select(Market).where(Market.slug == slug))
    if market is None:
        raise MarketNotFoundError(f"There is no market {slug}.")
    own_rules = session.scalars(
        select(MarketRule)
        .where(MarketRule.market_id == market.id)
        .order_by(MarketRule.weekday, MarketRule.id)
    )
    own_exceptions = session.scalars(
        select(MarketException)
        .where(MarketException.market_id == market.id)
        .order_by(MarketException.date)
    )
    return _facts(market, tuple(map(_rule, own_rules)), tuple(map(_exception, own_exceptions)))


def upcoming(facts: Iterable[MarketFacts], today: dt.date, days: int) -> tuple[Upcoming, ...]:
    """Return the days of all markets from today on, `days` calendar days long, in order.

    Cancelled days are among them, on their regular date: visitors must read of them.
    """
    end = today + dt.timedelta(days=days - 1)
    found = [Upcoming(market, day) for market in facts for day in rules.days(market, today, end)]
    return tuple(
        sorted(found, key=lambda one: (one.day.date, one.day.from_time or "", one.market.name))
    )


def _facts(
    market: Market, own_rules: tuple[Rule, ...], own_exceptions: tuple[DatedException, ...]
) -> MarketFacts:
    return MarketFacts(
        slug=market.slug,
        name=market.name,
        district=market.district,
        place=market.place,
        policy=market.policy,
        as_of=market.as_of,
        rules=own_rules,
        exceptions=own_exceptions,
        operator=market.operator,
        source=market.source,
        source_url=market.source_url,
        verified=market.verified,
        policy_verified=market.policy_verified,
    )


def _rule(row: MarketRule) -> Rule:
    return Rule(row.weekday, row.from_time, row.until_time, row.season_from, row.season_to, row.nth)


def _exception(row: MarketException) -> DatedException:
    return DatedException(
        row.date, row.kind, row.new_date, row.place, row.from_time, row.until_time, row.note
    )
