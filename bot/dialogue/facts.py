"""What the skills know of the city, kept in memory until the city's data change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.city import queries as cities
from bot.city.rules import CityFacts
from bot.knowledge import queries as articles
from bot.knowledge.finding import Finder
from bot.markets import queries as markets
from bot.markets.rules import MarketFacts
from bot.offices import queries as offices
from bot.offices.queries import CategoryInfo
from bot.understanding import queries as understanding
from nlp import gazetteer
from nlp.types import Gazetteer, Knowledge, Name


@dataclass(frozen=True, slots=True)
class Facts:
    """A consistent state of the city's data."""

    version: int
    city: CityFacts
    markets: tuple[MarketFacts, ...]
    categories: Mapping[str, CategoryInfo]
    knowledge: Knowledge
    finder: Finder

    def district_name(self, slug: str) -> str:
        """Return what a district is called."""
        return next(
            (name.label for name in self.knowledge.names.districts if name.value == slug), slug
        )


class FactsCache:
    """Reads again when `data_version` has moved; one cheap read otherwise."""

    def __init__(self) -> None:
        self._facts: Facts | None = None

    def current(self, session: Session) -> Facts:
        """Return the facts as of this transaction."""
        version = cities.data_version(session)
        if self._facts is None or self._facts.version != version:
            facts, calendar = cities.facts(session), markets.all_facts(session)
            self._facts = Facts(
                version=version,
                city=facts,
                markets=calendar,
                categories={one.id: one for one in offices.categories(session)},
                knowledge=Knowledge(names(facts, calendar), understanding.weights(session)),
                finder=self._finder(session, facts.name),
            )
        return self._facts

    def _finder(self, session: Session, city: str) -> Finder:
        """Return the finder of these articles; making one is work, so it is kept while they are."""
        now = articles.articles(session)
        known = self._facts.finder if self._facts else None
        if known is not None and (known.articles, known.city) == (now, city):
            return known
        return Finder(now, city=city)


def names(facts: CityFacts, calendar: Sequence[MarketFacts]) -> Gazetteer:
    """Return the city's names: the demo's streets and districts, the markets of the tables."""
    shipped = gazetteer.demo() if facts.demo else Gazetteer()
    aliases = {market.value: market.aliases for market in shipped.markets}
    return Gazetteer(
        streets=shipped.streets,
        districts=shipped.districts,
        places=shipped.places,
        markets=tuple(
            Name(market.slug, market.name, aliases.get(market.slug, ())) for market in calendar
        ),
        ticket_prefix=facts.ticket_prefix,
    )
