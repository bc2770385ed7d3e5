"""Reading which model understands."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.understanding.models import OwnModel
from nlp.types import Weights


def weights(session: Session) -> Weights | None:
    """Return the city's own model; None where the shipped one understands."""
    own = session.execute(select(OwnModel.meta, OwnModel.arrays)).one_or_none()
    return Weights(own.meta, own.arrays) if own else None
