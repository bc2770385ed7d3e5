"""The language pipeline of this process, fed with the city's names."""

from threading import Lock

from bot.dialogue.facts import Facts
from nlp import gazetteer, pipeline
from nlp.pipeline import Understander
from nlp.types import Gazetteer, Name


class Understanding:
    """Loads the model once and follows the city's data."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._version: int | None = None
        self._understander: Understander | None = None

    def of(self, facts: Facts) -> Understander:
        """Return the understander that knows the names in `facts`."""
        with self._lock:
            if self._understander is None:
                self._understander = pipeline.load(names(facts))
            elif self._version != facts.version:
                self._understander = self._understander.with_gazetteer(names(facts))
            self._version = facts.version
            return self._understander


def names(facts: Facts) -> Gazetteer:
    """Return the city's names: the demo's streets and districts, the markets of the tables."""
    shipped = gazetteer.demo() if facts.city.demo else Gazetteer()
    aliases = {market.value: market.aliases for market in shipped.markets}
    return Gazetteer(
        streets=shipped.streets,
        districts=shipped.districts,
        places=shipped.places,
        markets=tuple(
            Name(market.slug, market.name, aliases.get(market.slug, ())) for market in facts.markets
        ),
        ticket_prefix=facts.city.ticket_prefix,
    )
