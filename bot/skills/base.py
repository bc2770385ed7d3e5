"""What a skill is, and what it may use."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.dialogue.facts import Facts
from bot.dialogue.turn import Outcome, Question, Turn


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The open transaction, the city's facts, and the address of its pages."""

    session: Session
    facts: Facts
    base_url: str


Answer = Callable[[Turn, Surroundings], Outcome | None]
"""What answers a wish; None: it has no answer."""
Resume = Callable[[Turn, Question, Surroundings], Outcome | None]
