"""An upgrade that fails midway beside a running city: the old version goes on answering."""

import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.db import migrate
from bot.db.engine import Database
from bot.operation import upgrade
from bot.operation.errors import UpgradeFailedError
from tests.support import places
from tests.support.places import Place
from tests.support.server import Server

_AROUND = 5  # messages before, and at least as many behind
# What a next version might do to the tables that a citizen's message needs, until it fails.
_FAILS_MIDWAY = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0000000000ff"
    down_revision = "{head}"
    branch_labels = None
    depends_on = None

    def upgrade():
        op.add_column("message", sa.Column("tone", sa.Integer()))
        op.create_table("tone", sa.Column("id", sa.Integer(), primary_key=True))
        op.execute("UPDATE channel SET name = 'Half', state = 'paused'")
        op.drop_column("raw_item", "payload")
        op.execute("SELECT pg_sleep(1)")
        op.execute("INSERT INTO tone VALUES ('no number')")
"""


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Yield an empty place on PostgreSQL: on SQLite a server and an upgrade exclude each other."""
    with places.empty(request, "postgresql", tmp_path) as place:
        yield Place(place.url, tmp_path / "data")


@pytest.fixture
def server(place: Place, tmp_path: Path) -> Iterator[Server]:
    server = Server(place.url, tmp_path)
    server.load_demo()
    yield server
    server.kill()


def later(folder: Path) -> tuple[Path]:
    folder.mkdir()
    source = textwrap.dedent(_FAILS_MIDWAY.format(head=migrate.head()))
    (folder / "later.py").write_text(source)
    return (folder,)


def test_the_old_version_goes_on_answering_while_the_upgrade_fails(
    server: Server, place: Place, tmp_path: Path
) -> None:
    slug, token = server.channel("Upgrade")
    server.start()
    base = f"{server.url}/api/v1/channels/{slug}"
    begun, over = threading.Event(), threading.Event()

    def citizens() -> list[str]:
        """Write one after the other, before, while and after; every one is acknowledged."""
        names = list[str]()
        behind = 0
        with httpx.Client(base_url=base, headers=_bearer(token), timeout=60) as http:
            while behind < _AROUND:
                behind += over.is_set()
                names.append(f"m-{len(names)}")
                body = {
                    "external_id": names[-1],
                    "thread": names[-1],
                    "sender": {"id": names[-1]},
                    "text": "Wann ist Markt in Opladen?",
                }
                assert http.post("/messages", json=body).status_code == 202
                if len(names) == _AROUND:
                    begun.set()
        return names

    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(citizens)
        try:
            assert begun.wait(60)
            with pytest.raises(
                UpgradeFailedError, match=r"changed nothing.*\(InvalidTextRepresentation: 22P02\)"
            ):
                upgrade.run(
                    place.settings,
                    tell=lambda _: None,
                    now=datetime.now(UTC),
                    versions=later(tmp_path / "versions"),
                )
        finally:
            over.set()
        names = set(written.result(timeout=120))

    assert server.is_running
    with httpx.Client(base_url=base, headers=_bearer(token), timeout=60) as http:
        answered, after = dict[str, str](), ""
        for _ in range(60):
            page = http.get("/replies", params={"after": after, "wait": 5}).json()
            after = page["cursor"]
            answered |= {reply["thread"]: reply["text"] for reply in page["replies"]}
            if answered.keys() == names:
                break
    assert answered.keys() == names
    assert all("Opladen" in text for text in answered.values())
    database = Database(place.url)
    migrate.check(database)
    assert migrate.is_current(database)
    database.close()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
