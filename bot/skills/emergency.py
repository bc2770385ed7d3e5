"""Emergencies: the fixed reply at once, no question before it, and a person."""

from collections.abc import Iterable

from bot.city.rules import CityFacts
from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.skills.base import Surroundings
from nlp.types import Evidence

_CRISIS = "emergency:suicide"


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Say where help is; nothing here reaches the rescue services, and the text says so."""
    language = turn.understanding.language  # Turkish and Ukrainian too
    language = turn.language if language == "und" else language
    text = reply(turn.understanding.evidence, language, surroundings.facts.city)
    return Outcome("emergency", text, hand_over=True, emergency=True)


def reply(evidence: Iterable[Evidence], language: str, facts: CityFacts) -> str:
    """Return the fixed text."""
    numbers = facts.emergency
    text = say("emergency", language, rescue=numbers.rescue, police=numbers.police)
    if numbers.crisis_line and any(found.target == _CRISIS for found in evidence):
        crisis = say("emergency_crisis", language, crisis_line=numbers.crisis_line)
        text = f"{text}\n{crisis}"
    return text
