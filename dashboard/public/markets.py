"""The weekly markets: all of them, and one with its next days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot import clock
from bot.clock import BERLIN
from bot.dialogue.facts import Facts
from bot.markets import lookup, phrases, rules
from bot.markets.queries import MarketNotFoundError
from bot.markets.rules import MarketDay, MarketFacts
from dashboard.public import words
from dashboard.reports import fields, guess
from dashboard.speech import say
from dashboard.web import language_of, render

router = APIRouter()
_SOON = dt.timedelta(days=60)  # to find the next day of a monthly market
_PAGE = dt.timedelta(days=42)


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A market day in words; `place` only where it differs from the usual one."""

    day: dt.date
    hours: str
    place: str | None
    status: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ShownMarket:
    """A market in words."""

    slug: str
    name: str
    place: str
    district: str
    hours_text: str
    verified: bool
    as_of: str | None
    source: str | None
    source_url: str | None
    operator: str | None
    policy: str | None
    next: ShownDay | None


@router.get("/maerkte")
def all_markets(request: Request) -> Response:
    """Show every market with its next day."""
    facts, language = _facts(request), language_of(request)
    shown = [_shown(one, facts, language, _today()) for one in facts.markets]
    return render(request, "city/markets.html", markets=shown)


@router.get("/maerkte/{slug}")
def one_market(request: Request, slug: str) -> Response:
    """Show one market with its days of the next weeks."""
    facts, language, today = _facts(request), language_of(request), _today()
    found = _find(facts, slug)
    days = _coming(found, today, _PAGE) or _coming(found, today, _SOON)[:1]
    return render(
        request,
        "city/market.html",
        market=_shown(found, facts, language, today),
        days=[_shown_day(found, day, language) for day in days],
        stalls=(),
    )


def _facts(request: Request) -> Facts:
    return guess.facts_of(request)


def _find(facts: Facts, slug: str) -> MarketFacts:
    found = next((one for one in facts.markets if one.slug == slug), None)
    if found is None:
        raise MarketNotFoundError(f"There is no market {slug}.")
    return found


def _today() -> dt.date:
    return clock.now().astimezone(BERLIN).date()


def _coming(market: MarketFacts, today: dt.date, ahead: dt.timedelta) -> list[MarketDay]:
    """Return the days from now on."""
    now = clock.now()
    found = rules.days(market, today, today + ahead)
    return [day for day in found if not lookup.is_over_at(day, now)]


def _shown(market: MarketFacts, facts: Facts, language: str, today: dt.date) -> ShownMarket:
    names: Mapping[str, str] = dict(fields.districts(facts))
    coming = _coming(market, today, _SOON)
    hours, _, _ = phrases.weekly(market, language).rpartition(f", {market.place}")
    return ShownMarket(
        slug=market.slug,
        name=market.name,
        place=market.place,
        district=names.get(market.district, market.district.title()),
        hours_text=hours,
        verified=market.verified,
        as_of=market.as_of or None,
        source=market.source,
        source_url=market.source_url,
        operator=market.operator,
        policy=None if market.policy_verified else say(language, words.POLICY_SAMPLE),
        next=_shown_day(market, coming[0], language) if coming else None,
    )


def _shown_day(market: MarketFacts, day: MarketDay, language: str) -> ShownDay:
    return ShownDay(
        day=day.date,
        hours=phrases.hours(day.from_time, day.until_time, language),
        place=day.place if day.place != market.place else None,
        status=day.status.value,
        note=day.note,
    )
