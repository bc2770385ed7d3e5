"""The command as programs and people use it: one clear line on stderr, the right exit code."""

import json
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.city import queries as city
from bot.city import service as cities
from bot.db import migrate
from bot.db.engine import Database
from bot.staff.models import User
from tests.support.command import begin, environment, stadtdraht

_NOW = "2026-11-21T12:00:00+01:00"


def test_the_installed_program_begins_from_nothing(tmp_path: Path) -> None:
    """The other tests run it in a process that has imported it before."""
    program = Path(sys.executable).with_name("stadtdraht")
    around = environment(tmp_path)
    done = subprocess.run(
        [program, "user", "add", "ada"], env=around, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    failed = begin("user", "add", "ada", environment=around, really=True).end()
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    again = begin("user", "add", "ada", environment=around).end()
    assert (again.returncode, again.stdout, again.stderr) == (1, "", failed.stderr)


def test_the_demo_loads_once(tmp_path: Path) -> None:
    first = stadtdraht(tmp_path, "demo", "load", "--if-empty")
    assert first.returncode == 0
    assert "Password:" in first.stdout
    again = stadtdraht(tmp_path, "demo", "load", "--if-empty")
    assert (again.returncode, again.stdout) == (0, "")
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0

    refused = stadtdraht(tmp_path, "demo", "load")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1


def test_a_user_is_added_to_an_office_and_locked_out_again(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    without = stadtdraht(tmp_path, "user", "add", "otto", "--role", "office")
    assert (without.returncode, without.stderr.count("\n")) == (1, 1)
    unknown = stadtdraht(tmp_path, "user", "add", "otto", "--role", "office", "--office", "moon")
    assert unknown.returncode == 1
    assert "evl" in unknown.stderr
    words = ("user", "add", "otto", "--role", "office", "--office", "evl", "--json")
    assert json.loads(stadtdraht(tmp_path, *words).stdout)["username"] == "otto"
    assert stadtdraht(tmp_path, "user", "deactivate", "otto").returncode == 0
    listed = json.loads(stadtdraht(tmp_path, "user", "list", "--json").stdout)
    assert {row["username"]: row["active"] for row in listed} == {"admin": True, "otto": False}
    last = stadtdraht(tmp_path, "user", "deactivate", "admin")
    assert (last.returncode, last.stderr.count("\n")) == (1, 1)


def test_roles_need_a_database_for_many(tmp_path: Path) -> None:
    refused = stadtdraht(tmp_path, "run", "--role", "worker")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "PostgreSQL" in refused.stderr


def test_market_days_are_json(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    words = ("--from", "2026-12-24", "--to", "2026-12-26", "--json")
    done = stadtdraht(tmp_path, "market", "days", "opladen", *words)
    days = json.loads(done.stdout)
    assert {tuple(day) for day in days} == {
        ("date", "regular_date", "from", "until", "place", "status", "note")
    }
    assert [(day["date"], day["until"], day["status"]) for day in days] == [
        ("2026-12-24", "12:00", "changed")
    ]


def test_a_callback_is_set_shown_and_ended(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "channel", "add", "api", "App")
    url = "https://app.example.org/replies"
    made = stadtdraht(tmp_path, "channel", "callback", "app", url, "--json")
    again = stadtdraht(tmp_path, "channel", "callback", "app", url, "--json")
    secret = json.loads(made.stdout)["callback_secret"]
    assert len(secret) == 64
    assert json.loads(again.stdout)["callback_secret"] == secret
    assert callback_of(tmp_path) == url
    ended = stadtdraht(tmp_path, "channel", "callback", "app")
    assert (ended.returncode, ended.stdout) == (0, "Replies are no longer posted.\n")
    assert callback_of(tmp_path) is None


def callback_of(folder: Path) -> str | None:
    [row] = json.loads(stadtdraht(folder, "channel", "list", "--json").stdout)
    found: str | None = row["callback"]
    return found


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nonsense",), 2, "No such command"),
        (("market", "days", "opladen"), 2, "--from"),
        (("market", "days", "nowhere", "--from", "2026-01-01", "--to", "2026-01-02"), 1, "market"),
        (
            ("market", "days", "opladen", "--from", "2026-01-02", "--to", "2026-01-01"),
            2,
            "--to must not be before --from",
        ),
        (("channel", "add", "pigeon", "Taube"), 1, "pigeon"),
        (("channel", "pause", "nowhere"), 1, "nowhere"),
        (("channel", "callback", "nowhere", "https://example.org"), 1, "nowhere"),
        (("channel", "callback", "nowhere", "example.org"), 1, "http"),
        (("user", "token", "nobody"), 1, "nobody"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, words: tuple[str, ...], code: int, says: str) -> None:
    done = stadtdraht(tmp_path, *words)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stdout == ""


def test_an_older_database_is_upgraded_only_on_request(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    path = tmp_path / "data" / "stadtdraht.sqlite3"
    older = "c1f0a4d2b7e9"
    database = Database(f"sqlite:///{path}")
    migrate.downgrade(database, older)
    done = stadtdraht(tmp_path, "user", "add", "mira")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "stadtdraht upgrade" in done.stderr

    database.admit_server()
    done = stadtdraht(tmp_path, "db", "upgrade")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "already running" in done.stderr
    with database.engine.connect() as connection:
        assert migrate.revision_of(connection) == older
    database.close()
    assert stadtdraht(tmp_path, "db", "upgrade").returncode == 0
    assert stadtdraht(tmp_path, "user", "add", "mira").returncode == 0


def test_a_newer_database_is_left_alone_in_one_line(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    with closing(sqlite3.connect(tmp_path / "data" / "stadtdraht.sqlite3")) as city:
        city.execute("UPDATE alembic_version SET version_num = '0000000000ff'")
        city.commit()
    for words in (("run",), ("db", "check"), ("db", "upgrade"), ("upgrade",), ("user", "add", "a")):
        done = stadtdraht(tmp_path, *words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert "made by a newer version" in done.stderr
    assert not (tmp_path / "data" / "backups").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STADTDRAHT_DATABASE_URL", "garbage"),
        ("STADTDRAHT_DATABASE_URL", "mysql://user:geheim@127.0.0.1/db"),
        ("STADTDRAHT_DATABASE_URL", "postgresql://user:geheim@127.0.0.1:abc/db"),
        ("STADTDRAHT_DATABASE_URL", "postgresql://user:wort@geheim@127.0.0.1/db"),
        ("STADTDRAHT_DATABASE_URL", "postgresql://user:wort@geheim/word@127.0.0.1/db"),
        ("STADTDRAHT_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none"),
        ("STADTDRAHT_DATABASE_URL", "sqlite:////nowhere/at/all.sqlite3"),
        ("STADTDRAHT_LOG_LEVEL", "LOUD"),
        ("STADTDRAHT_EMBED_HOSTS", "foo"),
        ("STADTDRAHT_EMBED_HOSTS", '["a b"]'),
        ("STADTDRAHT_BASE_URL", "foo"),
        ("STADTDRAHT_BASE_URL", "https://[bad"),
        ("STADTDRAHT_BASE_URL", "https://stadt.example:port"),
        ("STADTDRAHT_PROXY", "http://user:geheim@proxy.example:port"),
        ("STADTDRAHT_TRUSTED_PROXIES", '["nonsense"]'),
        ("STADTDRAHT_TRUSTED_PROXIES", "[127.0.0.1"),
        ("STADTDRAHT_PORT", "99999"),
        ("PORT", "-1"),
        ("PORT", "many"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, name: str, value: str) -> None:
    done = stadtdraht(tmp_path, "run", **{name: value})
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("stadtdraht: ")
    assert "geheim" not in done.stderr


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "stadtdraht.sqlite3").write_bytes(b"SQLite format 3\x00" + b"x" * 4000)
    for words in (("run",), ("db", "backup", str(tmp_path / "b")), ("user", "list")):
        done = stadtdraht(tmp_path, *words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    found = stadtdraht(tmp_path, "doctor")
    assert (found.returncode, found.stderr) == (1, "")
    assert "database" in found.stdout


def test_the_demo_is_loaded_anew_and_a_real_city_is_not(tmp_path: Path) -> None:
    stadtdraht(tmp_path, "demo", "load")
    stadtdraht(tmp_path, "user", "add", "mira")
    asked = stadtdraht(tmp_path, "demo", "reset", given="n\n")
    assert (asked.returncode, asked.stderr) == (1, "stadtdraht: stopped.\n")
    assert "Password:" in stadtdraht(tmp_path, "demo", "reset", "--yes").stdout
    listed = json.loads(stadtdraht(tmp_path, "user", "list", "--json").stdout)
    assert [row["username"] for row in listed] == ["admin"]

    path = tmp_path / "data" / "stadtdraht.sqlite3"
    database = Database(f"sqlite:///{path}")
    with database.unit_of_work() as session:
        facts = replace(city.facts(session), demo=False)
        cities.save(session, facts, actor=CLI, now=datetime.now(UTC))
    refused = stadtdraht(tmp_path, "demo", "reset", "--yes")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "not the demo city" in refused.stderr
    database.admit_server()
    refused = stadtdraht(tmp_path, "demo", "reset", "--yes")
    assert "already running" in refused.stderr
    with database.read() as session:
        assert session.scalars(select(User.username)).all() == ["admin"]
    database.close()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = stadtdraht(tmp_path, "run", PORT=port)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.endswith(f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n")


def test_a_start_that_cannot_be_is_one_line_and_an_end(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "secret.key").write_text("short")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    done = stadtdraht(tmp_path, "run", PORT=str(port))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert "secret.key is not a key" in done.stderr
    assert "restore it from a backup" in done.stderr
    socket.create_server(("127.0.0.1", port)).close()


def test_predict_answers_line_by_line(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "text": "Die Laterne vor Dhünnstraße 14 ist kaputt", "now": _NOW},
        {"id": "b", "text": "Es brennt im Haus!", "now": _NOW},
    ]
    given = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    done = stadtdraht(tmp_path, "nlp", "predict", given=given, PYTHONIOENCODING="utf-8")
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["id"], first["intents"][0]["id"], first["category"][0]["id"]) == (
        1,
        "report_defect",
        "street_light",
    )
    assert (second["flags"], second["intents"][0]["id"]) == (["emergency"], "emergency")
    assert not (tmp_path / "data").exists(), "understanding needs no database"


def test_predict_names_bad_lines_and_answers_the_others(tmp_path: Path) -> None:
    bad = ["{", "[]", '{"id": 1}', '{"text": "a", "now": "gestern"}', "[" * 100_000]
    lines = ['\ufeff{"id": "first", "text": "Hallo"}', *bad, '{"id": "last", "text": "Danke"}']
    given = "".join(f"{line}\n" for line in lines)
    done = stadtdraht(tmp_path, "nlp", "predict", given=given, PYTHONIOENCODING="utf-8")
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["first", "last"]
    named = [line.split(":")[1].strip() for line in done.stderr.splitlines()]
    assert named == ["line 2", "line 3", "line 4", "line 5", "line 6"]
