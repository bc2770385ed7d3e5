"""A Bluesky for each test, and the core's side of an account there."""

from collections.abc import Iterator

import pytest

from tests.connectors.bluesky.support import NOW, Core
from tests.fakes.bluesky_server import serving


@pytest.fixture
def core() -> Iterator[Core]:
    with serving(lambda: NOW) as (network, port):
        yield Core(network, port)
