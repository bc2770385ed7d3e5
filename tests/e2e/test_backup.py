"""Backup under load, restore into an empty place, and the restored city answers."""

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, insert, select

from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind
from bot.attachments.models import Blob, BlobChunk
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbox.models import Message
from bot.operation import unfinished
from tests.support import command as commands
from tests.support import places
from tests.support.city import log_in
from tests.support.command import COMMAND, Running, environment
from tests.support.files import png
from tests.support.places import Place
from tests.support.server import Server

_CLIENTS, _BEFORE = 4, 60
_MEGABYTES = 96
_MEASURED = (
    *COMMAND[:-1],
    f"import resource; {COMMAND[-1]}; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)",
)


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    server = Server(database_url, tmp_path)
    yield server
    server.kill()


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Place]:
    engine = "sqlite" if database_url.startswith("sqlite") else "postgresql"
    (tmp_path / "elsewhere").mkdir()
    with places.empty(request, engine, tmp_path / "elsewhere") as place:
        yield Place(place.url, tmp_path / "elsewhere" / "data")


def around(place: Place) -> dict[str, str]:
    settings = {
        "STADTDRAHT_DATA_DIR": str(place.folder),
        "STADTDRAHT_DATABASE_URL": place.url,
    }
    return environment(place.folder, **settings)


def begin(place: Place, *words: str) -> Running:
    return commands.begin(*words, environment=around(place))


def command(place: Place, *words: str) -> tuple[int, str, str]:
    done = begin(place, *words).end()
    return done.returncode, done.stdout, done.stderr


def measured(place: Place, *words: str) -> int:
    """Run the command in an interpreter of its own; return the most memory that it had, in KiB."""
    done = subprocess.run(
        [*_MEASURED, *words],
        env=around(place),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])


def post(
    http: httpx.Client, external_id: str, thread: str, text: str, *, photo: bool = False
) -> bool:
    body = {
        "external_id": external_id,
        "thread": thread,
        "sender": {"id": f"citizen-{thread}"},
        "text": text,
        "attachments": [{"name": "foto.png", "media_type": "image/png", "content_base64": png()}]
        if photo
        else [],
    }
    return http.post("/messages", json=body).status_code == 202


def test_a_backup_under_load_becomes_a_city_that_answers(
    server: Server, database_url: str, elsewhere: Place, tmp_path: Path
) -> None:
    server.load_demo()
    slug, token = server.channel("Backup")
    server.start()
    here = Place(database_url, tmp_path / "data")
    stopping, ready = threading.Event(), threading.Barrier(_CLIENTS + 1)

    def write(client: int) -> list[str]:
        acknowledged = []
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{server.url}/api/v1/channels/{slug}"
        with httpx.Client(base_url=base, headers=headers, timeout=60) as http:
            number = 0
            while number < _BEFORE or not stopping.is_set():
                name = f"m-{client}-{number}"
                if post(
                    http, name, f"thread-{client}-{number // 5}", "Wann ist Markt?", photo=True
                ):
                    acknowledged.append(name)
                number += 1
                if number == _BEFORE:
                    ready.wait()
        return acknowledged

    with ThreadPoolExecutor(_CLIENTS) as pool:
        writers = [pool.submit(write, number) for number in range(_CLIENTS)]
        ready.wait()
        try:
            code, out, error = command(here, "db", "backup", str(tmp_path / "b"), "--json")
        finally:
            stopping.set()
        acknowledged = [name for writer in writers for name in writer.result(timeout=120)]
    assert (code, error) == (0, "")
    assert json.loads(out)["encrypted"] is False
    assert len(acknowledged) > _CLIENTS * _BEFORE, "the backup ran under load"
    server.stop()

    code, out, error = command(elsewhere, "db", "restore", str(tmp_path / "b"))
    assert (code, error) == (0, ""), error
    there = Server(elsewhere.url, elsewhere.folder.parent)
    there.start()
    try:
        _check_stored(elsewhere.url, acknowledged)
        with httpx.Client(base_url=there.url, timeout=60) as http:
            assert log_in(http, "admin", server.password).status_code == 303
            assert http.get("/desk", follow_redirects=True).status_code == 200
        _check_answers(there, slug, token)
    finally:
        there.kill()


def _check_stored(url: str, acknowledged: list[str]) -> None:
    database = Database(url)
    with database.read() as session:
        stored = set(session.scalars(select(RawItem.event_id)))
    database.close()
    first = {name for name in acknowledged if int(name.rsplit("-", 1)[1]) < _BEFORE}
    assert len(first) == _CLIENTS * _BEFORE
    assert first <= stored <= set(acknowledged)


def _check_answers(there: Server, slug: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    base = f"{there.url}/api/v1/channels/{slug}"
    with httpx.Client(base_url=base, headers=headers, timeout=60) as http:
        assert post(http, "after", "after-the-restore", "Wann ist Markt in Opladen?")
        after, heard = "", list[str]()
        for _ in range(60):
            page = http.get("/replies", params={"after": after, "wait": 5}).json()
            after = page["cursor"]
            heard += [r["text"] for r in page["replies"] if r["thread"] == "after-the-restore"]
            if heard:
                break
    assert "Opladen" in heard[0]


def _fill(url: str, megabytes: int) -> None:
    """Store files that nothing can compress, and rows without end."""
    database = Database(url)
    chunk = 256 * 1024
    now = datetime.now(UTC)
    for number in range(megabytes // 8):
        with database.unit_of_work() as session:
            blob_id = session.execute(
                insert(Blob)
                .values(sha256=f"{number:064}", size=32 * chunk, created_at=now)
                .returning(Blob.id)
            ).scalar_one()
            session.execute(
                insert(BlobChunk),
                [
                    {"blob_id": blob_id, "position": n, "content": os.urandom(chunk)}
                    for n in range(32)
                ],
            )
    database.close()


def test_large_attachments_stream_and_a_cut_off_restore_is_done_again(
    database_url: str, elsewhere: Place, tmp_path: Path
) -> None:
    here = Place(database_url, tmp_path / "data")
    small, large = str(tmp_path / "small"), str(tmp_path / "large")
    usual = measured(here, "db", "backup", small, "--json")
    _fill(database_url, _MEGABYTES)

    assert measured(here, "db", "backup", large, "--json") - usual < _MEGABYTES * 1024 // 2, "KiB"

    cut_off = begin(elsewhere, "db", "restore", large)
    mark = elsewhere.folder / unfinished.MARK
    while not mark.exists():
        assert cut_off.process.poll() is None, cut_off.end()
    cut_off.process.kill()
    cut_off.end()
    assert mark.exists(), "killed in the middle"
    code, _, error = command(elsewhere, "user", "add", "mira")
    assert (code, error.count("\n")) == (1, 1)
    assert "cut off" in error

    assert measured(elsewhere, "db", "restore", large) - usual < _MEGABYTES * 1024 // 2, "KiB"
    assert not mark.exists()
    database = Database(elsewhere.url)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(BlobChunk)) == _MEGABYTES * 4
    database.close()


def _in_use(folder: Path) -> bool:
    """Tell whether the backup holds the folder, and so will clear it away however it ends."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(number)


def test_a_backup_that_is_ended_leaves_nothing_and_raises_the_alarm(
    database_url: str, tmp_path: Path
) -> None:
    here = Place(database_url, tmp_path / "data")
    account = here.folder / "channels" / "matrix"
    account.mkdir(parents=True)
    with closing(sqlite3.connect(account / "crypto.db", isolation_level=None)) as store:
        store.execute("CREATE TABLE session (pickle TEXT)")
        store.execute("BEGIN EXCLUSIVE")  # the backup waits here
        backup = begin(here, "db", "backup", str(tmp_path / "b"))
        while not any(_in_use(folder) for folder in here.folder.glob(".backup-*")):
            assert backup.process.poll() is None, backup.end()
        backup.process.send_signal(signal.SIGTERM)
        done = backup.end()
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "stadtdraht: stopped.\n")
    assert not [*tmp_path.glob(".b.*"), *here.folder.glob(".backup-*")]
    assert not (tmp_path / "b").exists()
    database = Database(database_url)
    with database.read() as session:
        assert list(session.scalars(select(Alarm.kind))) == [AlarmKind.BACKUP_FAILED]
    database.close()


def test_of_two_restores_at_once_one_wins(
    server: Server, database_url: str, elsewhere: Place, tmp_path: Path
) -> None:
    server.load_demo()
    here = Place(database_url, tmp_path / "data")
    backup = str(tmp_path / "b")
    code, _, error = command(here, "db", "backup", backup, "--quiet")
    assert (code, error) == (0, "")
    second = elsewhere
    if not elsewhere.url.startswith("sqlite"):  # the same database, from another machine
        second = Place(elsewhere.url, elsewhere.folder.parent / "other")
    racing = [begin(place, "db", "restore", backup) for place in (elsewhere, second)]
    ends = [running.end() for running in racing]
    assert sorted(done.returncode for done in ends) == [0, 1], ends
    for done in ends:
        assert done.stderr.count("\n") == done.returncode, done.stderr
    loser = elsewhere if ends[0].returncode else second
    assert loser == elsewhere or not (loser.folder / "secret.key").exists()
    database = Database(elsewhere.url)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    database.close()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("db", "backup"), 2, "FILE"),
        (("db", "backup", "/nowhere/at/all"), 1, "no folder /nowhere/at."),
        (("db", "restore", "/nowhere/at/all"), 2, "does not exist"),
        (("db", "backup", "-"), 2, "name of a file"),
        (("db", "restore", "/etc/hostname"), 1, "not a backup of Stadtdraht"),
        (("upgrade", "now"), 2, "unexpected"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, words: tuple[str, ...], code: int, says: str) -> None:
    place = Place(f"sqlite:///{tmp_path / 'city.sqlite3'}", tmp_path / "data")
    found, out, error = command(place, *words)
    assert (found, out, error.count("\n")) == (code, "", 1), error
    assert says in error
