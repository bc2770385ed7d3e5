"""A town whose every table is worth a backup, and empty places beside it."""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.db.engine import Database
from connectors.base import RawFile
from tests.fakes import town as towns
from tests.support import places
from tests.support.files import png
from tests.support.places import Place


@pytest.fixture
def place(database: Database, database_url: str, tmp_path: Path) -> Place:
    """Return a town with conversations, tickets, files, a key and an account's crypto store."""
    town = towns.build(database)
    photo = RawFile("foto.png", "image/png", base64.b64decode(png()))
    town.turn("a", "Die Laterne in der Dorfstraße 5", files=(photo,), location=[51.03, 6.99])
    town.turn("b", 'Wann ist Markt? \\N "Ä\\ß"\t\u2028 🙂\nnoch eine Zeile')
    folder = tmp_path / "data"
    account = folder / "channels" / "matrix" / "store"
    account.mkdir(parents=True)
    (folder / "secret.key").write_bytes(bytes(range(32)))
    (account / "device.txt").write_text("STADT")
    with closing(sqlite3.connect(account / "crypto.db")) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("CREATE TABLE session (pickle TEXT)")
        store.execute("INSERT INTO session VALUES ('olm')")
        store.commit()
    return Place(database_url, folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Yield an empty place on each engine."""
    with places.empty(request, request.param, tmp_path) as place:
        yield place


@pytest.fixture
def nowhere(tmp_path: Path) -> Place:
    """Return an empty place for what ends before any engine is asked."""
    return Place(f"sqlite:///{tmp_path / 'nowhere.sqlite3'}", tmp_path / "nowhere")
