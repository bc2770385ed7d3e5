"""The generic channel: its clients fetch their replies, so sending is putting them out."""

from collections.abc import Mapping

from connectors.api import parse
from connectors.base import InboundEvent
from connectors.capabilities import READABLE, Capabilities, Idempotency, Visibility
from connectors.own import OwnConnector


class ApiConnector(OwnConnector):
    """A channel for any other system."""

    capabilities = Capabilities(
        own=True,
        max_text=4000,
        buttons=True,
        media_types=READABLE,
        max_media_bytes=10 * 1024 * 1024,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
        idempotency=Idempotency.KEY,
    )

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored message; raises `ParseError`."""
        return parse.parse(payload)


CONNECTOR = ApiConnector()
