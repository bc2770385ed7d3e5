"""Handing over to a person, with the opening hours in mind."""

from datetime import datetime

from bot.city import rules as city
from bot.clock import BERLIN
from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.markets import phrases
from bot.skills.base import Surroundings
from nlp import language


def hand_over(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Pass on somebody who asked for a person."""
    return Outcome("hand_over", _by_hours("hand_over", turn, surroundings), hand_over=True)


def abstain(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Say kindly that a person will look at it, and where a language is unknown, that it is."""
    unknown = turn.understanding.language == language.UNKNOWN
    key = "unknown_language" if unknown else "abstain"
    return Outcome("abstain", _by_hours(key, turn, surroundings), hand_over=True)


def contest_letter(turn: Turn, _: Surroundings) -> Outcome:
    """Say that no deadline is met here, and pass on (§ 70 VwGO, § 67 OWiG)."""
    return Outcome("letter", say("letter", turn.language), hand_over=True)


def _by_hours(key: str, turn: Turn, surroundings: Surroundings) -> str:
    facts = surroundings.facts.city
    if city.is_open(facts, turn.now):
        return say(f"{key}_open", turn.language)
    opens = _spoken(city.next_opening(facts, turn.now), turn)
    return say(f"{key}_closed", turn.language, opens=opens)


def _spoken(opens: datetime, turn: Turn) -> str:
    local, today = opens.astimezone(BERLIN), turn.now.astimezone(BERLIN).date()
    day = phrases.day(local.date(), today, turn.language)
    hour = f"{local:%H:%M}" if turn.language == "en" else f"{local.hour}:{local:%M} Uhr"
    return f"{day}, {hour}"
