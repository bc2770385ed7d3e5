"""The generic channel: its clients fetch their replies, so sending is putting them out."""

from collections.abc import Mapping

from connectors.api import parse
from connectors.base import (
    Capabilities,
    ChannelSettings,
    Idempotency,
    InboundEvent,
    OutboundPart,
    SendResult,
    Sent,
    Visibility,
)


class ApiConnector:
    """A channel for any other system."""

    capabilities = Capabilities(
        max_text=4000,
        buttons=True,
        threads=True,
        location_in=True,
        media_types=frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"}),
        max_media_bytes=10 * 1024 * 1024,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
        idempotency=Idempotency.KEY,
    )

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored message; raises `ParseError`."""
        return parse.parse(payload)

    def send(self, part: OutboundPart, *, key: str) -> SendResult:  # noqa: ARG002 (the protocol's)
        """Put the part out for the client: the delivery row itself is what it fetches."""
        return Sent(key)

    def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002 (as above)
        """Nothing is ever unknown here."""
        return None
