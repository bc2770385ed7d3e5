"""When and where the weekly markets are, from the market tables."""

from bot.clock import BERLIN
from bot.dialogue.turn import Outcome, Turn
from bot.markets import answers
from bot.skills.base import Surroundings


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Answer from the calendar, with source and date."""
    understood = turn.understanding
    when = understood.first("date", "date_range", "weekday")
    district = understood.first("district")
    local = turn.now.astimezone(BERLIN)
    wish = answers.wish(
        markets=[entity.value for entity in understood.entities if entity.type == "market"],
        district=district.value if district else None,
        district_name=surroundings.facts.district_name(district.value) if district else None,
        when=when.value if when else None,
    )
    text = answers.answer(
        surroundings.facts.markets,
        wish,
        language=turn.language,
        today=local.date(),
        base_url=surroundings.base_url,
        time=f"{local:%H:%M}",
    )
    return Outcome("market_hours", text)
