"""Emergencies: the fixed reply at once, no question before it, and a person."""

from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.skills.base import Surroundings

_CRISIS = "emergency:suicide"


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Say where help is; nothing here reaches the rescue services, and the text says so."""
    numbers = surroundings.facts.city.emergency
    language = turn.understanding.language  # Turkish and Ukrainian too
    language = turn.language if language == "und" else language
    text = say("emergency", language, rescue=numbers.rescue, police=numbers.police)
    in_crisis = any(found.target == _CRISIS for found in turn.understanding.evidence)
    if in_crisis and numbers.crisis_line:
        crisis = say("emergency_crisis", language, crisis_line=numbers.crisis_line)
        text = f"{text}\n{crisis}"
    return Outcome("emergency", text, hand_over=True, emergency=True)
