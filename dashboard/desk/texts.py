"""The city's own texts: list, and editing in both languages with a check for what is stale."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.knowledge import defaults
from bot.knowledge import queries as pages
from bot.knowledge import service as knowledge
from bot.knowledge.models import Page
from bot.knowledge.queries import PageNotFoundError
from bot.staff.models import User
from bot.staff.permissions import Permission, StaffUser
from connectors import text as texts
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

LANGUAGES = (("de", "Deutsch"), ("en", "English"))
TITLE_MISSING = "Der Titel fehlt oder ist länger als %(most)s Zeichen."
BODY_MISSING = "Der Text fehlt oder ist zu lang."
_TITLE = 200
_BODY = 200_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A text in the list; `verified` once somebody of the city has saved it."""

    slug: str
    title: str
    address: str | None
    updated_at: datetime | None
    updated_by: str | None
    verified: bool


@dataclass(frozen=True, slots=True)
class Edited:
    """The text that is edited; `version` is the instant of its last change, in microseconds."""

    slug: str
    title: str
    address: str | None
    version: int
    verified: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form, by language."""

    title: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Who saved the text meanwhile."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Stored:
    """A text with both languages, and who saved it last."""

    rows: Mapping[str, Page]
    saved_by: str | None

    @property
    def saved_at(self) -> datetime | None:
        return max((row.updated_at for row in self.rows.values()), default=None)

    @property
    def is_verified(self) -> bool:
        rows = self.rows.values()
        return bool(rows) and all(row.updated_by is not None for row in rows)

    @property
    def version(self) -> int:
        return _microseconds(self.saved_at) if self.saved_at else 0

    @property
    def typed(self) -> Typed:
        return Typed(
            {code: self.rows[code].title if code in self.rows else "" for code, _ in LANGUAGES},
            {code: self.rows[code].body if code in self.rows else "" for code, _ in LANGUAGES},
        )


@router.get("/texts")
def show_list(request: Request) -> Response:
    """List the texts that the city has, and those that it must have."""
    user = _editor(request)
    with web_of(request).app.database.read() as session:
        slugs = {one.slug for one in pages.pages(session)} | set(defaults.OBLIGATORY)
        listed = [_listed(session, slug, user) for slug in sorted(slugs)]
    return page(request, user, "desk/pages.html", pages=listed)


@router.get("/texts/{slug}")
def show(request: Request, slug: str) -> Response:
    """Show the form of one text."""
    user = _editor(request)
    with web_of(request).app.database.read() as session:
        stored = _stored(session, slug)
    return _page(request, user, slug, stored, stored.typed)


@router.post("/texts/{slug}")
def save(
    request: Request,
    slug: str,
    title_de: Annotated[str, Form()] = "",
    body_de: Annotated[str, Form()] = "",
    title_en: Annotated[str, Form()] = "",
    body_en: Annotated[str, Form()] = "",
    version: Annotated[int, Form(ge=-1, lt=2**63)] = -1,
    token: Annotated[str, Form(alias=csrf.FIELD)] = "",
) -> Response:
    """Save both languages; a stale form comes back with what was typed."""
    user = _editor(request, token)
    typed = Typed(
        {"de": texts.clean(title_de), "en": texts.clean(title_en)},
        {"de": texts.clean(body_de), "en": texts.clean(body_en)},
    )
    with web_of(request).app.database.unit_of_work() as session:
        stored = _stored(session, slug, lock=True)
        errors = _problems(typed, stored, Words(user.language))
        is_stale = stored.version != version
        if not errors and not is_stale:
            _save(session, slug, typed, stored, user)
    if is_stale:
        return _page(request, user, slug, stored, typed, status=409)
    if errors:
        return _page(request, user, slug, stored, typed, errors=errors, status=422)
    return see_other("/desk/texts?done=saved")


def _save(session: Session, slug: str, typed: Typed, stored: _Stored, user: StaffUser) -> None:
    actor = Actor(ActorKind.USER, user.id)
    before = stored.typed
    for code, _ in LANGUAGES:
        title, body = typed.title[code], typed.body[code]
        is_changed = (title, body) != (before.title[code], texts.clean(before.body[code]))
        is_unread = code in stored.rows and stored.rows[code].updated_by is None
        if title and (is_changed or is_unread):
            knowledge.save_page(session, slug, code, title, body, actor=actor, now=clock.now())


def _editor(request: Request, token: str | None = None) -> StaffUser:
    return access.entitled(request, Permission.TEXTS_EDIT, token)


def _stored(session: Session, slug: str, *, lock: bool = False) -> _Stored:
    """Read a text; raises `PageNotFoundError` for one that is neither there nor obligatory."""
    wanted = select(Page).where(Page.slug == slug).order_by(Page.language)
    rows = session.scalars(wanted.with_for_update() if lock else wanted).all()
    if not rows and slug not in defaults.OBLIGATORY:
        raise PageNotFoundError("There is no such text.")
    newest = max(rows, key=lambda row: row.updated_at, default=None)
    name = None
    if newest is not None and newest.updated_by is not None:
        name = session.scalar(select(User.display_name).where(User.id == newest.updated_by))
    return _Stored({row.language: row for row in rows}, name)


def _listed(session: Session, slug: str, user: StaffUser) -> Listed:
    stored = _stored(session, slug)
    return Listed(
        slug=slug,
        title=pages.page(session, slug, user.language).title,
        address=_address(slug),
        updated_at=stored.saved_at,
        updated_by=stored.saved_by,
        verified=stored.is_verified,
    )


def _page(
    request: Request,
    user: StaffUser,
    slug: str,
    stored: _Stored,
    typed: Typed,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    with web_of(request).app.database.read() as session:
        title = pages.page(session, slug, user.language).title
    conflict = None
    if status == 409 and stored.saved_at:
        name = stored.saved_by or Words(user.language).say("Stadtdraht")
        conflict = Overtaken(name, stored.saved_at)
    return page(
        request,
        user,
        "desk/page_edit.html",
        status=status,
        page=Edited(slug, title, _address(slug), stored.version, stored.is_verified),
        languages=LANGUAGES,
        form=typed,
        errors=errors or {},
        conflict=conflict,
    )


def _problems(typed: Typed, stored: _Stored, words: Words) -> dict[str, str]:
    """Say what is missing: German always, English when there is one already or one has begun."""
    errors = {}
    for code, _ in LANGUAGES:
        title, body = typed.title[code], typed.body[code]
        if code != defaults.FALLBACK and code not in stored.rows and not title and not body:
            continue
        if not 0 < len(title) <= _TITLE:
            errors[f"title_{code}"] = words.say(TITLE_MISSING, most=_TITLE)
        if not 0 < len(body) <= _BODY:
            errors[f"body_{code}"] = words.say(BODY_MISSING)
    return errors


def _address(slug: str) -> str | None:
    return f"/{slug}" if slug in defaults.OBLIGATORY else None


def _microseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1_000_000)
