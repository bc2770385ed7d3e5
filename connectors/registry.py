"""Which connectors there are; each is loaded when the first channel of its kind is used.

None needs its platform's library for that: where it is missing, `connect` says so.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import cast

from pydantic import BaseModel

from connectors.base import Connector
from connectors.push import Receive

_KINDS = ("api", "webchat", "email", "telegram", "matrix", "mastodon", "bluesky", "x")


class UnknownKindError(Exception):
    """There is no connector of this kind: perhaps another version has one."""


def kinds() -> tuple[str, ...]:
    """Return the kinds of channels that can be added."""
    return _KINDS


@cache
def connector(kind: str) -> Connector:
    """Return the connector of a kind; raises `UnknownKindError`."""
    return cast("Connector", _load(kind, "connector").CONNECTOR)


def receiver(kind: str) -> Receive | None:
    """Return what reads the requests by which a platform tells us, None where none does.

    Raises `UnknownKindError`.
    """
    connector(kind)
    if find_spec(f"connectors.{kind}.push") is None:
        return None
    return cast("Receive", _load(kind, "push").receive)


def settings(kind: str) -> type[BaseModel]:
    """Return the model of an account's settings, secrets as `SecretStr`.

    Every field has a title and a description in German; one with a choice has a label for each of
    its values, under `labels` in its `json_schema_extra`; what only a log-in brings says so there
    under `comes_from_login`. Raises `UnknownKindError`.
    """
    return cast("type[BaseModel]", _load(kind, "settings").Settings)


def _load(kind: str, module: str) -> ModuleType:
    if kind not in _KINDS:
        raise UnknownKindError(kind)
    return import_module(f"connectors.{kind}.{module}")
