"""Places where a city can live: a database and a data folder; full ones and empty ones."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config import Settings
from tests.support import postgres

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """An address of a database, and a data folder."""

    url: str
    folder: Path
    recipient: str | None = None

    @property
    def settings(self) -> Settings:
        """The settings of a city that lives here."""
        return Settings(
            data_dir=self.folder,
            database_url=SecretStr(self.url),
            backup_recipient=self.recipient,
        )

    def sealing_for(self, recipient: str) -> "Place":
        """Return the same place, whose backups are encrypted."""
        return replace(self, recipient=recipient)


@contextmanager
def empty(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Place]:
    """Yield a place on `engine` where nothing is."""
    name = f"place_{next(_numbers)}"
    if engine == "sqlite":
        yield Place(f"sqlite:///{tmp_path / name}.sqlite3", tmp_path / name)
        return
    maintenance: str = request.getfixturevalue("postgres_maintenance")
    yield Place(postgres.create_database(maintenance, name), tmp_path / name)
    postgres.drop_database(maintenance, name)
