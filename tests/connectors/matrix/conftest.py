"""A homeserver for the tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.support import synapse as homeserver
from tests.support.synapse import Synapse


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    if not homeserver.installed():
        pytest.skip("Synapse is not installed; `make test` installs it where it can")
    with homeserver.running() as server:
        yield server
