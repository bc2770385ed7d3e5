"""The web chat: the visitor's page fetches what is sent, so sending is putting it out."""

from collections.abc import Mapping

from connectors.base import (
    Capabilities,
    ChannelSettings,
    Idempotency,
    InboundEvent,
    OutboundPart,
    SendResult,
    Sent,
)
from connectors.webchat import parse


class WebChatConnector:
    """The chat on the city's own pages."""

    capabilities = Capabilities(
        max_text=8000,
        buttons=True,
        location_in=True,
        media_types=frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"}),
        max_media_bytes=10 * 1024 * 1024,
        idempotency=Idempotency.KEY,
    )

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored message; raises `ParseError`."""
        return parse.parse(payload)

    def send(self, part: OutboundPart, *, key: str) -> SendResult:  # noqa: ARG002 (the protocol's)
        """Put the part out for the page: the delivery row itself is what it fetches."""
        return Sent(key)

    def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002 (as above)
        """Nothing is ever unknown here."""
        return None
