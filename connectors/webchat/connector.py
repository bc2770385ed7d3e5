"""The web chat: the visitor's page fetches what is sent, so sending is putting it out."""

from collections.abc import Mapping

from connectors.base import InboundEvent
from connectors.capabilities import READABLE, Capabilities, Idempotency
from connectors.own import OwnConnector
from connectors.webchat import parse


class WebChatConnector(OwnConnector):
    """The chat on the city's own pages."""

    capabilities = Capabilities(
        own=True,
        max_text=8000,
        buttons=True,
        media_types=READABLE,
        max_media_bytes=10 * 1024 * 1024,
        idempotency=Idempotency.KEY,
    )

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored message; raises `ParseError`."""
        return parse.parse(payload)


CONNECTOR = WebChatConnector()
