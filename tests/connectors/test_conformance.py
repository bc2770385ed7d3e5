"""Every connector of the registry keeps the protocol."""

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from connectors import registry
from connectors.base import (
    Account,
    Button,
    Connector,
    Link,
    OutboundPart,
    ParseError,
    PlatformError,
    Trouble,
)
from connectors.capabilities import Capabilities, Idempotency, Visibility
from connectors.details import Detail
from connectors.registry import UnknownKindError
from connectors.results import Duplicate, SendResult, Sent

OWN = ("api", "webchat")


@pytest.fixture(params=registry.kinds())
def connector(request: pytest.FixtureRequest) -> Connector:
    kind: str = request.param
    return registry.connector(kind)


def test_the_registry_knows_its_kinds() -> None:
    assert set(OWN) <= set(registry.kinds())
    with pytest.raises(UnknownKindError):
        registry.connector("pigeon")


def test_every_kind_is_known_without_its_platforms_library() -> None:
    """The desk and the core ask a connector what it can do also where nothing is installed."""
    code = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in {"tweepy", "nio", "telegram", "vodozemac"}:
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
from pathlib import Path
from connectors import registry
from connectors.base import Account, PlatformError

missing = []
for kind in registry.kinds():
    registry.settings(kind)
    registry.receiver(kind)
    try:
        registry.connector(kind).connect(Account("city", Path()))
    except PlatformError as error:
        missing.append(error.detail)
assert sum(detail.startswith("not_installed: ") for detail in missing) == 3, missing
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_capabilities_are_possible(connector: Connector) -> None:
    found = connector.capabilities
    assert isinstance(found, Capabilities)
    assert found == connector.capabilities, "they do not change"
    assert found.max_text >= 100
    assert (found.measure(""), found.measure("abc")) == (0, 3)
    assert found.visibility
    assert found.visibility <= set(Visibility)
    assert (found.max_media_bytes > 0) == bool(found.media_types)
    assert found.media_types or not found.files_out
    assert found.idempotency_ttl is None or found.idempotency is Idempotency.KEY


def test_the_methods_have_the_protocols_shape(connector: Connector) -> None:
    for name in ("parse", "connect"):
        ours = inspect.signature(getattr(connector, name))
        shape = inspect.signature(getattr(Connector, name))
        assert list(ours.parameters) == list(shape.parameters)[1:], name


def test_settings_explain_themselves(connector: Connector) -> None:
    kind = next(kind for kind in registry.kinds() if registry.connector(kind) is connector)
    for name, field in registry.settings(kind).model_fields.items():
        assert field.title, name
        assert field.description, name


@pytest.mark.parametrize("payload", [{}, {"text": "x"}, {"": None}, {"events": [1]}])
def test_what_cannot_be_read_is_a_parse_error(
    connector: Connector, payload: dict[str, object]
) -> None:
    before = dict(payload)
    for _ in range(2):
        with pytest.raises(ParseError):
            connector.parse(payload)
    assert payload == before


@pytest.mark.parametrize("kind", sorted(set(registry.kinds()) - set(OWN)))
def test_stored_settings_that_do_not_suffice_any_more_are_told(kind: str, tmp_path: Path) -> None:
    async def connect() -> None:
        registry.connector(kind).connect(Account("slug", tmp_path))

    with pytest.raises(PlatformError) as raised:
        asyncio.run(connect())
    assert (raised.value.trouble, raised.value.detail) == (Trouble.SETTINGS, Detail.BAD_SETTINGS)


@pytest.mark.parametrize("kind", OWN)
def test_channels_of_our_own_take_everything_under_its_key(kind: str, tmp_path: Path) -> None:
    connector = registry.connector(kind)
    link = connector.connect(Account("slug", tmp_path))
    part = OutboundPart("t", Visibility.PRIVATE, "Hallo", (Button("yes", "Ja"),), "m1")
    first, second = asyncio.run(_twice(link, part))
    assert first == second
    assert isinstance(first, get_args(SendResult))
    assert isinstance(first, Sent | Duplicate)
    assert first.native_id
    assert connector.capabilities.own
    assert connector.capabilities.idempotency is Idempotency.KEY
    assert connector.capabilities.idempotency_ttl is None


async def _twice(link: Link, part: OutboundPart) -> tuple[SendResult, SendResult]:
    return await link.send(part, key="k1"), await link.send(part, key="k1")
