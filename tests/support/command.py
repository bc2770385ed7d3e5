"""The command `stadtdraht`, run as people and other programs run it."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-c", "from bot.cli import main; main()")


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment for a city in `folder`: `settings` alone count, not those around us."""
    around = {
        name: value
        for name, value in os.environ.items()
        if "STADTDRAHT" not in name and name != "PORT"
    }
    return around | {"STADTDRAHT_DATA_DIR": str(folder / "data")} | settings


def stadtdraht(
    folder: Path, *words: str, given: str | None = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command for the city in `folder`, with `given` on its stdin."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(folder, **settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
