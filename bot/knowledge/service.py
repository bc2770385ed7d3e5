"""Saving pages."""

import re
from datetime import datetime

from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.db import bulk
from bot.errors import InvalidError
from bot.knowledge.models import Page

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]+)?")
_TITLE = 200
_BODY = 200_000


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
