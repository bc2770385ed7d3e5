"""A backup and what comes out of it: the same rows, numbers, key and stores, on any engine."""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError
from sqlalchemy import insert, select, text

from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState
from bot.app import App
from bot.audit import sealing as trail
from bot.audit.models import AuditEntry
from bot.channels.models import Channel
from bot.cli import cli
from bot.config import MissingKeyError, Settings
from bot.contacts.models import Contact
from bot.db import migrate
from bot.db.engine import Database
from bot.events import queries as events
from bot.events.models import Event
from bot.events.queries import Cursor
from bot.operation import backup, dump, folders, records, restore, sealing
from bot.operation.errors import BackupError, LockedBackupError
from bot.operation.keys import WrongKeyError
from bot.work.models import Work
from connectors.base import RESTORED
from tests.support.places import Place

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LOOSE = {"audit_entry", "event", "work", "lease"}  # what a restore itself changes


def make(place: Place, database: Database, path: Path) -> Path:
    backup.run(place.settings, database, path, tell=lambda _: None, now=NOW)
    return path


def command(place: Place, *words: str) -> Result:
    settings = {
        "STADTDRAHT_DATABASE_URL": place.url,
        "STADTDRAHT_DATA_DIR": str(place.folder),
    }
    return CliRunner(env=settings).invoke(cli, words)


def rows(database: Database) -> dict[str, list[bytes]]:
    with dump.snapshot(database) as connection:
        return {
            table.name: sorted(
                line for part, _ in dump.parts(connection, table) for line in part.splitlines()
            )
            for table in dump.tables(connection)
        }


def test_what_was_backed_up_is_there_on_either_engine(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    path = make(place, database, tmp_path / "city.backup")
    assert path.stat().st_mode & 0o777 == 0o600
    with database.read() as session:
        last_contact = max(session.scalars(select(Contact.id)))
    done = restore.run(elsewhere.settings, path, [], now=NOW)
    there = Database(elsewhere.url)

    before, after = rows(database), rows(there)
    assert done.rows == sum(map(len, before.values())) - 1, "the line of the backup itself"
    assert {name for name, held in before.items() if held} >= {"message", "blob_chunk", "ticket"}
    assert {n: r for n, r in before.items() if n not in LOOSE} == {
        n: r for n, r in after.items() if n not in LOOSE
    }
    migrate.check(there)
    with there.unit_of_work() as session:
        assert session.scalars(select(Work.lease_owner)).all() == [None] * len(before["work"])
        session.execute(insert(Contact).values(created_at=NOW))
        assert max(session.scalars(select(Contact.id))) == last_contact + 1
        assert records.RESTORED in session.scalars(select(AuditEntry.action)).all()
    there.close()

    assert (elsewhere.folder / "secret.key").read_bytes() == bytes(range(32))
    assert (elsewhere.folder / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (elsewhere.folder / "channels" / "matrix" / RESTORED).exists()
    account = elsewhere.folder / "channels" / "matrix" / "store"
    assert account.stat().st_mode & 0o777 == 0o700
    assert (account / "device.txt").read_text() == "STADT"
    with closing(sqlite3.connect(account / "crypto.db")) as store:
        assert store.execute("SELECT pickle FROM session").fetchall() == [("olm",)]
    assert not list(elsewhere.folder.glob("restore*"))


def test_a_number_that_was_given_out_is_not_given_out_again(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        gone = session.execute(
            insert(Contact).values(created_at=NOW).returning(Contact.id)
        ).scalar_one()
        session.execute(text("DELETE FROM contact WHERE id = :id"), {"id": gone})
    restore.run(elsewhere.settings, make(place, database, tmp_path / "b"), [], now=NOW)
    there = Database(elsewhere.url)
    with there.unit_of_work() as session:
        new = session.execute(insert(Contact).values(created_at=NOW).returning(Contact.id))
        assert new.scalar_one() == gone + 1
    there.close()


def test_open_pages_load_anew_behind_a_restore(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    restore.run(elsewhere.settings, make(place, database, tmp_path / "b"), [], now=NOW)
    there = Database(elsewhere.url)
    with there.unit_of_work() as session:
        assert session.scalars(select(Event)).all() == []
        assert events.is_too_old(session, Cursor(10**9, 17)), "a cursor of the old database"
        assert not events.is_too_old(session, Cursor())
    there.close()


def test_the_backup_holds_one_state_while_others_write(
    place: Place, database: Database, tmp_path: Path
) -> None:
    other = Database(place.url)
    with dump.snapshot(database) as connection:
        tables = {table.name: table for table in dump.tables(connection)}
        with other.unit_of_work() as session:
            session.execute(insert(Contact).values(created_at=NOW, name="Spät"))
        held = b"".join(part for part, _ in dump.parts(connection, tables["contact"]))
    assert "Spät".encode() not in held
    other.close()


def test_a_crypto_store_in_use_is_copied_whole(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    store_path = place.folder / "channels" / "matrix" / "store" / "crypto.db"
    with closing(sqlite3.connect(store_path, isolation_level=None)) as store:
        store.execute("INSERT INTO session VALUES ('committed, and only in the WAL')")
        store.execute("BEGIN IMMEDIATE")
        store.execute("INSERT INTO session VALUES ('not committed')")
        path = make(place, database, tmp_path / "b")
        store.execute("ROLLBACK")
    restore.run(elsewhere.settings, path, [], now=NOW)
    copy = elsewhere.folder / "channels" / "matrix" / "store" / "crypto.db"
    with closing(sqlite3.connect(copy)) as store:
        found = store.execute("SELECT pickle FROM session").fetchall()
    assert found == [("olm",), ("committed, and only in the WAL",)]


def test_nothing_is_overwritten_and_nothing_half_stays(
    place: Place, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    path = make(place, database, folder / "b")
    content = path.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        make(place, database, path)
    assert path.read_bytes() == content

    os.mkfifo(place.folder / "channels" / "matrix" / "pipe")  # not a file: passed by
    (place.folder / "channels" / "matrix" / "link").symlink_to("/etc/hostname")
    make(place, database, folder / "c")
    with pytest.raises(BackupError, match="no folder"):
        make(place, database, folder / "there" / "d")
    assert sorted(found.name for found in folder.iterdir()) == ["b", "c"]
    with database.read() as session:
        assert records.last_made(session) == NOW
        failures = session.scalars(select(AuditEntry.action)).all().count(records.FAILED)
        assert failures == 1, "a name that is taken is nobody's alarm"


def test_what_is_damaged_of_one_account_is_left_out_and_told(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    accounts = place.folder / "channels"
    (accounts / "matrix" / "store" / "crypto.db").write_bytes(
        b"SQLite format 3\x00 and then nonsense"
    )
    Path(os.fsdecode(os.fsencode(accounts / "matrix") + b"/\xff")).write_text("no name")
    done = command(place, "db", "backup", str(tmp_path / "b"))
    assert done.exit_code == 1
    assert "accounts/matrix/store/crypto.db" in done.stderr
    assert "accounts/matrix/\ufffd" in done.stderr
    with database.read() as session:
        [alarm] = session.scalars(select(Alarm))
        assert (alarm.kind, alarm.state) == (AlarmKind.BACKUP_FAILED, AlarmState.OPEN)
        assert records.last_made(session) is not None
    restore.run(elsewhere.settings, tmp_path / "b", [], now=NOW)
    account = elsewhere.folder / "channels" / "matrix" / "store"
    assert [path.name for path in account.iterdir()] == ["device.txt"]


def test_secrets_are_not_backed_up_without_their_key(
    place: Place, database: Database, tmp_path: Path
) -> None:
    (place.folder / "secret.key").unlink()
    with database.unit_of_work() as session:
        session.scalars(select(Channel)).one().credentials = "sealed"
    for work in (make_backup(place, database, tmp_path / "b"), start(place)):
        with pytest.raises(MissingKeyError, match="STADTDRAHT_DATA_DIR"):
            work()
    assert not (place.folder / "secret.key").exists(), "a new key would open nothing"


def test_a_key_that_made_none_of_the_seals_is_refused(
    place: Place, database: Database, tmp_path: Path
) -> None:
    trail.seal(database, key=place.settings.key, now=NOW)
    make(place, database, tmp_path / "a")
    (place.folder / "secret.key").write_bytes(bytes(32))
    for work in (make_backup(place, database, tmp_path / "b"), start(place)):
        with pytest.raises(WrongKeyError, match="not the key of this database"):
            work()
    assert not (tmp_path / "b").exists()
    found = command(place, "doctor", "--json")
    assert found.exit_code == 1
    levels = {finding["check"]: finding["level"] for finding in json.loads(found.stdout)}
    assert levels["key_fits"] == "wrong"

    trail.seal(database, key=place.settings.key, now=NOW)  # it went on with the new one
    make(place, database, tmp_path / "b")


def make_backup(place: Place, database: Database, path: Path) -> Callable[[], object]:
    return lambda: make(place, database, path)


def start(place: Place) -> Callable[[], None]:
    """Return what starts a server there, as far as it gets."""

    def work() -> None:
        app = App.create(place.settings)
        try:
            app.start()
        finally:
            app.stop()

    return work


def test_a_damaged_database_is_not_called_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "city.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    with database.unit_of_work() as session:
        session.execute(
            insert(Contact), [{"name": "x" * 150, "created_at": NOW} for _ in range(2000)]
        )
    database.close()
    content = bytearray(path.read_bytes())
    content[-60_000:-20_000] = b"\x07" * 40_000
    path.write_bytes(content)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(BackupError, match="damaged"):
        make(Place(f"sqlite:///{path}", tmp_path / "data"), database, tmp_path / "b")
    database.close()


class TestEncrypted:
    def test_only_the_private_key_opens_it(
        self, place: Place, database: Database, elsewhere: Place, tmp_path: Path
    ) -> None:
        key = pyrage.x25519.Identity.generate()
        path = make(place.sealing_for(str(key.to_public())), database, tmp_path / "b")
        content = path.read_bytes()
        assert content.startswith(sealing.MAGIC)

        with pytest.raises(LockedBackupError, match="--identity"):
            restore.run(elsewhere.settings, path, [], now=NOW)
        wrong = pyrage.x25519.Identity.generate()
        with pytest.raises(LockedBackupError, match="does not open"):
            restore.run(elsewhere.settings, path, [wrong], now=NOW)
        assert not elsewhere.folder.exists()

        identity = tmp_path / "key.txt"
        identity.write_text(f"# created: 2026\n# public key: {key.to_public()}\n{key}\n")
        restore.run(elsewhere.settings, path, sealing.identities(identity), now=NOW)
        there = Database(elsewhere.url)
        assert rows(there)["message"] == rows(database)["message"]
        there.close()

    @pytest.mark.parametrize("text", ["", "no key", "AGE-SECRET-KEY-1NONSENSE", "Schlüssel"])
    def test_a_file_without_a_key_says_so(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "key.txt"
        path.write_text(text)
        with pytest.raises(LockedBackupError, match="no private key"):
            sealing.identities(path)

    def test_a_recipient_is_a_public_key(self) -> None:
        assert Settings(backup_recipient="").backup_recipient is None
        with pytest.raises(ValidationError, match="not a public key"):
            Settings(backup_recipient="age1nonsense")


def test_what_a_killed_backup_left_is_removed_by_the_next_one(
    place: Place, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / ".city.stadtdraht.0123abcd.partial").write_bytes(b"half")
    (folder / ".profile").write_bytes(b"not ours")
    (place.folder / ".backup-dead").mkdir()
    (place.folder / ".backup-dead" / "copy").write_bytes(b"keys")
    (place.folder / ".backup-live").mkdir()
    living = folder / ".other.stadtdraht.4567cdef.partial"
    living.write_bytes(b"still being written")
    numbers = [os.open(path, os.O_RDONLY) for path in (living, place.folder / ".backup-live")]
    for number in numbers:
        folders.hold(number)
    make(place, database, folder / "b")
    assert sorted(path.name for path in folder.iterdir()) == sorted((living.name, ".profile", "b"))
    assert [path.name for path in place.folder.glob(".backup-*")] == [".backup-live"]
    for number in numbers:
        os.close(number)


def test_files_of_accounts_may_vanish_while_they_are_copied(tmp_path: Path) -> None:
    account = tmp_path / "channels" / "matrix"
    (account / "z").mkdir(parents=True)
    for name in ("a", "b", "c.db", "d.new", "e.db-journal", "e.db-wal", "e.db-shm", "z/f"):
        (account / name).write_text("content")
    with closing(sqlite3.connect(account / "g.db")) as store:
        store.execute("CREATE TABLE session (pickle TEXT)")
    with folders.account_files(tmp_path) as files:
        assert next(files)[0] == "accounts/matrix/a"
        (account / "c.db").unlink()
        (account / "g.db").unlink()
        shutil.rmtree(account / "z")
        assert [name for name, _ in files] == ["accounts/matrix/b"]
