"""`stadtdraht channel` with accounts on platforms: JSON for programs, one line for people."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.channels import binding
from bot.channels.binding import Folder
from bot.channels.models import Channel
from bot.cli import cli
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from tests.bot.channels.support import LOGGED_IN, PASSWORD, TOKEN
from tests.fakes.platform import Foreign, Platform

ADD = (
    *("channel", "add", "matrix", "Matrix", "--json"),
    *("--set", "homeserver=https://matrix.example.org"),
    *("--set", "user_id=@stadt:example.org"),
)


class Command:
    """The command in a city of its own, whose Matrix is `platform`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.platform = Platform()
        self.said = ""
        self._settings = {"STADTDRAHT_DATA_DIR": str(folder), "STADTDRAHT_DATABASE_URL": url}

    def run(self, *words: str, given: str = "") -> Result:
        runner = CliRunner(env=self._settings)
        result = runner.invoke(cli, words, obj=Foreign(self.platform), input=given)
        self.said += f"{result.output}{result.exception}"
        return result

    def listed(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.run("channel", "list", "--json").stdout)
        return found

    def health(self) -> dict[str, object]:
        [row] = self.listed()
        assert isinstance(row["health"], dict)
        return row["health"]


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Command:
    return Command(database_url, tmp_path / "data")


def test_a_bound_account_is_shown_warned_of_and_released(
    command: Command, database_url: str, tmp_path: Path
) -> None:
    command.platform.checks = [LOGGED_IN]
    command.run(*ADD, "--secret", "password", given=f"{PASSWORD}\n")
    database = Database(database_url)
    with database.unit_of_work() as session:
        channel = session.scalars(select(Channel)).one()
        binding.bind(session, channel.id, Folder("f" * 32, "connectors-1"))
    database.close()
    assert command.health()["folder_host"] == "connectors-1"
    made = command.run("db", "backup", str(tmp_path / "b"), "--json")
    assert made.exit_code == 0
    assert json.loads(made.stdout)["missing_accounts"] == ["matrix"]
    assert "matrix is bound to the data folder of connectors-1" in made.stderr
    assert command.run("channel", "release", "matrix", "--yes").exit_code == 0
    assert command.health()["folder_host"] is None
    made = command.run("db", "backup", str(tmp_path / "c"), "--json")
    assert json.loads(made.stdout)["missing_accounts"] == []
    assert command.run("channel", "release", "nirgends", "--yes").exit_code == 1


def test_a_missing_package_is_named(command: Command) -> None:
    command.platform.checks = [PlatformError(Trouble.SETTINGS, f"{Detail.NOT_INSTALLED}: nio")]
    done = command.run(*ADD, "--secret", "password", given="x\n")
    assert done.exit_code == 1
    assert "Your IT can install what is missing." in done.stderr
    assert "(nio)" in done.stderr


def test_an_account_from_nothing_to_removed(command: Command, tmp_path: Path) -> None:
    command.platform.checks = [LOGGED_IN]
    added = command.run(*ADD, "--secret", "password", given=f"{PASSWORD}\n")
    assert json.loads(added.stdout) == {"slug": "matrix", "token": None}
    assert command.platform.accounts[0].values["password"] == PASSWORD

    [row] = command.listed()
    assert {"slug", "kind", "name", "state", "callback", "error"} < set(row)
    health = row["health"]
    assert isinstance(health, dict)
    assert (health["condition"], health["account"]) == ("ok", "Stadt")
    assert command.run("channel", "test", "matrix").stdout == "It works.\n"
    command.platform.checks = [LOGGED_IN]
    tested = json.loads(command.run("channel", "test", "matrix", "--json").stdout)
    assert tested == {"works": True, "trouble": None, "account": "Stadt"}

    changed = command.run("channel", "change", "matrix", "--set", "invites=none")
    assert changed.exit_code == 0, changed.output
    values = command.platform.accounts[-1].values
    assert (values["invites"], values["password"], values["access_token"]) == (
        "none",
        PASSWORD,
        TOKEN,
    )
    command.run("channel", "change", "matrix", "--set", "invites=", "--name", "Neu")
    assert "invites" not in command.platform.accounts[-1].values
    assert command.listed()[0]["name"] == "Neu"

    for word, state in (("pause", "paused"), ("resume", "active")):
        assert command.run("channel", word, "matrix").exit_code == 0
        assert command.listed()[0]["state"] == state
    refused = command.run("channel", "remove", "matrix", given="n\n")
    assert refused.exit_code == 1
    assert command.run("channel", "remove", "matrix", "--yes").exit_code == 0
    assert command.listed() == []
    for secret in (PASSWORD, TOKEN):
        assert secret not in command.said
    assert not [one for one in (tmp_path / "data" / "channels").glob("**/*") if one.is_file()]


def test_what_does_not_work_comes_with_its_cure(command: Command) -> None:
    error = PlatformError(Trouble.LOGIN, "M_FORBIDDEN")
    command.platform.checks = [error]
    added = command.run(*ADD, "--secret", "password", given=f"{PASSWORD}\n")
    assert added.exit_code == 1
    assert "Not added. The platform does not accept the log-in. Please enter" in added.output
    assert command.listed() == []
    command.run(*ADD, "--secret", "password", given=f"{PASSWORD}\n")
    command.platform.checks = [PlatformError(Trouble.UNREACHABLE), error]
    tested = command.run("channel", "test", "matrix", "--json")
    assert tested.exit_code == 1
    assert json.loads(tested.stdout) == {"works": False, "trouble": "unreachable"}
    assert "check the address" in tested.stderr
    changed = command.run("channel", "change", "matrix", "--secret", "password", given="x\n")
    assert changed.exit_code == 1
    assert "Not changed." in changed.output
    assert PASSWORD not in command.said


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((*ADD, "--set", "password=geheim"), 2, "--secret password"),
        ((*ADD, "--set", "homeserver"), 2, "NAME=VALUE"),
        ((*ADD, "--secret", "homeserver"), 2, "no secret"),
        ((*ADD, "--set", "nonsense=geheim"), 1, "nonsense is no setting of this kind"),
        ((*ADD, "--set", "user_id=geheim"), 1, "user_id does not have the right form"),
        (("channel", "add", "matrix", "M"), 1, "homeserver is missing; user_id is missing"),
        (("channel", "test", "nowhere"), 1, "nowhere"),
        (("channel", "change", "nowhere"), 1, "nowhere"),
        (("channel", "remove", "nowhere", "--yes"), 1, "nowhere"),
    ],
)
def test_wrong_use_is_one_line(
    command: Command, words: tuple[str, ...], code: int, says: str
) -> None:
    result = command.run(*words)
    error = result.exception
    line = str(error) if isinstance(error, StadtdrahtError) else result.stderr
    assert result.exit_code == code
    assert says in line
    assert "geheim" not in line
    assert command.platform.accounts == []


def test_kinds_are_allowed_and_forbidden_by_command(command: Command) -> None:
    command.platform.checks = [LOGGED_IN]
    command.run(*ADD, "--secret", "password", given=f"{PASSWORD}\n")
    done = command.run("channel", "forbid", "matrix", "--reason", "DSFA 2026/14")
    assert (done.exit_code, done.output) == (0, "")
    [row] = command.listed()
    assert (row["state"], command.health()["condition"]) == ("forbidden", "forbidden")
    assert "does not allow channels of this kind" in str(command.health()["advice"])
    for words in (("resume", "matrix"), ("test", "matrix"), ("add", "x", "X")):
        refused = command.run("channel", *words)
        assert refused.exit_code == 1
    assert "does not allow channels of the kind matrix" in command.said
    assert "does not allow channels of the kind x" in command.said
    told = json.loads(command.run("channel", "kinds", "--json").stdout)
    found = {one["kind"]: one for one in told}
    assert found["matrix"] | {"decided_at": ""} == {
        "kind": "matrix",
        "own": False,
        "allowed": False,
        "accounts": 1,
        "reason": "DSFA 2026/14",
        "decided_at": "",
        "decided_by": "cli",
    }
    assert (found["x"]["allowed"], found["x"]["decided_by"], found["api"]["own"]) == (
        False,
        None,
        True,
    )
    lines = command.run("channel", "kinds").stdout.splitlines()
    assert lines[0] == "api  own"
    assert any(line.startswith("matrix  forbidden  20") for line in lines)
    assert command.run("channel", "allow", "matrix").exit_code == 0
    assert command.listed()[0]["state"] == "active"
    for words in (("forbid", "api"), ("allow", "brieftaube")):
        assert command.run("channel", *words).exit_code == 1
