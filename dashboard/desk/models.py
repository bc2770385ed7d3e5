"""The versions of the model that understands: how good each is, and which one is in use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.errors import InvalidError
from bot.staff import permissions
from bot.staff.permissions import Permission
from bot.understanding import queries
from bot.understanding import service as understanding
from bot.understanding.queries import Figures, Version
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import Key, new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

_PAGE = "/desk/learning/models"
COMMAND_LINE = "Befehlszeile"
REFUSALS: Mapping[str, str] = {
    "intents": "Es erkennt Anliegen um mehr als einen Prozentpunkt schlechter.",
    "categories": "Es erkennt Kategorien um mehr als einen Prozentpunkt schlechter.",
    "emergencies": "Es übersieht einen Notfall.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A model of the city's own; what it reaches stands beside what the shipped one did."""

    id: int
    name: str
    active: bool
    corrections: int | None
    base: str | None
    figures: tuple[Figures, Figures] | None
    refusals: list[str]
    made_at: datetime
    used_at: datetime | None
    used_by: str


@router.get("/learning/models")
def show(request: Request) -> Response:
    """List the city's own models, the newest first, and the shipped one."""
    user = access.current(request)
    permissions.require(user, Permission.UNDERSTANDING_JUDGE)
    words = Words(user.language)
    with web_of(request).app.database.read() as session:
        versions = queries.versions(session)
    return page(
        request,
        user,
        "desk/models.html",
        versions=[_shown(one, words) for one in versions],
        shipped=queries.shipped_name(),
        shipped_active=not any(one.active for one in versions),
        may_use=permissions.allows(user, Permission.SETTINGS_MANAGE),
    )


@router.post("/learning/models/shipped/use")
def use_shipped(request: Request, token: Annotated[str, Form(alias=csrf.FIELD)] = "") -> Response:
    """Let the shipped model understand again, everywhere."""
    return _use(request, token, understanding.use_shipped)


@router.post("/learning/models/{version_id}/use")
def use(
    request: Request, version_id: Key, token: Annotated[str, Form(alias=csrf.FIELD)] = ""
) -> Response:
    """Let this model understand, everywhere."""

    def activate(session: Session, *, actor: Actor, now: datetime) -> str:
        return understanding.activate(session, version_id, actor=actor, now=now)

    return _use(request, token, activate)


def _use(request: Request, token: str, change: Callable[..., str]) -> Response:
    user = access.entitled(request, Permission.SETTINGS_MANAGE, token)
    app = web_of(request).app
    actor = Actor(ActorKind.USER, user.id)
    try:
        with app.database.unit_of_work() as session:
            change(session, actor=actor, now=clock.now())
    except InvalidError:
        return see_other(f"{_PAGE}?done=model-unfit")
    return see_other(f"{_PAGE}?done=model-used")


def _shown(version: Version, words: Words) -> Shown:
    before, after = version.before, version.after
    return Shown(
        id=version.id,
        name=version.name,
        active=version.active,
        corrections=version.corrections,
        base=version.base,
        figures=(before, after) if before and after else None,
        refusals=[words.say(REFUSALS[one]) for one in version.refusals if one in REFUSALS],
        made_at=version.made_at,
        used_at=version.used_at,
        used_by=version.used_by or words.say(COMMAND_LINE),
    )
