"""What the skills know of the city, kept in memory until the city's data change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.city import queries as cities
from bot.city.queries import DistrictNames, StreetNames
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
    district_of: Mapping[str, str] = field(default_factory=dict)
    """The district of each street that lies in one alone."""

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
            streets, districts = cities.streets(session), cities.districts(session)
            self._facts = Facts(
                version=version,
                city=facts,
                markets=calendar,
                categories={one.id: one for one in offices.categories(session)},
                knowledge=Knowledge(
                    names(facts, calendar, streets, districts), understanding.weights(session)
                ),
                district_of={
                    street.name: street.districts[0]
                    for street in streets
                    if len(street.districts) == 1
                },
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


def names(
    facts: CityFacts,
    calendar: Sequence[MarketFacts],
    streets: Sequence[StreetNames] = (),
    districts: Sequence[DistrictNames] = (),
) -> Gazetteer:
    """Return the city's names from its tables; the demo city's landmarks are shipped.

    A demo city that an older version has loaded has no streets and districts of its own yet.
    """
    shipped = gazetteer.demo() if facts.demo else Gazetteer()
    aliases = {market.value: market.aliases for market in shipped.markets}
    return Gazetteer(
        streets=tuple(Name(street.name, street.name, street.aliases) for street in streets)
        or shipped.streets,
        districts=tuple(Name(one.slug, one.name, one.aliases) for one in districts)
        or shipped.districts,
        places=shipped.places,
        markets=tuple(
            Name(market.slug, market.name, aliases.get(market.slug, ())) for market in calendar
        ),
        ticket_prefix=facts.ticket_prefix,
    )
