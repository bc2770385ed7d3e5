"""The chain of the audit trail: sealed after the commit, and whatever is changed is named."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from bot.audit import rules, sealing, verification
from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.audit.service import Actor, ActorKind
from bot.audit.verification import Damage, Finding, Report
from bot.cli import cli
from bot.config import MissingKeyError
from bot.db.engine import Database

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KEY = b"k" * 32


def write(database: Database, count: int, *, action: str = "ticket.changed") -> None:
    with database.unit_of_work() as session:
        for number in range(count):
            audit.note(
                session,
                Actor(ActorKind.USER, 7),
                action,
                "ticket",
                number + 1,
                "status",
                "größe",
                now=NOW + timedelta(microseconds=number),
            )


def seal(database: Database, *, chunk: int = 4, looks: int = 1) -> int:
    return sealing.seal(database, key=KEY, now=NOW, chunk=chunk, looks=looks)


def verify(database: Database, *, key: bytes = KEY, head: str | None = None) -> Report:
    return verification.verify(database, key=key, head=head)


def change(database: Database, statement: str) -> None:
    """Do what somebody with the database and without the key can do."""
    with database.unit_of_work() as session:
        session.execute(text(statement))


@pytest.fixture
def sealed(database: Database) -> Database:
    """Ten rows with the ids 1 to 10 under three seals."""
    write(database, 10)
    assert seal(database) == 10
    return database


def test_rows_are_sealed_in_links_and_the_rest_waits(sealed: Database) -> None:
    write(sealed, 2)
    report = verify(sealed)
    assert (report.rows, report.seals, report.unsealed, report.findings) == (10, 3, 2, ())
    assert seal(sealed) == 2
    assert seal(sealed) == 0
    assert verify(sealed).unsealed == 0


def test_an_empty_trail_is_right(database: Database) -> None:
    assert seal(database) == 0
    assert verify(database) == Report(0, 0, 0, None, ())


def test_a_digest_is_what_the_module_says() -> None:
    line = rules.Line(5, NOW, "user", 7, "ticket.changed", "ticket", None, ["größe"])
    keys = rules.keys(KEY)
    written = '[5,"2026-11-22T10:00:00.000000+00:00","user",7,"ticket.changed","ticket",null,'
    expected = hmac.new(keys.row, (written + r'["gr\u00f6\u00dfe"]]').encode(), hashlib.sha256)
    assert rules.row_digest(line, keys) == expected.digest()[:16]
    assert keys.row != keys.seal
    assert rules.keys(b"o" * 32) != keys


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "'2026-11-22 09:59:59.000000'"),
        ("actor_kind", "'system'"),
        ("actor_id", "8"),
        ("actor_id", "NULL"),
        ("action", "'ticket.created'"),
        ("subject_kind", "'user'"),
        ("subject_id", "99"),
        ("fields", "'[]'"),
        ("fields", "'null'"),
    ],
)
def test_an_altered_row_is_named(sealed: Database, column: str, value: str) -> None:
    change(sealed, f'UPDATE audit_entry SET "{column}" = {value} WHERE id = 6')
    assert verify(sealed).findings == (Finding(Damage.ROW_ALTERED, 2, 6),)


@pytest.mark.parametrize("column", ["at", "fields"])
def test_a_row_that_cannot_be_read_is_named_too(sealed: Database, column: str) -> None:
    if not sealed.is_sqlite:
        pytest.skip("PostgreSQL stores nothing that it cannot read")
    change(sealed, f"UPDATE audit_entry SET {column} = 'nonsense' WHERE id = 6")
    change(sealed, "UPDATE audit_seal SET sealed_at = 'nonsense' WHERE number = 3")
    assert verify(sealed).findings == (
        Finding(Damage.ROW_ALTERED, 2, 6),
        Finding(Damage.SEALS_REMOVED, 3),
    )


def test_a_deleted_row_is_named(sealed: Database) -> None:
    change(sealed, "DELETE FROM audit_entry WHERE id IN (1, 8)")
    assert verify(sealed).findings == (
        Finding(Damage.ROW_DELETED, 1, 1),
        Finding(Damage.ROW_DELETED, 2, 8),
    )


def test_a_row_that_was_put_in_is_named(sealed: Database) -> None:
    change(sealed, "DELETE FROM audit_entry WHERE id = 3")
    change(sealed, "UPDATE audit_entry SET id = 3 WHERE id = 4")
    assert verify(sealed).findings == (
        Finding(Damage.ROW_ALTERED, 1, 3),
        Finding(Damage.ROW_DELETED, 1, 4),
    )
    change(sealed, "UPDATE audit_entry SET id = -5 WHERE id = 3")
    change(sealed, "UPDATE audit_entry SET id = 3 WHERE id = -5")
    write(sealed, 1)
    change(sealed, "UPDATE audit_entry SET id = 4 WHERE id = 11")
    assert Finding(Damage.ROW_ALTERED, 1, 4) in verify(sealed).findings


def test_a_row_between_two_seals_is_named(database: Database) -> None:
    write(database, 4)
    change(database, "DELETE FROM audit_entry WHERE id = 4")  # a gap as a rolled back row leaves
    seal(database)
    write(database, 4)
    seal(database)
    assert verify(database).findings == ()
    write(database, 1)
    with database.read() as session:
        newest = session.scalar(text("SELECT max(id) FROM audit_entry"))
    change(database, f"UPDATE audit_entry SET id = 4 WHERE id = {newest}")
    assert verify(database).findings == (Finding(Damage.ROW_INSERTED, 2, 4),)


def test_a_row_before_all_others_is_named(sealed: Database) -> None:
    write(sealed, 1)
    change(sealed, "UPDATE audit_entry SET id = -5 WHERE id = 11")
    assert verify(sealed).findings == (Finding(Damage.ROW_INSERTED, 1, -5),)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM audit_seal WHERE number = 1", Finding(Damage.SEALS_REMOVED, 1)),
        ("DELETE FROM audit_seal WHERE number = 2", Finding(Damage.SEALS_REMOVED, 2)),
        (
            "UPDATE audit_seal SET last_id = 9 WHERE number = 3",
            Finding(Damage.SEAL_ALTERED, 3),
        ),
        (
            "UPDATE audit_seal SET number = 1000000000000000 WHERE number = 3",
            Finding(Damage.SEALS_REMOVED, 3),
        ),
    ],
)
def test_a_seal_that_was_touched_is_named(
    sealed: Database, statement: str, expected: Finding
) -> None:
    change(sealed, statement)
    assert expected in verify(sealed).findings


def test_a_row_and_its_seal_without_the_key_do_not_fit(sealed: Database) -> None:
    """Whoever has only the database writes digests as good as any others."""
    other = rules.keys(b"guessed key, 32 bytes long......")
    with sealed.unit_of_work() as session:
        row = session.get_one(AuditEntry, 10)
        row.actor_id = 8
        session.flush()
        forged = rules.make(
            rules.Seal(2, 5, 8, b"", b"", bytes(32), NOW),
            [rules.Line(10, row.at, "user", 8, row.action, "ticket", 10, row.fields)],
            keys=other,
            now=NOW,
        )
        session.execute(
            text("UPDATE audit_seal SET digests = :digests, digest = :digest WHERE number = 3"),
            {"digests": forged.digests, "digest": forged.digest},
        )
    findings = verify(sealed).findings
    assert Finding(Damage.SEAL_ALTERED, 3) in findings
    assert Finding(Damage.ROW_ALTERED, 3, 10) in findings


def test_a_link_from_another_chain_does_not_fit(sealed: Database) -> None:
    """A seal that the key has made, but for another beginning: an old backup put in its place."""
    write(sealed, 1)
    with sealed.read() as session:
        lines = [
            rules.Line(r.id, r.at, r.actor_kind, r.actor_id, r.action, r.subject_kind, 1, r.fields)
            for r in [session.get_one(AuditEntry, 11)]
        ]
    foreign = rules.make(
        rules.Seal(3, 1, 10, b"", b"", b"x" * 32, NOW), lines, keys=rules.keys(KEY), now=NOW
    )
    sealing._write(sealed, foreign)
    assert verify(sealed).findings == (Finding(Damage.LINK_BROKEN, 4),)


def test_a_cut_end_is_seen_by_who_has_noted_the_head(sealed: Database) -> None:
    head = verify(sealed).head
    assert head is not None
    assert verify(sealed, head=head).findings == ()
    change(sealed, "DELETE FROM audit_seal WHERE number = 3")
    change(sealed, "DELETE FROM audit_entry WHERE id > 8")
    assert verify(sealed).findings == ()  # in itself the rest is whole
    assert verify(sealed, head=head).findings == (Finding(Damage.CUT_OFF, 3),)
    write(sealed, 2)
    seal(sealed)
    assert verify(sealed, head=head).findings == (Finding(Damage.CUT_OFF, 3),)


def test_another_key_finds_everything_altered(sealed: Database) -> None:
    damages = {finding.damage for finding in verify(sealed, key=b"o" * 32).findings}
    assert damages == {Damage.SEAL_ALTERED, Damage.ROW_ALTERED}


def test_what_is_still_being_written_is_waited_for(database: Database) -> None:
    """On PostgreSQL a later id can be there before an earlier one."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    write(database, 1)
    with database.unit_of_work() as slow:
        audit.note(slow, audit.SYSTEM, "slow", "ticket", 1, now=NOW)
        write(database, 1)
        assert seal(database) == 0
    assert seal(database) == 3
    assert verify(database).findings == ()


def test_many_writers_and_two_sealers_make_one_chain(database: Database) -> None:
    def writer(_: int) -> int:
        for _ in range(15):
            write(database, 3)
        return 0

    def sealer(_: int) -> int:
        return sum(seal(database, chunk=7, looks=50) for _ in range(15))

    with ThreadPoolExecutor(6) as pool:
        jobs: list[Callable[[int], int]] = [writer, writer, writer, writer, sealer, sealer]
        sealed_rows = sum(pool.map(lambda job: job(0), jobs))
    sealed_rows += seal(database, chunk=7)
    report = verify(database)
    assert report.findings == ()
    assert report.rows == sealed_rows == 4 * 15 * 3
    assert report.unsealed == 0


@pytest.fixture
def settings(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """The settings of a command, with the chain's key in the data folder."""
    monkeypatch.setenv("STADTDRAHT_DATABASE_URL", database_url)
    monkeypatch.setenv("STADTDRAHT_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/secret.key").write_bytes(KEY)
    database = Database(database_url)
    yield database
    database.close()


def test_the_command_says_what_is_wrong(settings: Database) -> None:
    write(settings, 10)
    seal(settings)
    right = CliRunner().invoke(cli, ["audit", "verify"])
    assert right.exit_code == 0
    assert "Checked: 10 rows under 3 seals." in right.output
    change(settings, "UPDATE audit_entry SET actor_id = 8 WHERE id = 6")
    wrong = CliRunner().invoke(cli, ["audit", "verify"])
    assert wrong.exit_code == 1
    assert "Row 6 was altered (seal 2)." in wrong.stdout
    assert "The audit trail was changed: 1 findings." in wrong.stderr


def test_the_command_makes_no_key(settings: Database, tmp_path: Path) -> None:
    write(settings, 10)
    seal(settings)
    (tmp_path / "data/secret.key").unlink()
    done = CliRunner().invoke(cli, ["audit", "verify"])
    assert isinstance(done.exception, MissingKeyError)
    assert "no secret.key in" in str(done.exception)
    assert not (tmp_path / "data/secret.key").exists()


def test_the_command_tells_other_programs(settings: Database) -> None:
    write(settings, 1)
    seal(settings)
    head = json.loads(CliRunner().invoke(cli, ["audit", "verify", "--json"]).stdout)["head"]
    change(settings, "DELETE FROM audit_seal")
    answer = CliRunner().invoke(cli, ["audit", "verify", "--json", "--head", head])
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == {
        "ok": False,
        "rows": 0,
        "seals": 0,
        "unsealed": 1,
        "head": None,
        "findings": [{"damage": "cut_off", "seal": 1, "row": None}],
    }
    assert CliRunner().invoke(cli, ["audit", "verify", "--head", "x"]).exit_code == 2
