"""X, and a core that holds an account there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.x.support import Core
from tests.fakes.x import X
from tests.fakes.x_server import serving


@pytest.fixture
def x() -> Iterator[X]:
    with serving(X()) as server:
        yield server


@pytest.fixture
def core(x: X, tmp_path: Path) -> Core:
    return Core(x, tmp_path / "x")
