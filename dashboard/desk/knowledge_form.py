"""Writing a knowledge article: new, changed, deleted, with errors beside each field."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from fastapi import Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.clock import BERLIN
from bot.knowledge import queries, rules
from bot.knowledge import service as knowledge
from bot.knowledge.defaults import FALLBACK
from bot.knowledge.queries import Changed
from bot.knowledge.rules import LANGUAGES, LONGEST, ArticleFacts, Wording
from bot.knowledge.service import StaleArticleError
from bot.knowledge.states import Problem
from bot.staff.permissions import Permission, StaffUser
from connectors import text as texts
from dashboard.desk import access
from dashboard.desk.knowledge import LIST, SPOKEN, find
from dashboard.desk.page import page
from dashboard.desk.posted import Posted
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

PROBLEMS: Mapping[Problem, str] = {
    Problem.MISSING: "Das fehlt noch.",
    Problem.TOO_LONG: "Das ist zu lang: Möglich sind %(most)s Zeichen.",
    Problem.NO_ADDRESS: "Eine Adresse beginnt mit https:// oder http://.",
    Problem.FUTURE: "Dieser Tag liegt noch vor uns.",
    Problem.BEFORE_BEGIN: "Das Ende liegt vor dem Anfang.",
}
NO_DATE = "Das ist kein Datum."
_WORDS = ("title", "body", "questions")
_DATES = ("checked_on", "valid_from", "valid_until")
_INPUTS = ("source", "source_url", *_DATES)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, by the names of its fields."""

    values: Mapping[str, str]
    internal: bool


@router.get("/knowledge/new")
def show_new(request: Request) -> Response:
    """Show the empty form."""
    return _page(request, _editor(request), None, _typed({}))


@router.post("/knowledge/new")
def add(request: Request, posted: Posted) -> Response:
    """Store a new article, or say what is missing."""
    user = _editor(request, posted)
    typed = _typed(posted)
    article, errors = _read(typed, user)
    if errors:
        return _page(request, user, None, typed, errors=errors)
    with web_of(request).app.database.unit_of_work() as session:
        slug = knowledge.add_article(session, article, actor=_actor(user), now=clock.now())
    return see_other(f"{LIST}/{slug}?done=saved")


@router.get("/knowledge/{slug}/edit")
def show(request: Request, slug: str) -> Response:
    """Show the form of one article."""
    user = _editor(request)
    article = _find(request, user, slug)
    return _page(request, user, article, _as_typed(article))


@router.post("/knowledge/{slug}/edit")
def save(request: Request, slug: str, posted: Posted) -> Response:
    """Store the article anew; a stale form comes back with what was typed."""
    user = _editor(request, posted)
    stored = _find(request, user, slug)
    typed = _typed(posted)
    article, errors = _read(typed, user)
    article = replace(article, slug=slug, version=_version(posted))
    if article.version != stored.version:
        return _stale(request, user, slug, typed)
    if errors:
        return _page(request, user, stored, typed, errors=errors)
    try:
        with web_of(request).app.database.unit_of_work() as session:
            knowledge.change_article(session, article, actor=_actor(user), now=clock.now())
    except StaleArticleError:
        return _stale(request, user, slug, typed)
    return see_other(f"{LIST}/{slug}?done=saved")


@router.post("/knowledge/{slug}/delete")
def delete(request: Request, slug: str, posted: Posted) -> Response:
    """Delete the article, unless somebody has changed it meanwhile."""
    user = _editor(request, posted)
    stored = _find(request, user, slug)
    try:
        with web_of(request).app.database.unit_of_work() as session:
            version = _version(posted)
            knowledge.delete_article(session, slug, version, actor=_actor(user), now=clock.now())
    except StaleArticleError:
        return _stale(request, user, slug, _as_typed(stored))
    return see_other(f"{LIST}?done=deleted")


def _editor(request: Request, posted: Mapping[str, str] | None = None) -> StaffUser:
    token = None if posted is None else posted.get(csrf.FIELD, "")
    return access.entitled(request, Permission.TEXTS_EDIT, token)


def _actor(user: StaffUser) -> Actor:
    return Actor(ActorKind.USER, user.id)


def _find(request: Request, user: StaffUser, slug: str) -> ArticleFacts:
    with web_of(request).app.database.read() as session:
        return find(request, session, user, slug)


def _version(posted: Mapping[str, str]) -> int:
    """Return the version that the author saw; what is none is older than any."""
    text = posted.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _typed(posted: Mapping[str, str]) -> Typed:
    names = [f"{part}_{code}" for code in LANGUAGES for part in _WORDS]
    values = {name: texts.clean(posted.get(name, "")) for name in (*names, *_INPUTS)}
    return Typed(values, internal=posted.get("internal") == "yes")


def _as_typed(article: ArticleFacts) -> Typed:
    values = {
        f"{part}_{code}": getattr(article.wordings[code], part) if code in article.wordings else ""
        for code in LANGUAGES
        for part in _WORDS
    }
    days = {name: getattr(article, name) for name in _DATES}
    values |= {name: day.isoformat() if day else "" for name, day in days.items()}
    values |= {"source": article.source, "source_url": article.source_url or ""}
    return Typed(values, article.internal)


def _read(typed: Typed, user: StaffUser) -> tuple[ArticleFacts, dict[str, str]]:
    """Return what was typed as an article, and what is wrong with it, by field.

    English is there once anything of it is typed.
    """
    words = Words(user.language)
    errors: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in _DATES:
        try:
            days[name] = date.fromisoformat(typed.values[name]) if typed.values[name] else None
        except ValueError:
            days[name] = None
            errors[name] = words.say(NO_DATE)
    wordings = {
        code: Wording(*(typed.values[f"{part}_{code}"] for part in _WORDS))
        for code in LANGUAGES
        if code == FALLBACK or any(typed.values[f"{part}_{code}"] for part in _WORDS)
    }
    article = ArticleFacts(
        slug="",
        wordings=wordings,
        source=typed.values["source"],
        source_url=typed.values["source_url"] or None,
        checked_on=days["checked_on"],
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        internal=typed.internal,
    )
    today = clock.now().astimezone(BERLIN).date()
    for name, problem in rules.problems(article, today).items():
        part = name.rsplit("_", 1)[0] if name.endswith(LANGUAGES) else name
        errors[name] = words.say(PROBLEMS[problem], most=LONGEST.get(part, 0))
    return article, errors


def _stale(request: Request, user: StaffUser, slug: str, typed: Typed) -> Response:
    """Show the form again with what was typed, and who was faster (409)."""
    stored = _find(request, user, slug)
    with web_of(request).app.database.read() as session:
        changed = queries.last_change(session, slug)
    return _page(request, user, stored, typed, conflict=changed)


def _page(
    request: Request,
    user: StaffUser,
    article: ArticleFacts | None,
    typed: Typed,
    *,
    errors: Mapping[str, str] | None = None,
    conflict: Changed | None = None,
) -> Response:
    return page(
        request,
        user,
        "desk/article_edit.html",
        status=409 if conflict else 422 if errors else 200,
        address=f"{LIST}/{article.slug}" if article else None,
        title=article.wording(user.language).title if article else "",
        version=article.version if article else 0,
        languages=[(code, SPOKEN[code]) for code in LANGUAGES],
        form=typed,
        errors=errors or {},
        conflict=conflict,
    )
