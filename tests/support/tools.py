"""Programs of the system that some tests need; `tests/system.sh` gets them."""

import shutil
from pathlib import Path

import pytest

_UNPACKED = Path(__file__).parents[2] / ".tools"


def find(name: str) -> str:
    """Return the path of a program; without it the test is left out."""
    places = ":".join(str(_UNPACKED / place) for place in ("usr/bin", "bin"))
    found = shutil.which(name) or shutil.which(name, path=places)
    if found is None:
        pytest.skip(f"{name} is not installed; as root, tests/system.sh gets it")
    return found
