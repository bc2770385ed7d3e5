"""Reading which model understands, and which others there are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.staff.models import User
from bot.understanding.models import ModelVersion
from nlp.types import Weights


@dataclass(frozen=True, slots=True)
class Figures:
    """What a model reaches in the examinations: shares of 0 to 1, and emergencies counted."""

    intents: float
    categories: float
    emergencies: int
    emergencies_of: int


@dataclass(frozen=True, slots=True)
class Version:
    """A model of the city's own; what the fields mean: see the table."""

    id: int
    name: str
    base: str | None
    corrections: int | None
    before: Figures | None
    after: Figures | None
    refusals: tuple[str, ...]
    active: bool
    used_by: str | None
    used_at: datetime | None
    made_at: datetime


@lru_cache(maxsize=1)
def shipped_name() -> str:
    """Return the name of the shipped model without reading its weights."""
    meta = json.loads(files("nlp").joinpath("model", "meta.json").read_bytes())
    return str(meta["name"])


def weights(session: Session) -> Weights | None:
    """Return the city's own model; None where the shipped one understands."""
    own = session.execute(
        select(ModelVersion.meta, ModelVersion.arrays).where(ModelVersion.active)
    ).one_or_none()
    return Weights(own.meta, own.arrays) if own else None


def versions(session: Session) -> list[Version]:
    """Return the city's own models, the newest first."""
    rows = session.execute(
        select(
            ModelVersion.id,
            ModelVersion.name,
            ModelVersion.base,
            ModelVersion.corrections,
            ModelVersion.figures,
            ModelVersion.refusals,
            ModelVersion.active,
            User.display_name,
            ModelVersion.used_at,
            ModelVersion.made_at,
        )
        .outerjoin(User, User.id == ModelVersion.user_id)
        .order_by(ModelVersion.id.desc())
    )
    return [
        Version(
            row.id,
            row.name,
            row.base,
            row.corrections,
            _figures(row.figures, "before"),
            _figures(row.figures, "after"),
            tuple(map(str, row.refusals)),
            row.active,
            row.display_name,
            row.used_at,
            row.made_at,
        )
        for row in rows
    ]


def _figures(figures: Mapping[str, object] | None, when: str) -> Figures | None:
    found = figures.get(when) if figures else None
    return Figures(**found) if isinstance(found, dict) else None
