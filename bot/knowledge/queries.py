"""Reading pages and articles."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.errors import NotFoundError
from bot.knowledge import defaults, markdown
from bot.knowledge.models import Article, ArticleWording, Page
from bot.knowledge.rules import ArticleFacts, Wording
from bot.staff.models import User


class PageNotFoundError(NotFoundError):
    """There is no page of this name, and none that every city must have."""

    code = "page_not_found"


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as it is shown; `language` may differ from the one asked for.

    `updated_at` is None for the built-in text that says that the city has not written it yet.
    """

    slug: str
    language: str
    title: str
    body: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of an article; `name` is None where a program made it."""

    name: str | None
    at: datetime


def page(session: Session, slug: str, language: str = "de") -> PageText:
    """Return a page in this language, else in German, else the built-in text for it.

    Raises `PageNotFoundError` for a slug that is none of the pages every city must have.
    """
    rows = session.scalars(
        select(Page).where(Page.slug == slug, Page.language.in_({language, defaults.FALLBACK}))
    )
    found = {row.language: row for row in rows}
    row = found.get(language) or found.get(defaults.FALLBACK)
    if row is not None:
        return PageText(row.slug, row.language, row.title, row.body, row.updated_at)
    built_in = defaults.page(slug, language)
    if built_in is None:
        raise PageNotFoundError(f"There is no page {slug}.")
    return PageText(slug, built_in.language, built_in.title, built_in.body, None)


def pages(session: Session) -> tuple[PageText, ...]:
    """Return every stored page by slug and language, for the desk."""
    rows = session.scalars(select(Page).order_by(Page.slug, Page.language))
    return tuple(
        PageText(row.slug, row.language, row.title, row.body, row.updated_at) for row in rows
    )


def render_markdown(text: str) -> str:
    """Return the harmless HTML of a page's Markdown; see `bot.knowledge.markdown.render`."""
    return markdown.render(text)


def articles(session: Session) -> tuple[ArticleFacts, ...]:
    """Return every article, also those that are not valid now, by slug."""
    wordings: dict[int, dict[str, Wording]] = defaultdict(dict)
    words = select(ArticleWording).order_by(ArticleWording.article_id, ArticleWording.language)
    for word in session.scalars(words):
        wordings[word.article_id][word.language] = Wording(word.title, word.body, word.questions)
    return tuple(
        ArticleFacts(
            slug=row.slug,
            wordings=wordings[row.id],
            source=row.source,
            source_url=row.source_url,
            checked_on=row.checked_on,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            internal=row.internal,
            version=row.version,
        )
        for row in session.scalars(select(Article).order_by(Article.slug))
    )


def last_change(session: Session, slug: str) -> Changed | None:
    """Return who changed an article last, and when; None where there is no such article."""
    found = session.execute(
        select(User.display_name, Article.updated_at)
        .select_from(Article)
        .outerjoin(User, User.id == Article.updated_by)
        .where(Article.slug == slug)
    ).one_or_none()
    return Changed(*found) if found else None
