"""Emergencies: the fixed reply at once, no question before it, and a person."""

from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.skills.base import Surroundings

_CRISIS = "emergency:suicide"


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Say where help is; nothing here reaches the rescue services, and the text says so."""
    numbers = surroundings.facts.city.emergency
    text = say("emergency", turn.language, rescue=numbers.rescue, police=numbers.police)
    in_crisis = any(found.target == _CRISIS for found in turn.understanding.evidence)
    if in_crisis and numbers.crisis_line:
        crisis = say("emergency_crisis", turn.language, crisis_line=numbers.crisis_line)
        text = f"{text}\n{crisis}"
    return Outcome("emergency", text, hand_over=True, emergency=True)
