"""The cities that the tests of the pages share: they end with them, for a city is never idle."""

from collections.abc import Iterator

import pytest

from tests.support import city as cities
from tests.support.city import City


@pytest.fixture(scope="package")
def sqlite_city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    with cities.on_engine("sqlite", request, tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture(scope="package")
def postgresql_city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    with cities.on_engine("postgresql", request, tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest) -> City:
    """Return a running city, one per engine for all tests of the pages."""
    town: City = request.getfixturevalue(f"{request.param}_city")
    return town
