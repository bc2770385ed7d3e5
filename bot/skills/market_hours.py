"""When and where the weekly markets are, from the market tables."""

from bot.clock import BERLIN
from bot.dialogue.turn import Outcome, Turn
from bot.markets import answers, lookup
from bot.skills.base import Surroundings


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Answer from the calendar, with source and date."""
    understood = turn.understanding
    when = understood.first("date", "date_range", "weekday")
    districts = [entity.value for entity in understood.entities if entity.type == "district"]
    local = turn.now.astimezone(BERLIN)
    wish = lookup.wish(
        markets=[entity.value for entity in understood.entities if entity.type == "market"],
        districts=[(slug, surroundings.facts.district_name(slug)) for slug in districts],
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
