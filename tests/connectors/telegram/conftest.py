"""A Bot API server for each test; after it, all that was said is held against both oracles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.telegram import oracles
from tests.connectors.telegram.support import Core, account
from tests.fakes.telegram import Telegram
from tests.fakes.telegram_http import running


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with running() as server:
        yield server
    oracles.demand_readable(server)
    if oracles.described():
        oracles.demand_described(server)


@pytest.fixture
def core(telegram: Telegram, tmp_path: Path) -> Core:
    return Core(account(telegram.url, tmp_path))
