"""Writing markets: the market itself, its dated exceptions, and what a person has confirmed."""

import datetime as dt
import re

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import service as city
from bot.db import bulk
from bot.errors import InvalidError, StaleError
from bot.events import service as events
from bot.markets.models import Market, MarketException, MarketRule
from bot.markets.queries import MarketNotFoundError
from bot.markets.rules import DatedException, MarketFacts, Rule
from bot.markets.states import ExceptionKind

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_CHANGED = events.Change("market.changed")


class StaleMarketError(StaleError):
    """Somebody changed the market since it was read."""

    code = "market_stale"


def create(
    session: Session,
    facts: MarketFacts,
    *,
    position: int = 0,
    actor: audit.Actor,
    now: dt.datetime,
) -> int:
    """Store a new market with rules and exceptions and return its key; raises `InvalidError`."""
    _check(facts)
    market = Market(slug=facts.slug, position=position, created_at=now)
    _fill(market, facts)
    session.add(market)
    session.flush()
    _replace_rules(session, market.id, facts.rules)
    for entry in facts.exceptions:
        set_exception(session, facts.slug, entry, actor=actor, now=now)
    _announce(session, actor, "market.created", market.id, now=now)
    return market.id


def change(
    session: Session, facts: MarketFacts, *, version: int, actor: audit.Actor, now: dt.datetime
) -> None:
    """Replace what is known of a market and its weekly rules; dated exceptions stay.

    Raises `StaleMarketError` when it is no longer at `version`, `InvalidError`,
    `MarketNotFoundError`.
    """
    _check(facts)
    key = _key(session, facts.slug)
    found = session.execute(
        update(Market)
        .where(Market.id == key, Market.version == version)
        .values(version=version + 1)
        .returning(Market.id)
    ).scalar()
    if found is None:
        raise StaleMarketError(f"The market {facts.slug} has been changed meanwhile.")
    market = session.get_one(Market, key, populate_existing=True)
    _fill(market, facts)
    session.flush()
    _replace_rules(session, key, facts.rules)
    _announce(session, actor, "market.changed", key, now=now)


def set_exception(
    session: Session, slug: str, entry: DatedException, *, actor: audit.Actor, now: dt.datetime
) -> None:
    """Enter what differs on `entry.date`, in place of what was entered before.

    A moved day or place is a decision of the city (Festsetzung, GewO § 69); whether the actor may
    is checked where the wish comes in. Raises `InvalidError`, `MarketNotFoundError`.
    """
    _check_exception(entry)
    key = _key(session, slug)
    values = {
        "kind": entry.kind,
        "new_date": entry.new_date,
        "place": entry.place,
        "from_time": entry.from_time,
        "until_time": entry.until_time,
        "note": entry.note,
        "created_at": now,
    }
    session.execute(
        bulk.insert(session, MarketException)
        .values(market_id=key, date=entry.date, **values)
        .on_conflict_do_update(index_elements=["market_id", "date"], set_=values)
    )
    _announce(session, actor, "market.exception_set", key, now=now)


def remove_exception(
    session: Session, slug: str, date: dt.date, *, actor: audit.Actor, now: dt.datetime
) -> bool:
    """Take back what was entered for a date; returns whether anything was.

    Raises `MarketNotFoundError`.
    """
    key = _key(session, slug)
    found = session.scalars(
        delete(MarketException)
        .where(MarketException.market_id == key, MarketException.date == date)
        .returning(MarketException.id)
    ).all()
    if found:
        _announce(session, actor, "market.exception_removed", key, now=now)
    return bool(found)


def _fill(market: Market, facts: MarketFacts) -> None:
    market.name = facts.name
    market.district = facts.district
    market.place = facts.place
    market.operator = facts.operator
    market.policy = facts.policy
    market.source = facts.source
    market.source_url = facts.source_url
    market.as_of = facts.as_of
    market.verified = facts.verified
    market.policy_verified = facts.policy_verified


def _replace_rules(session: Session, key: int, rules: tuple[Rule, ...]) -> None:
    session.execute(delete(MarketRule).where(MarketRule.market_id == key))
    session.add_all(
        MarketRule(
            market_id=key,
            weekday=rule.weekday,
            from_time=rule.from_time,
            until_time=rule.until_time,
            season_from=rule.season_from,
            season_to=rule.season_to,
            nth=rule.nth,
        )
        for rule in rules
    )
    session.flush()


def _announce(
    session: Session, actor: audit.Actor, action: str, key: int, *, now: dt.datetime
) -> None:
    audit.note(session, actor, action, "market", key, now=now)
    events.publish(session, [_CHANGED], now=now)
    city.bump(session)


def _key(session: Session, slug: str) -> int:
    key = session.scalar(select(Market.id).where(Market.slug == slug))
    if key is None:
        raise MarketNotFoundError(f"There is no market {slug}.")
    return key


def _check(facts: MarketFacts) -> None:
    if not _SLUG.fullmatch(facts.slug):
        raise InvalidError("A slug is lower case words joined by hyphens.", field="slug")
    for field in ("name", "district", "place", "as_of"):
        if not str(getattr(facts, field)).strip():
            raise InvalidError(f"The {field} is missing.", field=field)
    for rule in facts.rules:
        _check_rule(rule)


def _check_rule(rule: Rule) -> None:
    if not 0 <= rule.weekday <= 6:
        raise InvalidError("A weekday is 0 (Monday) to 6.", field="weekday")
    if rule.nth not in (None, -1, 1, 2, 3, 4):
        raise InvalidError("The nth weekday is 1 to 4, or -1 for the last.", field="nth")
    season = (rule.season_from, rule.season_to)
    if season != (None, None) and not all(part and _MONTH_DAY.fullmatch(part) for part in season):
        raise InvalidError("A season is two MM-DD.", field="season")
    _check_hours(rule.from_time, rule.until_time)


def _check_exception(entry: DatedException) -> None:
    if (entry.kind is ExceptionKind.MOVED) is not (entry.new_date is not None):
        raise InvalidError("A moved day, and only that, has a new date.", field="new_date")
    if entry.new_date == entry.date:
        raise InvalidError("The new date is the old one.", field="new_date")
    if entry.kind is ExceptionKind.NOTE and not (entry.note or "").strip():
        raise InvalidError("The note is missing.", field="note")
    _check_hours(entry.from_time, entry.until_time)


def _check_hours(opens: str | None, closes: str | None) -> None:
    for field, text in (("from_time", opens), ("until_time", closes)):
        if text is not None and not _TIME.fullmatch(text):
            raise InvalidError("A time is HH:MM.", field=field)
    if opens is not None and closes is not None and opens >= closes:
        raise InvalidError("A market ends after it begins.", field="until_time")
