"""Changing the model that understands, and keeping others."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor, ActorKind
from bot.city import service as city
from bot.errors import InvalidError, NotFoundError
from bot.understanding import queries
from bot.understanding.models import ModelVersion
from bot.understanding.queries import Figures
from nlp import heads
from nlp.data import DataError
from nlp.types import Weights

KEPT = 10  # versions, the one in use not counted
_SUBJECT = "model"


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that has learned from so many `corrections`; the rest is as in the table."""

    weights: Weights
    corrections: int
    before: Figures
    after: Figures
    refusals: tuple[str, ...]


class ModelNotFoundError(NotFoundError):
    """There is no such version, or it has been cleared away."""

    code = "model_not_found"


class ModelRefusedError(InvalidError):
    """It understands worse than the shipped model; it is kept to be looked at only."""

    code = "model_refused"


def use(session: Session, weights: Weights, *, actor: Actor, now: datetime) -> str:
    """Let a model of the city's own understand from now on, and return its name.

    Every process takes it with its next message. Raises `InvalidError` where it does not fit this
    version.
    """
    name = _name(weights)
    city.bump(session)  # first: it holds back whoever changes the model at the same time
    version = _stored(session, weights, name, now)
    if not version.refusals:
        _put_in_use(session, version, actor, now)
        return name
    raise ModelRefusedError(f"{name} has been refused.", field="model")


def keep(session: Session, trained: Trained, *, actor: Actor, now: datetime) -> None:
    """Keep a model that has learned; it understands from now on unless it is refused."""
    city.bump(session)
    version = _stored(session, trained.weights, _name(trained.weights), now)
    version.base = queries.shipped_name()
    version.corrections = trained.corrections
    version.figures = {"before": asdict(trained.before), "after": asdict(trained.after)}
    version.refusals = list(trained.refusals)
    if version.refusals:
        audit.note(session, actor, "model.refused", _SUBJECT, version.id, "refusals", now=now)
    else:
        _put_in_use(session, version, actor, now)


def activate(session: Session, version_id: int, *, actor: Actor, now: datetime) -> str:
    """Let an earlier model understand again, and return its name.

    Raises `ModelNotFoundError`, `ModelRefusedError`, and `InvalidError` as `use`.
    """
    city.bump(session)
    version = session.get(ModelVersion, version_id)
    if version is None:
        raise ModelNotFoundError("There is no such model.")
    if version.refusals:
        raise ModelRefusedError(f"{version.name} has been refused.", field="model")
    _name(Weights(version.meta, version.arrays))  # an upgrade may have come after it
    _put_in_use(session, version, actor, now)
    return version.name


def use_shipped(session: Session, *, actor: Actor, now: datetime) -> str:
    """Let the shipped model understand again, and return its name."""
    active = select(ModelVersion.id).where(ModelVersion.active)
    if session.scalar(active) is not None:
        city.bump(session)
        if (left := session.scalar(active)) is not None:  # somebody else may have come first
            _put_out_of_use(session)
            audit.note(session, actor, "model.left", _SUBJECT, left, "active", now=now)
    return queries.shipped_name()


def _name(weights: Weights) -> str:
    try:
        return heads.read(weights).name
    except DataError as error:
        raise InvalidError(f"This cannot be used: {error}.", field="model") from error


def _stored(session: Session, weights: Weights, name: str, now: datetime) -> ModelVersion:
    """Return the row of these weights, a new one where they were never here."""
    digest = hashlib.sha256(weights.meta + b"\0" + weights.arrays).hexdigest()
    version = session.scalar(select(ModelVersion).where(ModelVersion.digest == digest))
    if version is None:
        version = ModelVersion(
            name=name,
            digest=digest,
            meta=weights.meta,
            arrays=weights.arrays,
            refusals=[],
            active=False,
            made_at=now,
        )
        session.add(version)
        session.flush()
        _clear_away(session)
    return version


def _clear_away(session: Session) -> None:
    """Delete the oldest models; the one in use stays, whatever its age."""
    others = select(ModelVersion.id).where(~ModelVersion.active)
    old = session.scalars(others.order_by(ModelVersion.id.desc()).offset(KEPT)).all()
    session.execute(delete(ModelVersion).where(ModelVersion.id.in_(old)))


def _put_in_use(session: Session, version: ModelVersion, actor: Actor, now: datetime) -> None:
    _put_out_of_use(session)
    version.active = True
    version.used_at = now
    version.user_id = actor.id if actor.kind is ActorKind.USER else None
    session.flush()
    audit.note(session, actor, "model.used", _SUBJECT, version.id, "active", now=now)


def _put_out_of_use(session: Session) -> None:
    """Say so first: there may be only one at any time."""
    session.execute(update(ModelVersion).where(ModelVersion.active).values(active=False))
