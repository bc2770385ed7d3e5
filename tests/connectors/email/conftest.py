"""A mail server for the tests of a worker, and an empty mailbox for each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.email import counterpart
from tests.connectors.email.counterpart import Town
from tests.connectors.email.support import Core
from tests.fakes.mail import PASSWORD, USER
from tests.support import dovecot


@pytest.fixture(scope="session")
def servers() -> Iterator[Town]:
    if not dovecot.installed():
        pytest.skip("Dovecot is not installed; as root `make test` installs it")
    with counterpart.running() as town:
        yield town


@pytest.fixture
def town(servers: Town) -> Town:
    servers.inbox.user(USER, PASSWORD)
    servers.outbox.password = PASSWORD
    servers.outbox.taken.clear()
    servers.outbox.answers.clear()
    servers.inbox.remove(USER, "mailbox", "*", "all")
    return servers


@pytest.fixture
def core(town: Town, tmp_path: Path) -> Core:
    return Core(town.settings(town.ports), tmp_path)
