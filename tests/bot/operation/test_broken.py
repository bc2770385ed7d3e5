"""Files that are no backups, or not whole, or not honest: one clear word, and nothing changes."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import inspect

from bot.config import BrokenKeyError, MissingKeyError
from bot.db import migrate
from bot.db.engine import Database
from bot.operation import backup, folders, restore, unfinished
from bot.operation.archive import FORMAT, Header, Reader, Table, writing
from bot.operation.errors import (
    BrokenBackupError,
    NewerBackupError,
    PlaceTakenError,
    UnfinishedRestoreError,
)
from bot.operation.rows import Kind
from tests.support.places import Place

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HEADER = Header(
    format=FORMAT,
    version=1,
    product="0.1.0",
    engine="sqlite",
    revision="c1f0a4d2b7e9",
    created_at="2026-11-22",
    tables=(Table(name="contact", columns=(("id", Kind.NUMBER),)),),
)


@pytest.fixture
def whole(place: Place, database: Database, tmp_path: Path) -> Path:
    path = tmp_path / "whole"
    backup.make(place.settings, database, path, tell=lambda _: None, now=NOW)
    return path


def untouched(place: Place) -> bool:
    database = Database(place.url)
    try:
        return not place.folder.exists() and inspect(database.engine).get_table_names() == []
    finally:
        database.close()


def refused(place: Place, path: Path, error: type[Exception], says: str = ".") -> None:
    with pytest.raises(error, match=says) as caught:
        restore.run(place.settings, path, [], now=NOW)
    assert "\n" not in str(caught.value)
    assert untouched(place)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 5000,
        b"hello",
        b"age-encryption.org/v1",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"not a tar" * 500, mtime=0),
        b"\x1f\x8b" + b"\x07" * 600,
    ],
)
def test_a_foreign_file_is_refused(nowhere: Place, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(Exception, match=r"backup|encrypted") as caught:
        restore.run(nowhere.settings, path, [], now=NOW)
    assert "\n" not in str(caught.value)
    assert untouched(nowhere)


def test_a_foreign_tar_is_refused(nowhere: Place, tmp_path: Path) -> None:
    path = tmp_path / "foreign.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(__file__, "readme")
    refused(nowhere, path, BrokenBackupError, "not a backup")


def test_a_cut_file_is_refused_wherever_it_is_cut(
    whole: Path, elsewhere: Place, tmp_path: Path
) -> None:
    content = whole.read_bytes()
    path = tmp_path / "cut"
    for length in (1, 20, 400, len(content) // 2, len(content) - 9, len(content) - 200):
        path.write_bytes(content[:length])
        refused(elsewhere, path, BrokenBackupError)


def test_a_changed_byte_is_found(whole: Path, elsewhere: Place, tmp_path: Path) -> None:
    plain = bytearray(gzip.decompress(whole.read_bytes()))
    place = plain.index(b"Laterne")
    plain[place : place + 7] = b"Leitung"
    path = tmp_path / "changed"
    path.write_bytes(gzip.compress(plain))
    refused(elsewhere, path, BrokenBackupError, "not those that were written")


def test_an_encrypted_file_that_is_cut_is_refused(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    key = pyrage.x25519.Identity.generate()
    path = tmp_path / "b"
    sealed = place.sealing_for(str(key.to_public()))
    backup.make(sealed.settings, database, path, tell=lambda _: None, now=NOW)
    content = path.read_bytes()
    for length in (len(content) // 2, len(content) - 3):
        path.write_bytes(content[:length])
        with pytest.raises(BrokenBackupError):
            restore.run(elsewhere.settings, path, [key], now=NOW)
    assert untouched(elsewhere)


def written(path: Path, header: Header, parts: dict[str, bytes]) -> Path:
    with path.open("wb") as file, writing(file, header) as writer:
        for name, content in parts.items():
            writer.add(name, content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../secret.key",
        "/etc/passwd",
        "accounts/../../secret.key",
        "accounts/matrix/../../../x",
        "accounts//matrix/x",
        "accounts/x",
        "accounts",
        "rows/../x/000001.jsonl",
        "rows/contact/1.jsonl",
        "stadtdraht.sqlite3",
        "./secret.key",
        "header.json",
    ],
)
def test_no_part_leaves_our_folders(nowhere: Place, tmp_path: Path, name: str) -> None:
    refused(nowhere, written(tmp_path / "b", HEADER, {name: b"x"}), BrokenBackupError)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_only_plain_files_are_taken(nowhere: Place, tmp_path: Path, kind: bytes) -> None:
    def link(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("accounts/matrix/store")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)

    refused(nowhere, tampered(tmp_path / "b", link), BrokenBackupError, "not a plain file")


def tampered(path: Path, add: Callable[[tarfile.TarFile], None]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        content = HEADER.model_dump_json().encode()
        member = tarfile.TarInfo("header.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
        add(tar)
    return path


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"version": 2, "new": "field"}, NewerBackupError),
        ({"revision": "ffffffffffff"}, NewerBackupError),
        ({"format": "zip"}, BrokenBackupError),
        ({"tables": "none"}, BrokenBackupError),
    ],
)
def test_another_version_is_refused(
    nowhere: Place, tmp_path: Path, changes: dict[str, object], error: type[Exception]
) -> None:
    content = json.dumps(HEADER.model_dump(mode="json") | changes).encode()

    def add(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("header.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))

    path = tmp_path / "b"
    with tarfile.open(path, "w:gz") as tar:
        add(tar)
    refused(nowhere, path, error)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("contact", b'["no number"]\n'),
        ("contact", b"[1,2,3]\n"),
        ("contact", b"{}\n"),
        ("contact", b"[1]"),
        ("contact", b"nonsense\n"),
        ("unknown", b"[1]\n"),
    ],
)
def test_rows_that_do_not_fit_leave_nothing(
    elsewhere: Place, tmp_path: Path, name: str, rows: bytes
) -> None:
    path = written(tmp_path / "b", HEADER, {f"rows/{name}/000001.jsonl": rows})
    with pytest.raises(BrokenBackupError):
        restore.run(elsewhere.settings, path, [], now=NOW)
    database = Database(elsewhere.url)
    assert inspect(database.engine).get_table_names() == []
    database.close()
    assert folders.is_empty(elsewhere.folder)
    assert not (elsewhere.folder / unfinished.MARK).exists()


class TestPlace:
    def test_a_database_with_data_is_refused(
        self, whole: Path, place: Place, tmp_path: Path
    ) -> None:
        with pytest.raises(PlaceTakenError, match="holds data"):
            restore.run(Place(place.url, tmp_path / "new").settings, whole, [], now=NOW)

    @pytest.mark.parametrize("held", ["secret.key", "channels/matrix"])
    def test_a_data_folder_of_another_city_is_refused(
        self, whole: Path, elsewhere: Place, held: str
    ) -> None:
        (elsewhere.folder / held).parent.mkdir(parents=True)
        (elsewhere.folder / held).write_bytes(b"theirs")
        with pytest.raises(PlaceTakenError, match="key or accounts"):
            restore.run(elsewhere.settings, whole, [], now=NOW)
        assert (elsewhere.folder / held).read_bytes() == b"theirs"
        database = Database(elsewhere.url)
        assert inspect(database.engine).get_table_names() == []
        database.close()

    def test_foreign_tables_are_refused(self, whole: Path, elsewhere: Place) -> None:
        database = Database(elsewhere.url)
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE theirs (id INTEGER)")
        with pytest.raises(PlaceTakenError, match="theirs"):
            restore.run(elsewhere.settings, whole, [], now=NOW)
        assert inspect(database.engine).get_table_names() == ["theirs"]
        database.close()

    def test_a_migrated_database_without_data_is_empty(self, whole: Path, elsewhere: Place) -> None:
        database = Database(elsewhere.url)
        migrate.upgrade(database)
        database.close()
        assert restore.run(elsewhere.settings, whole, [], now=NOW).rows > 0

    def test_a_restore_that_was_cut_off_is_seen_and_begun_anew(
        self, whole: Path, elsewhere: Place
    ) -> None:
        elsewhere.folder.mkdir()
        unfinished.begin(elsewhere.folder)
        (elsewhere.folder / "secret.key").write_bytes(b"left")
        database = Database(elsewhere.url)
        with pytest.raises(UnfinishedRestoreError, match="once more"):
            unfinished.check(elsewhere.settings, database)

        restore.run(elsewhere.settings, whole, [], now=NOW)
        assert (elsewhere.folder / "secret.key").read_bytes() == bytes(range(32))
        unfinished.check(elsewhere.settings, database)

        (elsewhere.folder / unfinished.MARK).touch()  # cut off between the commit and the end
        unfinished.check(elsewhere.settings, database)
        assert not (elsewhere.folder / unfinished.MARK).exists()
        database.close()


def test_an_older_backup_is_brought_to_this_version(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    migrate.downgrade(database, "c1f0a4d2b7e9")
    path = tmp_path / "old"
    backup.make(place.settings, database, path, tell=lambda _: None, now=NOW)
    with path.open("rb") as file:
        assert restore.check(file, []).revision == "c1f0a4d2b7e9"
    restore.run(elsewhere.settings, path, [], now=NOW)
    there = Database(elsewhere.url)
    migrate.check(there)
    assert migrate.is_current(there)
    there.close()


def test_the_names_in_a_backup_are_those_that_are_taken(whole: Path) -> None:
    with whole.open("rb") as file:
        names = [part.name for part in Reader(file).parts()]
    assert {"secret.key", "accounts/matrix/store/crypto.db"} <= set(names)
    assert len(names) == len(set(names))
    assert os.sep + "etc" not in "".join(names)


def test_a_file_that_is_no_key_is_refused(nowhere: Place) -> None:
    with pytest.raises(MissingKeyError, match=r"no secret\.key"):
        _ = nowhere.settings.key
    nowhere.settings.make_key()
    made = nowhere.settings.key
    assert len(made) == 32
    nowhere.settings.make_key()
    assert nowhere.settings.key == made
    assert [path.name for path in nowhere.folder.iterdir()] == ["secret.key"]
    for cut_off in (b"", made[:-1], made + b"\n"):
        (nowhere.folder / "secret.key").write_bytes(cut_off)
        with pytest.raises(BrokenKeyError, match=r"secret\.key is not a key"):
            _ = nowhere.settings.key
