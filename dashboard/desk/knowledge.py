"""The knowledge articles: the list with what needs a look, and one article as it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.clock import BERLIN
from bot.knowledge import answers
from bot.knowledge import queries as knowledge
from bot.knowledge.finding import Finder
from bot.knowledge.queries import Changed
from bot.knowledge.rules import LANGUAGES, ArticleFacts, for_citizens
from bot.knowledge.service import ArticleNotFoundError
from bot.knowledge.states import Standing
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from connectors import text as texts
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.reports.guess import facts_in
from dashboard.web import web_of
from nlp.folding import fold_key

router = new_router()

LIST = "/desk/knowledge"
STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.EXPIRED: ("bad", "abgelaufen"),
    Standing.ENDING: ("warn", "läuft bald ab"),
    Standing.UNCHECKED: ("warn", "ungeprüft"),
    Standing.OLD: ("warn", "vor über einem Jahr geprüft"),
    Standing.UPCOMING: ("active", "gilt noch nicht"),
    Standing.FINE: ("ok", "geprüft"),
}
SPOKEN = {"de": "Deutsch", "en": "English"}
TELLS = "Auf diese Frage antwortet der Assistent mit „%(titles)s“."
ASKS = "Bei dieser Frage fragt der Assistent nach, ob das gemeint ist: %(titles)s."
KNOWS_NOTHING = "Diese Frage gibt der Assistent an einen Menschen weiter."
_DUE = frozenset({Standing.EXPIRED, Standing.ENDING, Standing.UNCHECKED, Standing.OLD})
_VIEWS = ("all", "due", "internal")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """An article in the list; `tone` and `standing` say how it stands today."""

    address: str
    title: str
    languages: str
    internal: bool
    tone: str
    standing: str
    valid_until: date | None
    checked_on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the assistant says from an article in one language."""

    language: str
    label: str
    text: str
    questions: list[str]


@router.get("/knowledge")
def show_list(request: Request) -> Response:
    """List the articles, those first that need a look."""
    user = reader(request)
    q = texts.clean(request.query_params.get("q", ""))[:_LONGEST]
    view = request.query_params.get("show", "")
    view = view if view in _VIEWS else _VIEWS[0]
    today = clock.now().astimezone(BERLIN).date()
    with web_of(request).app.database.read() as session:
        finder = facts_in(request, session).finder
        mine = readable(session, user, finder.articles)
    found = [one for one in mine if _shows(one, view, today) and _matches(one, q)]
    order = list(Standing)
    found.sort(key=lambda one: (order.index(one.standing(today)), _title(one, user).casefold()))
    return page(
        request,
        user,
        "desk/knowledge.html",
        articles=[_listed(one, user, today) for one in found],
        view=view,
        q=q,
        answers=_answers(finder, q, user, today) if q else None,
        may_edit=permissions.allows(user, Permission.TEXTS_EDIT),
    )


@router.get("/knowledge/{slug}")
def show(request: Request, slug: str) -> Response:
    """Show one article as the assistant tells it."""
    user = reader(request)
    today = clock.now().astimezone(BERLIN).date()
    with web_of(request).app.database.read() as session:
        article = find(request, session, user, slug)
        changed = knowledge.last_change(session, slug)
    return page(
        request,
        user,
        "desk/article.html",
        article=article,
        listed=_listed(article, user, today),
        told=[_told(article, code) for code in LANGUAGES if code in article.wordings],
        changed=changed or Changed(None, clock.now()),
        may_edit=permissions.allows(user, Permission.TEXTS_EDIT),
    )


def reader(request: Request) -> StaffUser:
    """Return who asks; raises where they may not read articles."""
    user = access.current(request)
    permissions.require(user, Permission.KNOWLEDGE_READ)
    return user


def readable(
    session: Session, user: StaffUser, articles: Sequence[ArticleFacts]
) -> list[ArticleFacts]:
    """Return what `user` may read: a company sees nothing internal."""
    is_outside = access.works_for_company(session, user)
    return [one for one in articles if not (one.internal and is_outside)]


def find(request: Request, session: Session, user: StaffUser, slug: str) -> ArticleFacts:
    """Return an article that `user` may read; raises `ArticleNotFoundError`."""
    mine = readable(session, user, facts_in(request, session).finder.articles)
    for article in mine:
        if article.slug == slug:
            return article
    raise ArticleNotFoundError("There is no such article.")


def _shows(article: ArticleFacts, view: str, today: date) -> bool:
    if view == "internal":
        return article.internal
    return view == "all" or article.standing(today) in _DUE


def _matches(article: ArticleFacts, q: str) -> bool:
    """Tell whether every word of `q` stands in the article."""
    said = [f"{one.title} {one.body} {one.questions}" for one in article.wordings.values()]
    whole = fold_key(" ".join([article.slug, article.source, *said]))
    return all(word in whole for word in fold_key(q).split())


def _answers(finder: Finder, q: str, user: StaffUser, today: date) -> str:
    """Say what the assistant would make of a question."""
    words = Words(user.language)
    choice = finder.choose(q, for_citizens(finder.articles, today))
    if not choice.likely:
        return words.say(KNOWS_NOTHING)
    titles = ", ".join(_title(one, user) for one in choice.likely)
    return words.say(TELLS if choice.is_sure else ASKS, titles=titles)


def _title(article: ArticleFacts, user: StaffUser) -> str:
    return article.wording(user.language).title


def _listed(article: ArticleFacts, user: StaffUser, today: date) -> Listed:
    tone, standing = STANDINGS[article.standing(today)]
    return Listed(
        address=f"{LIST}/{article.slug}",
        title=_title(article, user),
        languages=", ".join(code for code in LANGUAGES if code in article.wordings),
        internal=article.internal,
        tone=tone,
        standing=Words(user.language).say(standing),
        valid_until=article.valid_until,
        checked_on=article.checked_on,
    )


def _told(article: ArticleFacts, language: str) -> Told:
    wording = article.wordings[language]
    lines = [line.strip() for line in wording.questions.splitlines() if line.strip()]
    return Told(language, SPOKEN[language], answers.answer(article, language), lines)
