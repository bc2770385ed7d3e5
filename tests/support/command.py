"""The command `stadtdraht`, run as people and other programs run it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.support import warm

COMMAND = (sys.executable, "-c", "from bot.cli import main; main()")
HOST = warm.Host()
Started = subprocess.Popen[bytes] | warm.Process

_PATIENCE = 300.0  # seconds


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment for a city in `folder`: `settings` alone count, not those around us."""
    around = {
        name: value
        for name, value in os.environ.items()
        if "STADTDRAHT" not in name and name != "PORT"
    }
    return around | {"STADTDRAHT_DATA_DIR": str(folder / "data")} | settings


def start(
    *words: str,
    environment: Mapping[str, str],
    stdout: IO[bytes],
    stderr: IO[bytes],
    stdin: IO[bytes] | None = None,
    really: bool = False,
) -> Started:
    """Start the command; in a new interpreter (`really`) also where that has to see a setting."""
    news = {name for name, value in environment.items() if os.environ.get(name) != value}
    if really or any(name.startswith("PYTHON") for name in news - {"PYTHONPATH"}):
        return subprocess.Popen(
            [*COMMAND, *words], env=environment, stdin=stdin, stdout=stdout, stderr=stderr
        )
    given = stdin.fileno() if stdin else 0
    return HOST.start(words, environment, (given, stdout.fileno(), stderr.fileno()))


@dataclass(frozen=True)
class Running:
    """A command that runs, and where it writes."""

    process: Started
    _stdout: IO[bytes]
    _stderr: IO[bytes]

    def end(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        with self._stdout, self._stderr:
            try:
                code = self.process.wait(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
            return subprocess.CompletedProcess(
                "stadtdraht", code, _read(self._stdout), _read(self._stderr)
            )


def begin(
    *words: str, environment: Mapping[str, str], given: str | None = None, really: bool = False
) -> Running:
    """Begin a command, with `given` on its stdin."""
    stdout, stderr = TemporaryFile(), TemporaryFile()  # noqa: SIM115 (`end` closes them)
    with TemporaryFile() as stdin:
        stdin.write((given or "").encode())
        stdin.seek(0)
        process = start(
            *words,
            environment=environment,
            stdin=None if given is None else stdin,
            stdout=stdout,
            stderr=stderr,
            really=really,
        )
    return Running(process, stdout, stderr)


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def stadtdraht(
    folder: Path, *words: str, given: str | None = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command for the city in `folder`, with `given` on its stdin."""
    return begin(*words, environment=environment(folder, **settings), given=given).end()
