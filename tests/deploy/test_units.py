"""The systemd units: verified by systemd itself, and locked down alike."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, environment
from tests.support import tools

UNITS = DEPLOY / "systemd"
SERVICES = ("stadtdraht.service", "stadtdraht@.service", "stadtdraht-backup.service")
PROGRAM = "/opt/stadtdraht/current/bin/stadtdraht"
EXPOSURE = 1.5  # of 10: a city may take the figure from deploy/README.md


def settings_of(unit: str) -> list[str]:
    lines = (UNITS / unit).read_text("utf-8").splitlines()
    return [line for line in lines if "=" in line and not line.startswith("#")]


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    analyze = tools.find("systemd-analyze")
    program = tmp_path / "stadtdraht"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for source in (path for path in UNITS.iterdir() if path.suffix in {".service", ".target"}):
        unit = source.read_text("utf-8").replace(PROGRAM, str(program))
        (tmp_path / source.name).write_text(unit, "utf-8")
    shutil.copy(UNITS / "stadtdraht-backup.timer", tmp_path)
    units = sorted(
        path for path in tmp_path.iterdir() if path.name.startswith("stadtdraht") and path.suffix
    )
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=yes", *units],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    about = [line for line in done.stderr.splitlines() if "stadtdraht" in line]
    assert (done.returncode, about) == (0, [])


@pytest.mark.parametrize("unit", SERVICES)
def test_little_is_exposed(unit: str) -> None:
    done = subprocess.run(
        [tools.find("systemd-analyze"), "security", "--offline=true", "--no-pager", UNITS / unit],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= EXPOSURE


def test_all_services_are_locked_down_alike() -> None:
    hardening = [
        (UNITS / unit).read_text("utf-8").partition("# Hardening:")[2].partition("\n\n[")[0].strip()
        for unit in SERVICES
    ]
    assert len(set(hardening)) == 1
    for line in ("User=stadtdraht", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in hardening[0].splitlines()


def test_both_ways_of_running_differ_in_the_role_alone() -> None:
    alone, one_of_many = (
        {line for line in settings_of(unit) if not line.startswith(("Description", "WantedBy"))}
        for unit in SERVICES[:2]
    )
    assert alone - one_of_many == {f"ExecStart={PROGRAM} run", "Conflicts=stadtdraht.target"}
    assert one_of_many - alone == {
        f"ExecStart={PROGRAM} run --role ${{ROLE}}",
        "EnvironmentFile=/etc/stadtdraht/instances/%i.env",
        "PartOf=stadtdraht.target",
    }


def test_the_target_wants_every_instance_and_each_has_its_port() -> None:
    wanted = re.findall(
        r"stadtdraht@([\w-]+)\.service", "\n".join(settings_of("stadtdraht.target"))
    )
    instances = {path.stem: environment(path) for path in (UNITS / "instances").iterdir()}
    assert sorted(wanted) == sorted(instances)
    ports = [instance["STADTDRAHT_PORT"] for instance in instances.values()]
    assert len(set(ports)) == len(ports)
    roles = {name: instance["ROLE"] for name, instance in instances.items()}
    assert all(name.split("-")[0] == role for name, role in roles.items())
    assert set(roles.values()) == {"web", "worker", "connectors", "scheduler"}


def test_a_stop_has_time_for_what_is_held() -> None:
    for unit in SERVICES[:2]:
        (seconds,) = (
            int(line.split("=")[1]) for line in settings_of(unit) if "TimeoutStopSec" in line
        )
        assert 10 < seconds <= 30


def test_the_script_for_commands_is_valid_shell() -> None:
    script = UNITS / "stadtdraht-as-service"
    assert os.access(script, os.X_OK)
    subprocess.run(["sh", "-n", script], check=True)
    assert PROGRAM in script.read_text("utf-8")


@pytest.mark.parametrize(("result", "raised"), [("success", False), ("oom-kill", True)])
def test_a_backup_that_was_killed_raises_the_alarm(
    tmp_path: Path, result: str, *, raised: bool
) -> None:
    [line] = [line for line in settings_of(SERVICES[2]) if line.startswith("ExecStopPost=")]
    program = tmp_path / "stadtdraht"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    command = line.partition("=")[2].replace(PROGRAM, str(program)).replace("$$", "$")
    done = subprocess.run(
        shlex.split(command),
        env={"SERVICE_RESULT": result},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ("alarm backup failed\n" if raised else "")
