"""An upgrade that works keeps a backup; one that fails leaves the old city running."""

import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from bot.audit.models import AuditEntry
from bot.contacts.models import Contact
from bot.db import migrate
from bot.db.engine import Database, DatabaseInUseError
from bot.db.migrate import NewerDatabaseError
from bot.operation import records, restore, upgrade
from bot.operation.errors import UpgradeFailedError
from tests.bot.operation.test_backup import rows
from tests.support.places import Place

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
_HEAD = """
    import sqlalchemy as sa
    from alembic import op

    revision = "0000000000ff"
    down_revision = "{head}"
    branch_labels = None
    depends_on = None
"""
_WORKS = """
    def upgrade():
        op.add_column("contact", sa.Column("shoe_size", sa.Integer()))
"""
_FAILS = """
    def upgrade():
        op.add_column("contact", sa.Column("shoe_size", sa.Integer()))
        op.create_table("shoe", sa.Column("id", sa.Integer(), primary_key=True))
        op.execute("UPDATE contact SET name = 'Niemand'")
        with op.batch_alter_table("office", table_kwargs={"sqlite_autoincrement": True}) as table:
            table.alter_column("name", new_column_name="title")
        op.execute("INSERT INTO shoe VALUES ('no number', 'nor this')")
"""
_HALF = """
    def upgrade():
        op.execute("UPDATE contact SET name = 'Niemand'")
        op.drop_table("routing_rule")
        op.execute("CREATE INDEX ix_contact_half ON contact (name)")
        op.execute("COMMIT")
        raise RuntimeError("the power of this migration")
"""
_OVERWRITES = """
    def upgrade():
        op.execute("UPDATE contact SET name = 'Niemand'")
        op.execute("COMMIT")
        op.execute("INSERT INTO nowhere VALUES (1)")
"""
_QUOTES = """
    def upgrade():
        op.execute("INSERT INTO contact (name, created_at) VALUES ('Ada', CURRENT_TIMESTAMP)")
        op.execute("CREATE UNIQUE INDEX uq_contact_name ON contact (name)")
"""


def later(folder: Path, database: Database, body: str) -> tuple[Path]:
    """Return a folder with a migration of a version to come."""
    with database.engine.connect() as connection:
        head = migrate.revision_of(connection)
    versions = folder / "versions"
    versions.mkdir()
    source = textwrap.dedent(_HEAD.format(head=head)) + textwrap.dedent(body)
    (versions / "later.py").write_text(source)
    return (versions,)


def run(place: Place, versions: tuple[Path, ...], *, days: int = 0) -> upgrade.Upgraded:
    now = NOW + timedelta(days=days)
    return upgrade.run(place.settings, tell=lambda _: None, now=now, versions=versions)


def test_a_current_database_is_left_alone(place: Place) -> None:
    done = run(place, ())
    assert (done.changed, done.backup) == (False, None)
    assert not (place.folder / upgrade.FOLDER).exists()


def test_an_empty_database_gets_its_schema(elsewhere: Place) -> None:
    done = run(elsewhere, ())
    assert (done.changed, done.backup) == (True, None)
    database = Database(elsewhere.url)
    assert migrate.is_current(database)
    database.close()


def test_an_upgrade_keeps_the_state_before(
    place: Place, database: Database, elsewhere: Place, tmp_path: Path
) -> None:
    before = rows(database)["message"]
    done = run(place, later(tmp_path, database, _WORKS))
    assert "shoe_size" in {c["name"] for c in inspect(database.engine).get_columns("contact")}
    assert done.backup
    assert done.backup.parent.stat().st_mode & 0o777 == 0o700
    with database.read() as session:
        assert records.last_made(session) == NOW
    restore.run(elsewhere.settings, done.backup, [], now=NOW)
    there = Database(elsewhere.url)
    assert rows(there)["message"] == before
    there.close()


def test_only_the_newest_backups_stay(place: Place, database: Database, tmp_path: Path) -> None:
    versions = later(tmp_path, database, _WORKS)
    made = []
    for day in range(5):
        migrate.downgrade(database, "c1f0a4d2b7e9")
        made.append(run(place, (), days=day).backup)
    assert versions
    assert sorted((place.folder / upgrade.FOLDER).iterdir()) == made[-3:]


def test_a_failing_migration_leaves_schema_and_data_untouched(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        session.add(Contact(name="Ada", created_at=NOW))
    before = rows(database)
    with pytest.raises(UpgradeFailedError, match="changed nothing") as caught:
        run(place, later(tmp_path, database, _FAILS))
    assert "\n" not in str(caught.value)
    assert rows(database) == before
    migrate.check(database)
    assert migrate.is_current(database)
    assert list((place.folder / upgrade.FOLDER).iterdir()), "the backup stays"
    with database.unit_of_work() as session:  # the version before works on
        session.add(Contact(name="Bo", created_at=NOW))


def test_a_migration_that_stores_half_is_undone_from_the_backup(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        session.add(Contact(name="Ada", created_at=NOW))
    before = rows(database)
    versions = later(tmp_path, database, _HALF)
    database.engine.dispose()  # the old processes are stopped
    with pytest.raises(UpgradeFailedError, match="was put back"):
        run(place, versions)
    assert rows(database) == before
    migrate.check(database)
    assert (place.folder / "secret.key").read_bytes() == bytes(range(32))


def test_rows_that_were_overwritten_for_good_come_back(
    place: Place, database: Database, tmp_path: Path
) -> None:
    before = rows(database)
    versions = later(tmp_path, database, _OVERWRITES)
    database.engine.dispose()
    with pytest.raises(UpgradeFailedError, match="was put back"):
        run(place, versions)
    assert rows(database) == before
    migrate.check(database)


def test_why_it_failed_is_told_without_anybodys_data(
    place: Place, database: Database, tmp_path: Path
) -> None:
    with database.unit_of_work() as session:
        session.add(Contact(name="Ada", created_at=NOW))
    with pytest.raises(UpgradeFailedError, match="changed nothing") as caught:
        run(place, later(tmp_path, database, _QUOTES))
    said = str(caught.value)
    assert "UNIQUE" in said or "uq_contact_name" in said
    assert not any(word in said for word in ("Ada", "INSERT", "SQL:")), said


def test_what_others_store_meanwhile_is_never_undone(
    place: Place, database: Database, tmp_path: Path
) -> None:
    versions = later(tmp_path, database, _HALF)
    if database.is_sqlite:
        other = Database(place.url)
        other.admit_server()
        with pytest.raises(DatabaseInUseError, match="already running"):
            run(place, versions)
        other.close()
        assert migrate.is_current(database)
        return
    with database.read() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(UpgradeFailedError, match="other processes were running"):
            run(place, versions)
    with database.read() as session:
        assert session.scalars(select(AuditEntry.id)).all()
    assert "ix_contact_half" in {i["name"] for i in inspect(database.engine).get_indexes("contact")}


def test_an_older_version_leaves_a_newer_database_alone(place: Place, database: Database) -> None:
    with database.unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000000000ff'"))
    before = rows(database)
    for work in (lambda: run(place, ()), lambda: migrate.is_current(database)):
        with pytest.raises(NewerDatabaseError, match="made by a newer version"):
            work()
    assert rows(database) == before
    assert not (place.folder / upgrade.FOLDER).exists()


def test_failed_upgrades_do_not_fill_the_disk(
    place: Place, database: Database, tmp_path: Path
) -> None:
    versions = later(tmp_path, database, _FAILS)
    for day in range(5):
        with pytest.raises(UpgradeFailedError):
            run(place, versions, days=day)
    assert len(list((place.folder / upgrade.FOLDER).iterdir())) == 3
