"""The start page and its report form: a text and a place become a ticket."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from fastapi import APIRouter, Request, Response

from bot import clock
from bot.clock import BERLIN
from bot.dialogue.facts import Facts
from bot.markets import lookup, phrases
from bot.markets import queries as markets
from dashboard.public import filing, forms, guess, words
from dashboard.public.filing import Report
from dashboard.public.forms import MAX_PHOTOS, Form, Posted
from dashboard.web import language_of, render, see_other

router = APIRouter()
LONGEST_TEXT = 5000
_LONGEST = {"place": 200, "name": 120, "contact": 254}
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_MARKETS = 3
_MARKET_DAYS = 8


@dataclass(frozen=True, slots=True)
class Typed:
    """The report form as it was filled in."""

    text: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    district: str = ""
    category: str = ""
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


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
    return _page(request, Typed(), {}, forms.new_key())


@router.post("/report")
def post_report(request: Request, posted: Form) -> Response:
    """Take a report and show its page; the same form posted twice is one report."""
    typed = _typed(posted)
    language = language_of(request)
    if not forms.is_own(request, posted):
        errors = {"text": words.say(language, words.FORM_EXPIRED)}
        errors |= forms.lost_photos(posted, language)
        return _page(request, typed, errors, posted.key, status=403)
    token = filing.token_of(request, posted)
    page = see_other(f"/t/{token}?new=1")
    if filing.is_filed(request, token):
        return page
    errors = _check(typed, guess.facts_of(request), language)
    pictures, problem = filing.examine(request, posted.files, language=language)
    if problem:
        errors["photos"] = problem
    elif errors:
        errors |= forms.lost_photos(posted, language)
    if errors:
        return _page(request, typed, errors, posted.key, status=422)
    if (wait := filing.may_report(request)) is not None:
        errors = {"text": words.say(language, words.TOO_FAST)}
        errors |= forms.lost_photos(posted, language)
        refused = _page(request, typed, errors, posted.key, status=429)
        refused.headers["Retry-After"] = str(wait)
        return refused
    report = Report(
        text=typed.text,
        place=typed.place,
        district=typed.district or None,
        category_id=typed.category or None,
        name=typed.name or None,
        email=typed.contact or None,
        pictures=pictures,
    )
    filing.file(request, report, token=token, language=language)
    return page


def check_email(email: str, language: str) -> dict[str, str]:
    """Return the error of an optional e-mail address."""
    if email and (len(email) > _LONGEST["contact"] or not _EMAIL.fullmatch(email)):
        return {"contact": words.say(language, words.BAD_EMAIL)}
    return {}


def check_text(text: str, empty: str, language: str) -> dict[str, str]:
    """Return the error of an obligatory text."""
    if not text:
        return {"text": words.say(language, empty)}
    if len(text) > LONGEST_TEXT:
        return {"text": words.say(language, words.TOO_LONG, most=LONGEST_TEXT)}
    return {}


def _typed(posted: Posted) -> Typed:
    return Typed(
        text=posted.text("text"),
        **{name: posted.line(name) for name in ("place", "district", "category", "name")},
        contact=posted.line("contact"),
    )


def _check(typed: Typed, facts: Facts, language: str) -> dict[str, str]:
    errors = check_text(typed.text, words.EMPTY_REPORT, language)
    if not typed.place and not typed.district:
        errors["place"] = words.say(language, words.NO_PLACE)
    for name in ("place", "name"):
        if len(str(asdict(typed)[name])) > _LONGEST[name]:
            errors[name] = words.say(language, words.TOO_LONG, most=_LONGEST[name])
    if typed.district and typed.district not in {slug for slug, _ in districts(facts)}:
        errors["district"] = words.say(language, words.UNKNOWN_OPTION)
    if typed.category and typed.category not in facts.categories:
        errors["category"] = words.say(language, words.UNKNOWN_OPTION)
    return errors | check_email(typed.contact, language)


def districts(facts: Facts) -> list[tuple[str, str]]:
    """Return the districts that the city knows, as (slug, name)."""
    return [(name.value, name.label) for name in facts.knowledge.names.districts]


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
        districts=districts(facts),
        categories=[(one.id, one.label(language)) for one in facts.categories.values()],
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
