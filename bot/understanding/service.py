"""Changing the model that understands."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.city import service as city
from bot.errors import InvalidError
from bot.understanding.models import OwnModel
from nlp import heads
from nlp.data import DataError
from nlp.types import Weights


def use(session: Session, weights: Weights, *, actor: audit.Actor, now: datetime) -> str:
    """Let a model of the city's own understand from now on, and return its name.

    Every process takes it with its next message. Raises `InvalidError` where it does not fit this
    version.
    """
    try:
        model = heads.read(weights)
    except DataError as error:
        raise InvalidError(f"This cannot be used: {error}.", field="model") from error
    city.bump(session)  # first: it holds back whoever changes the model at the same time
    session.merge(OwnModel(id=1, meta=weights.meta, arrays=weights.arrays, stored_at=now))
    audit.note(session, actor, "model.used", "model", None, "meta", "arrays", now=now)
    return model.name


def use_shipped(session: Session, *, actor: audit.Actor, now: datetime) -> str:
    """Let the shipped model understand again, and return its name."""
    if session.get(OwnModel, 1):
        city.bump(session)
        session.execute(delete(OwnModel))  # somebody else may have come first
        audit.note(session, actor, "model.left", "model", None, now=now)
    return heads.shipped().name
