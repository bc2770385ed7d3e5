"""The start page and its report form: a text and a place become a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from bot import clock
from bot.clock import BERLIN
from bot.dialogue.facts import Facts
from bot.markets import lookup, phrases
from bot.markets import queries as markets
from dashboard.public import filing, forms, words
from dashboard.public.forms import MAX_PHOTOS, Form, Posted
from dashboard.reports import fields, guess
from dashboard.reports import filing as reports
from dashboard.reports.fields import Typed
from dashboard.reports.filing import Report
from dashboard.speech import say
from dashboard.web import language_of, render, see_other

router = APIRouter()
_MARKETS = 3
_MARKET_DAYS = 8


@dataclass(frozen=True, slots=True)
class NextMarket:
    """A market day in the margin of the start page."""

    slug: str
    name: str
    day: object
    hours: str


@router.get("/")
def home(request: Request) -> Response:
    """Show the ways in."""
    return _page(request, Typed(), {}, fields.new_key())


@router.post("/report")
def post_report(request: Request, posted: Form) -> Response:
    """Take a report and show its page; the same form posted twice is one report."""
    typed = _typed(posted)
    language = language_of(request)
    if not forms.is_own(request, posted):
        errors = {"text": say(language, words.FORM_EXPIRED)}
        errors |= forms.lost_photos(posted, language)
        return _page(request, typed, errors, posted.key, status=403)
    token = filing.token_of(request, posted)
    page = see_other(f"/t/{token}?new=1")
    if reports.filed(request, token):
        return page
    errors = fields.check(typed, guess.facts_of(request), language)
    pictures, problem = filing.examine(request, posted.files, language=language)
    if problem:
        errors["photos"] = problem
    elif errors:
        errors |= forms.lost_photos(posted, language)
    if errors:
        return _page(request, typed, errors, posted.key, status=422)
    if (wait := filing.may_report(request)) is not None:
        errors = {"text": say(language, words.TOO_FAST)}
        errors |= forms.lost_photos(posted, language)
        refused = _page(request, typed, errors, posted.key, status=429)
        refused.headers["Retry-After"] = str(wait)
        return refused
    report = Report(
        text=typed.text,
        language=language,
        place=typed.place,
        district=typed.district or None,
        category_id=typed.category or None,
        name=typed.name or None,
        email=typed.contact or None,
        pictures=pictures,
    )
    reports.file(request, report, actor=filing.CITIZEN, token=token, written_in=language)
    return page


def _typed(posted: Posted) -> Typed:
    return Typed(
        text=posted.text("text"),
        **{name: posted.line(name) for name in ("place", "district", "category", "name")},
        contact=posted.line("contact"),
    )


def _page(
    request: Request, typed: Typed, errors: dict[str, str], key: str, *, status: int = 200
) -> Response:
    facts = guess.facts_of(request)
    language = language_of(request)
    pair = forms.token(request)
    page = render(
        request,
        "city/home.html",
        status=status,
        csrf=pair.field,
        key=key,
        form=typed,
        errors=errors,
        districts=fields.districts(facts),
        categories=fields.categories(facts, language),
        max_photos=MAX_PHOTOS,
        markets=_next_markets(facts, language),
    )
    forms.keep(request, page, pair)
    return page


def _next_markets(facts: Facts, language: str) -> Sequence[NextMarket]:
    now = clock.now()
    coming = markets.upcoming(facts.markets, now.astimezone(BERLIN).date(), _MARKET_DAYS)
    held = [one for one in coming if one.day.is_held and not lookup.is_over_at(one.day, now)][
        :_MARKETS
    ]
    return [
        NextMarket(
            one.market.slug,
            one.market.name,
            one.day.date,
            phrases.hours(one.day.from_time, one.day.until_time, language),
        )
        for one in held
    ]
