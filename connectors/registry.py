"""Which connectors there are; each is loaded when the first channel of its kind is used."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from connectors.base import ChannelSettings, Connector

_KINDS = {
    "api": "connectors.api.connector:ApiConnector",
    "webchat": "connectors.webchat.connector:WebChatConnector",
}


class UnknownKindError(Exception):
    """There is no connector of this kind."""


def kinds() -> tuple[str, ...]:
    """Return the kinds of channels that can be added."""
    return tuple(_KINDS)


def create(kind: str, settings: ChannelSettings) -> Connector:
    """Make the connector of a channel; raises `UnknownKindError`."""
    try:
        module, name = _KINDS[kind].split(":")
    except KeyError:
        raise UnknownKindError(kind) from None
    make = cast("Callable[[ChannelSettings], Connector]", getattr(import_module(module), name))
    return make(settings)
