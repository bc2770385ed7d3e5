"""The fixtures that every test may ask for: real databases, migrated and empty."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.db import migrate
from bot.db.engine import Database
from tests.fakes.authority import Authority
from tests.support import city as cities
from tests.support import command, language, postgres
from tests.support.city import City

_numbers = itertools.count(1)

# A shared machine may be slow; speed is measured in tests/bench, never in a test.
settings.register_profile("stadtdraht", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("stadtdraht")


def pytest_configure(config: pytest.Config) -> None:
    """Trust nobody outside: no test leaves this machine, and reading 150 authorities takes long.

    Each of the many HTTP clients would read them anew, here and in every process that is started.
    """
    folder = tempfile.mkdtemp(prefix="stadtdraht-trust-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.add_cleanup(language.HOST.close)
    config.add_cleanup(command.HOST.close)
    os.environ["SSL_CERT_FILE"] = str(Authority(Path(folder), "Nobody CA").file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what waits long: whole servers, real homeservers, the image."""
    long = ("tests/e2e/", "tests/deploy/", "tests/connectors/matrix/")
    items.sort(key=lambda item: not item.nodeid.startswith(long))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "city.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_maintenance() -> Iterator[str]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_maintenance: str) -> str:
    url = postgres.create_database(postgres_maintenance, "template_city")
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    return "template_city"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a migrated, empty database; every test runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "city.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    maintenance = request.getfixturevalue("postgres_maintenance")
    template = request.getfixturevalue("postgres_template")
    name = f"city_{next(_numbers)}"
    yield postgres.create_database(maintenance, name, template=template)
    postgres.drop_database(maintenance, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def own_city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Yield a city for the tests of one file, where what others do to theirs would be counted."""
    with cities.on_engine(request.param, request, tmp_path_factory.mktemp("city")) as city:
        yield city
