"""A homeserver for the tests of a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.matrix.support import Core, account
from tests.support import synapse as homeserver
from tests.support.synapse import Synapse


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    if not homeserver.installed():
        pytest.skip("Synapse is not installed; `make test` installs it where it can")
    with homeserver.running() as server:
        yield server


@pytest.fixture
def core(synapse: Synapse, tmp_path: Path) -> Core:
    bot = synapse.account("stadt")
    return Core(account(synapse.url, bot, tmp_path / "matrix"), encryption=True)
