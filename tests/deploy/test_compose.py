"""The compose files: their schema, and what every service keeps to."""

import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from click import Group

from bot.cli import cli
from tests.deploy.files import DEPLOY, ROOT, Tree, at, documents
from tests.support import dockerfile

FILES = [DEPLOY / "compose.sqlite.yaml", DEPLOY / "compose.postgres.yaml"]
ROLES = {"web": 2, "worker": 2, "connectors": 1, "scheduler": 1}
PROXY = "172.30.80.2"


def services(path: Path) -> dict[str, Tree]:
    return cast("dict[str, Tree]", documents(path)[0]["services"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_file_keeps_to_the_specification(path: Path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*check, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_service_is_locked_down(path: Path) -> None:
    for name, service in services(path).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
        assert not service.get("privileged"), name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["restart"] == ("no" if name in {"migrate", "backup"} else "unless-stopped")
        assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z]+)?", str(service["image"])), name
        published = [
            str(port).split(":")[0] for port in cast("list[str]", service.get("ports", []))
        ]
        assert set(published) == ({"80", "443"} if name == "caddy" else set()), name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_the_proxy_is_believed(path: Path) -> None:
    assert at(services(path)["caddy"], "networks", "front", "ipv4_address") == PROXY
    cities = [s for s in services(path).values() if str(s["image"]).startswith("stadtdraht:")]
    assert cities
    for service in cities:
        assert at(service, "environment", "STADTDRAHT_TRUSTED_PROXIES") == f'["{PROXY}"]'


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_commands_and_folders_are_those_of_the_image(path: Path) -> None:
    final = dockerfile.read(DEPLOY / "Dockerfile")[-1]
    label = next(step.text for step in final.of("ARG") if step.text.startswith("VERSION="))
    (folder,) = re.findall(r"STADTDRAHT_DATA_DIR=(\S+)", " ".join(s.text for s in final.of("ENV")))
    for name, service in services(path).items():
        if not str(service["image"]).startswith("stadtdraht:"):
            continue
        assert str(service["image"]) == f"stadtdraht:{label.removeprefix('VERSION=')}"
        assert f"data:{folder}" in cast("list[str]", service["volumes"])
        assert at(service, "environment", "STADTDRAHT_DATA_DIR") == folder
        words = cast("list[str]", service["command"])
        if "entrypoint" in service:
            assert words[0].startswith("exec stadtdraht db "), name
            continue
        assert _is_command(words), name


def _is_command(words: list[str]) -> bool:
    """Whether the command line knows these words; the options are its own business."""
    command = cli.commands.get(words[0])
    if isinstance(command, Group):
        return words[1] in command.commands
    return command is not None


def test_every_role_runs_as_often_as_it_may() -> None:
    found = dict.fromkeys(ROLES, 0)
    for service in services(FILES[1]).values():
        words = cast("list[str]", service.get("command", []))
        if "--role" in words:
            found[words[-1]] += cast("int", at(service, "deploy", "replicas") or 1)
    assert found == ROLES
    assert services(FILES[0])["city"]["command"] == ["run"]


def test_processes_start_behind_the_migrations_and_the_database() -> None:
    found = services(FILES[1])
    assert at(found["migrate"], "depends_on", "database", "condition") == "service_healthy"
    for name in ("web-1", "web-2", "worker", "connectors", "scheduler"):
        migrate = at(found[name], "depends_on", "migrate", "condition")
        assert migrate == "service_completed_successfully"
    assert "healthcheck" in found["database"]
    backup = at(found["backup"], "depends_on")
    assert backup == {"database": {"condition": "service_healthy"}}, "before an upgrade too"


def test_the_database_is_reached_from_inside_only() -> None:
    tree = documents(FILES[1])[0]
    assert at(tree, "networks", "database", "internal") is True
    assert services(FILES[1])["database"]["networks"] == ["database"]
    assert "database" not in cast("dict[str, object]", services(FILES[1])["caddy"]["networks"])


def test_secrets_of_a_city_are_never_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    for name in ("stadtdraht.env", "secrets/", "backups/"):
        assert f"/deploy/{name}" in ignored
