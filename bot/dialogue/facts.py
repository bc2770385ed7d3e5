"""What the skills know of the city, kept in memory until the city's data change."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.city import queries as city
from bot.city.rules import CityFacts
from bot.markets import queries as markets
from bot.markets.rules import MarketFacts
from bot.offices import queries as offices
from bot.offices.queries import CategoryInfo


@dataclass(frozen=True, slots=True)
class Facts:
    """A consistent state of the city's data."""

    version: int
    city: CityFacts
    markets: tuple[MarketFacts, ...]
    categories: Mapping[str, CategoryInfo]


class FactsCache:
    """Reads again when `data_version` has moved; one cheap read otherwise."""

    def __init__(self) -> None:
        self._facts: Facts | None = None

    def current(self, session: Session) -> Facts:
        """Return the facts as of this transaction."""
        version = city.data_version(session)
        if self._facts is None or self._facts.version != version:
            self._facts = Facts(
                version=version,
                city=city.facts(session),
                markets=markets.all_facts(session),
                categories={one.id: one for one in offices.categories(session)},
            )
        return self._facts
