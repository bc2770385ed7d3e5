"""Greetings and thanks: a short reply, never a ticket."""

from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.skills.base import Surroundings


def greet(turn: Turn, _: Surroundings) -> Outcome:
    """Greet back and say what can be done here."""
    return Outcome("greeting", say("greeting", turn.language))


def thank(turn: Turn, _: Surroundings) -> Outcome:
    """Take the thanks."""
    return Outcome("thanks", say("thanks", turn.language))
