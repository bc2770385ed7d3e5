"""`stadtdraht user`: who has lost something is let in again, and signed out everywhere."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.audit.service import ActorKind
from bot.cli import cli
from bot.db.engine import Database
from bot.staff import login
from tests.bot.staff.support import NOW, create, log_in
from tests.bot.staff.totp import actions, code, finish, half_way, set_up


@pytest.fixture
def user_id(database: Database) -> int:
    return create(database)


@pytest.fixture
def commands(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The commands at the test's database."""
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("STADTDRAHT_DATABASE_URL", url)
    monkeypatch.setenv("STADTDRAHT_DATA_DIR", str(tmp_path / "data"))
    return CliRunner()


def test_who_lost_everything_is_let_in_again(
    commands: CliRunner, database: Database, user_id: int
) -> None:
    set_up(database, user_id)
    opened = finish(database, half_way(database), code(NOW))
    answer = commands.invoke(cli, ["user", "reset-totp", "Jonas"])
    assert answer.exit_code == 0
    assert "password alone" in answer.output
    assert login.current_user(database, opened.token, now=NOW) is None
    log_in(database)
    assert ("second_factor.off", ActorKind.CLI) in actions(database)
    for name in ("jonas", "niemand"):
        assert commands.invoke(cli, ["user", "reset-totp", name]).exit_code == 1


def test_a_forgotten_password_is_replaced_by_a_first_one(
    commands: CliRunner, database: Database, user_id: int
) -> None:
    set_up(database, user_id)
    answer = commands.invoke(cli, ["user", "reset-password", "jonas"])
    password = answer.stdout.rpartition("password: ")[2].strip()
    opened = finish(database, half_way(database, password=password), code(NOW))  # still asked
    assert opened.user.must_change_password


def test_a_new_colleague_has_to_choose_a_password(commands: CliRunner, database: Database) -> None:
    answer = commands.invoke(cli, ["user", "add", "mira"])
    password = answer.stdout.rpartition("password: ")[2].strip()
    assert log_in(database, "mira", password).user.must_change_password


def test_a_colleague_is_signed_out_everywhere(
    commands: CliRunner, database: Database, user_id: int
) -> None:
    sessions = [log_in(database), log_in(database)]
    answer = commands.invoke(cli, ["user", "sign-out", "jonas"])
    assert "Sessions ended: 2" in answer.stdout
    assert all(login.current_user(database, one.token, now=NOW) is None for one in sessions)
