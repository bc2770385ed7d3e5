"""Writing pages and articles."""

import re
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import service as city
from bot.clock import BERLIN
from bot.db import bulk
from bot.errors import InvalidError, NotFoundError, StaleError
from bot.knowledge import rules
from bot.knowledge.defaults import FALLBACK
from bot.knowledge.models import Article, ArticleWording, Page
from bot.knowledge.rules import ArticleFacts
from nlp.folding import fold_key

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)?")
_TITLE = 200
_BODY = 200_000
_RESERVED = "new"  # the desk's form for a new article has this address


class ArticleNotFoundError(NotFoundError):
    """There is no such article."""

    code = "article_not_found"


class StaleArticleError(StaleError):
    """Somebody else has changed the article since it was read."""

    code = "stale_article"


def save_page(
    session: Session,
    slug: str,
    language: str,
    title: str,
    body: str,
    *,
    actor: audit.Actor,
    now: datetime,
) -> int:
    """Store a page in one language, new or in place of the old text, and return its key.

    `body` is Markdown. Raises `InvalidError`.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > 80:
        raise InvalidError("A slug is lower case words joined by hyphens.", field="slug")
    if not _LANGUAGE.fullmatch(language) or len(language) > 8:
        raise InvalidError("A language is a code such as de.", field="language")
    if not title.strip() or len(title) > _TITLE:
        raise InvalidError(f"A title has 1 to {_TITLE} characters.", field="title")
    if not body.strip() or len(body) > _BODY:
        raise InvalidError(f"A page has 1 to {_BODY} characters.", field="body")
    values = {
        "title": title.strip(),
        "body": body,
        "updated_at": now,
        "updated_by": actor.id if actor.kind is audit.ActorKind.USER else None,
    }
    statement = (
        bulk.insert(session, Page)
        .values(slug=slug, language=language, **values)
        .on_conflict_do_update(index_elements=["slug", "language"], set_=values)
    )
    key = session.execute(statement.returning(Page.id)).scalar_one()
    audit.note(session, actor, "page.saved", "page", key, "title", "body", now=now)
    return int(key)


def add_article(session: Session, facts: ArticleFacts, *, actor: audit.Actor, now: datetime) -> str:
    """Store a new article and return its slug: the one it brings, or one made of its title.

    Raises `InvalidError`.
    """
    _check(facts, now)
    city.hold(session)  # two new ones of the same title wait for each other
    slug = facts.slug or _free_slug(session, facts.wording(FALLBACK).title)
    article = Article(slug=slug, created_at=now, version=1, **_columns(facts, actor, now))
    session.add(article)
    session.flush()
    _write_words(session, article.id, facts)
    _report(session, actor, "article.added", article.id, now)
    return slug


def change_article(
    session: Session, facts: ArticleFacts, *, actor: audit.Actor, now: datetime
) -> None:
    """Store an article anew; `facts.version` is the one its author saw.

    Raises `InvalidError`, `StaleArticleError` and `ArticleNotFoundError`.
    """
    _check(facts, now)
    key = session.execute(
        update(Article)
        .where(Article.slug == facts.slug, Article.version == facts.version)
        .values(version=facts.version + 1, **_columns(facts, actor, now))
        .returning(Article.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if key is None:
        raise _gone_or_stale(session, facts.slug)
    session.execute(delete(ArticleWording).where(ArticleWording.article_id == key))
    _write_words(session, key, facts)
    _report(session, actor, "article.changed", key, now)


def delete_article(
    session: Session, slug: str, version: int, *, actor: audit.Actor, now: datetime
) -> None:
    """Delete an article whose author saw this version; errors as `change_article`."""
    gone = session.execute(
        delete(Article)
        .where(Article.slug == slug, Article.version == version)
        .returning(Article.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if gone is None:
        raise _gone_or_stale(session, slug)
    _report(session, actor, "article.deleted", gone, now)


def _check(facts: ArticleFacts, now: datetime) -> None:
    for field, problem in rules.problems(facts, now.astimezone(BERLIN).date()).items():
        raise InvalidError(f"This cannot be saved: {field} is {problem}.", field=field)


def _columns(facts: ArticleFacts, actor: audit.Actor, now: datetime) -> dict[str, object]:
    return {
        "source": facts.source.strip(),
        "source_url": facts.source_url or None,
        "checked_on": facts.checked_on,
        "valid_from": facts.valid_from,
        "valid_until": facts.valid_until,
        "internal": facts.internal,
        "updated_at": now,
        "updated_by": actor.id if actor.kind is audit.ActorKind.USER else None,
    }


def _write_words(session: Session, key: int, facts: ArticleFacts) -> None:
    rows = [
        {
            "article_id": key,
            "language": language,
            "title": wording.title.strip(),
            "body": wording.body.strip(),
            "questions": wording.questions.strip(),
        }
        for language, wording in facts.wordings.items()
    ]
    session.execute(bulk.insert(session, ArticleWording), rows)


def _report(session: Session, actor: audit.Actor, action: str, key: int, now: datetime) -> None:
    audit.note(session, actor, action, "article", key, now=now)
    city.bump(session)


def _gone_or_stale(session: Session, slug: str) -> NotFoundError | StaleError:
    if session.scalar(select(Article.id).where(Article.slug == slug)) is None:
        return ArticleNotFoundError("There is no such article.")
    return StaleArticleError("Somebody else has changed this article.")


def _free_slug(session: Session, title: str) -> str:
    """Return a slug made of the title that no article has."""
    base = fold_key(title).replace(" ", "-")
    base = re.sub(r"[^a-z0-9-]", "", base)[:60].strip("-") or "artikel"
    taken = set(session.scalars(select(Article.slug).where(Article.slug.like(f"{base}%"))))
    taken.add(_RESERVED)
    number = 2
    slug = base
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
