"""The doctor finds the usual mistakes and names the cure, and leaves a well city in peace."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, text

from bot import addresses
from bot.channels import health
from bot.channels.queries import ChannelInfo
from bot.channels.states import ChannelState
from bot.config import Settings
from bot.db import migrate
from bot.db.engine import Database, DatabaseInUseError
from bot.operation import backup, findings, records
from bot.operation.checks import city, machine, storage, web
from bot.operation.findings import Finding, Level
from bot.privacy.trust import Standing
from bot.staff.models import User
from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from tests.support import postgres
from tests.support.command import stadtdraht
from tests.support.places import Place

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
WELL = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "superuser_reserved_connections": "3",
}
_MOUNTS = "/dev/vda / ext4 rw 0 0\nfiler:/x /srv/city\\040data nfs4 rw 0 0\ntmpfs /srv tmpfs rw 0 0"


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (machine.python((3, 10), (3, 40)), Level.WRONG, "Python 3.11"),
        (machine.python((3, 11), (3, 34)), Level.WRONG, "SQLite 3.35"),
        (machine.python((3, 13), (3, 45)), Level.OK, "3.13"),
        (machine.clock(synchronized=False), Level.WARNING, "timedatectl"),
        (machine.clock(synchronized=True), Level.OK, ""),
        (machine.time_zones(), Level.OK, "Berlin"),
        (machine.disk(10 * 1024**2), Level.WRONG, "10 MiB"),
        (machine.disk(1024**3), Level.WARNING, "1024 MiB"),
        (machine.disk(1024**4), Level.OK, ""),
        (machine.file_system(Path("/srv/city data/db"), _MOUNTS), Level.WRONG, "nfs4"),
        (machine.file_system(Path("/srv/city/db"), _MOUNTS), Level.OK, ""),
        (storage.schema(None), Level.WARNING, "empty"),
        (storage.schema("ffffffffffff"), Level.WRONG, "newer"),
        (storage.schema("c1f0a4d2b7e9"), Level.WRONG, "stadtdraht upgrade"),
        (storage.encoding("SQL_ASCII"), Level.WRONG, "UTF8"),
        (storage.encoding("UTF8"), Level.OK, ""),
        (storage.durability(WELL), Level.OK, ""),
        (storage.durability(WELL | {"fsync": "off"}), Level.WRONG, "fsync"),
        (storage.durability(WELL | {"synchronous_commit": "off"}), Level.WRONG, "commit"),
        (storage.connections(WELL), Level.OK, "7 processes"),
        (storage.connections(WELL | {"max_connections": "15"}), Level.WRONG, "max_connections"),
        (storage.drift(NOW, NOW + timedelta(seconds=70)), Level.WRONG, "70 s"),
        (storage.drift(NOW, NOW - timedelta(seconds=1)), Level.OK, ""),
        (web.address("http://127.0.0.1:8080", proxies=False), Level.OK, "this machine"),
        (web.address("http://[::1]:8080", proxies=False), Level.OK, "this machine"),
        (web.address("http://stadt.example", proxies=True), Level.WRONG, "TLS"),
        (web.address("https://stadt.example/draht", proxies=True), Level.WRONG, "path"),
        (web.address("https://stadt.example", proxies=False), Level.WRONG, "TRUSTED_PROXIES"),
        (web.address("https://stadt.example", proxies=True), Level.OK, ""),
        (city.users(0, 0), Level.WRONG, "user add"),
        (city.users(2, 0), Level.WARNING, "admin"),
        (city.users(2, 1), Level.OK, ""),
        (city.demo("https://stadt.example", is_demo=True), Level.WRONG, "invented"),
        (city.demo("http://localhost:8080", is_demo=True), Level.OK, ""),
        (city.backups(None, is_demo=False, now=NOW), Level.WRONG, "db backup"),
        (city.backups(None, is_demo=True, now=NOW), Level.WARNING, "db backup"),
        (city.backups(NOW - timedelta(days=3), is_demo=False, now=NOW), Level.WRONG, "3 days"),
        (city.backups(NOW - timedelta(days=1), is_demo=False, now=NOW), Level.OK, ""),
        (city.backups(NOW + timedelta(days=400), is_demo=False, now=NOW), Level.WRONG, "to come"),
        (city.forgetting(None), Level.OK, ""),
        (city.forgetting(Standing(NOW, NOW, None)), Level.OK, ""),
        (
            city.forgetting(Standing(NOW - timedelta(days=120), NOW, timedelta(0))),
            Level.WARNING,
            "120 days ahead",
        ),
    ],
)
def test_a_state_is_judged(found: Finding, level: Level, says: str) -> None:
    assert found.level is level
    assert says in f"{found.text} {found.cure}"
    assert bool(found.cure) == (level is not Level.OK)


class TestDataFolder:
    def test_it_is_for_this_account_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        assert machine.folder(folder).level is Level.WARNING
        folder.mkdir(mode=0o755)
        assert machine.folder(folder).cure == f"chmod 700 {folder}"
        folder.chmod(0o700)
        assert machine.folder(folder).level is Level.OK
        (tmp_path / "file").touch()
        assert machine.folder(tmp_path / "file").level is Level.WRONG

    @pytest.mark.parametrize(
        ("mode", "whose", "level"),
        [
            (0o600, "mine", Level.OK),
            (0o640, "mine", Level.WRONG),
            (0o604, "mine", Level.WRONG),
            (0o440, "group", Level.OK),  # a key as Kubernetes mounts it
            (0o2770, "group", Level.OK),  # a volume with our fsGroup
            (0o2777, "group", Level.WARNING),
            (0o440, "other", Level.WARNING),
            (0o400, "other", Level.OK),
        ],
    )
    def test_what_is_not_ours_to_close_is_never_wrong(
        self, mode: int, whose: str, level: Level
    ) -> None:
        found = machine.open_to(
            mode, is_ours=whose == "mine", is_our_group=whose in {"mine", "group"}
        )
        assert found is level

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
    def test_a_volume_and_a_key_of_kubernetes_are_left_in_peace(self, tmp_path: Path) -> None:
        key = tmp_path / "secret.key"
        key.write_bytes(bytes(32))
        key.chmod(0o440)
        os.chown(key, 10001, os.getegid())
        assert machine.key(key).level is Level.OK
        tmp_path.chmod(0o2777)
        os.chown(tmp_path, 10001, os.getegid())
        found = machine.folder(tmp_path)
        assert (found.level, "chmod" in found.cure) == (Level.WARNING, False)

    def test_the_key_is_a_key_and_nobody_elses(self, tmp_path: Path) -> None:
        key = tmp_path / "secret.key"
        assert machine.key(key).level is Level.WARNING
        key.write_bytes(b"short")
        key.chmod(0o600)
        assert "not a key" in machine.key(key).text
        key.write_bytes(bytes(32))
        assert machine.key(key).level is Level.OK
        key.chmod(0o640)
        assert machine.key(key).cure == f"chmod 600 {key}"

    def test_a_restore_that_was_cut_off_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "restore.unfinished").touch()
        assert "restore" in {found.check for found in machine.check(tmp_path)}


class TestDatabase:
    def test_an_sqlite_file_is_for_this_account_alone(self, tmp_path: Path) -> None:
        folder = tmp_path / "open"
        folder.mkdir(mode=0o755)
        path = folder / "city.sqlite3"
        database = Database(f"sqlite:///{path}")
        migrate.upgrade(database)
        database.admit_server()
        modes = {found.name: found.stat().st_mode & 0o777 for found in folder.iterdir()}
        assert set(modes.values()) == {0o600}, modes
        assert f"{path.name}.lock" in modes

        link = tmp_path / "link"
        link.symlink_to(path)
        second = Database(f"sqlite:///{link}")
        with pytest.raises(DatabaseInUseError):
            second.admit_server()
        second.close()
        database.close()

        assert storage.file(path).level is Level.OK
        path.chmod(0o644)
        assert storage.file(path).level is Level.WRONG
        folder.chmod(0o700)
        assert storage.file(path).level is Level.OK

    @pytest.mark.parametrize(
        "url", ["postgresql://nobody@127.0.0.1:9/none", "sqlite:////proc/no.sqlite3"]
    )
    def test_one_that_does_not_answer_is_named(self, url: str) -> None:
        database = Database(url)
        found = list(storage.check(database))
        database.close()
        assert [finding.check for finding in found] == ["database"]
        assert "STADTDRAHT_DATABASE_URL" in found[0].cure
        assert not storage.is_usable(found)

    def test_a_well_one_is_left_in_peace(self, database: Database) -> None:
        found = [f for f in storage.check(database) if f.check != "durability"]  # ours has no fsync
        assert found
        assert findings.is_well(found), found
        assert storage.is_usable(found)


class TestCity:
    def test_the_newest_backup_is_the_one_that_was_made_last(
        self, place: Place, database: Database
    ) -> None:
        with database.unit_of_work() as session:
            records.made(session, now=NOW + timedelta(days=400))  # the clock was wrong
        assert levels(place, database)["backup"] is Level.WRONG
        with database.unit_of_work() as session:
            records.made(session, now=NOW)
        assert levels(place, database)["backup"] is Level.OK

    def test_troubles_of_channels_are_told(self, place: Place, database: Database) -> None:
        backup.run(place.settings, database, place.folder / "b", tell=lambda _: None, now=NOW)
        assert levels(place, database)["backup"] is Level.OK
        with database.unit_of_work() as session:
            error = PlatformError(Trouble.UNREACHABLE, "no answer in time")
            health.note_trouble(session, 1, error, now=NOW)
        told = levels(place, database)
        assert told["channel:fake"] is Level.WRONG
        assert told["users"] is Level.WARNING, "managers, and no admin"

    def test_a_missing_package_is_named_with_its_cure(
        self, place: Place, database: Database
    ) -> None:
        with database.unit_of_work() as session:
            error = PlatformError(Trouble.SETTINGS, f"{Detail.NOT_INSTALLED}: nio")
            health.note_trouble(session, 1, error, now=NOW)
        with database.read() as session:
            found = {one.check: one for one in city.check(session, place.settings, now=NOW)}
        told = found["channel:fake"]
        assert told.text.endswith(
            "The channel cannot run on this server yet. "
            "A package is not installed on Stadtdraht's server. (nio)"
        )
        assert "`pip install 'stadtdraht[" in told.cure

    def test_nobody_can_log_in(self, place: Place, database: Database) -> None:
        with database.unit_of_work() as session:
            session.execute(text("UPDATE conversation SET assignee_id = NULL"))
            session.execute(delete(User))
        assert levels(place, database)["users"] is Level.WRONG

    def test_a_kind_that_only_another_version_knows_is_named(self) -> None:
        channel = ChannelInfo(
            1, "pigeon", "p", "P", ChannelState.ACTIVE, None, None, None, {}, version=0
        )
        [found] = city.kinds([channel])
        assert (found.level, found.check) == (Level.WRONG, "kind:pigeon")
        assert "pip" not in found.cure, "nothing that could be installed would help"


def levels(place: Place, database: Database) -> Mapping[str, Level]:
    with database.read() as session:
        return {f.check: f.level for f in city.check(session, place.settings, now=NOW)}


class TestPort:
    @pytest.fixture
    def taken(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield listener.getsockname()[1]

    def test_a_taken_one_is_named(self, taken: int) -> None:
        found = web.port("127.0.0.1", taken)
        assert found.level is Level.WRONG
        assert "STADTDRAHT_PORT" in found.cure

    def test_an_address_of_ipv6_is_listened_on_and_shown(self) -> None:
        with addresses.listen("::1", 0) as listener:
            number = listener.getsockname()[1]
            found = web.port("::1", number)
            assert (found.level, f"[::1]:{number} is not" in found.text) == (Level.WRONG, True)
            assert Settings(host="::1", STADTDRAHT_PORT=number).public_url == (
                f"http://[::1]:{number}"
            )

    def test_a_proxy_is_tried(self, taken: int) -> None:
        assert web.proxy(f"http://user:word@127.0.0.1:{taken}").level is Level.OK
        found = web.proxy("http://user:word@127.0.0.1:9")
        assert found.level is Level.WRONG
        assert "word" not in found.text

    def test_all_of_it_is_told(self, taken: int) -> None:
        settings = Settings(STADTDRAHT_PORT=taken, proxy=SecretStr("http://127.0.0.1:9"))
        assert {f.check for f in web.check(settings)} == {"base_url", "port", "proxy"}


def test_the_command_ends_with_1_where_something_is_wrong(tmp_path: Path) -> None:
    fresh = stadtdraht(
        tmp_path, "doctor", "--json", PORT="1", STADTDRAHT_PORT=str(postgres.free_port())
    )
    assert fresh.returncode in {0, 1}
    told = {found["check"]: found["level"] for found in json.loads(fresh.stdout)}
    assert (told["data_dir"], told["database"], told["port"]) == ("warning", "warning", "ok")
    assert not (tmp_path / "data").exists(), "the doctor changes nothing"

    broken = stadtdraht(tmp_path, "doctor", "--json", STADTDRAHT_CA_FILE="/etc/hostname")
    assert broken.returncode == 1
    assert [found["check"] for found in json.loads(broken.stdout)] == ["settings"]
    assert "STADTDRAHT_CA_FILE" in broken.stdout

    wrong = stadtdraht(tmp_path, "doctor", STADTDRAHT_BASE_URL="http://stadt.example")
    assert wrong.returncode == 1
    assert "-> Put a reverse proxy with TLS in front" in wrong.stdout
    assert wrong.stderr == ""
