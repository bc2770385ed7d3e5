"""The web chat: the visitor's page fetches what is sent, so sending is putting it out."""

from collections.abc import Mapping

from connectors.base import Account, InboundEvent
from connectors.capabilities import READABLE, Capabilities, Idempotency
from connectors.own import OwnLink
from connectors.webchat import parse


class WebChatConnector:
    """The chat on the city's own pages."""

    pulls = False
    capabilities = Capabilities(
        own=True,
        max_text=8000,
        buttons=True,
        media_types=READABLE,
        max_media_bytes=10 * 1024 * 1024,
        idempotency=Idempotency.KEY,
    )

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Nobody can be addressed who has not written there."""
        return None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored message; raises `ParseError`."""
        return parse.parse(payload)

    def connect(self, account: Account) -> OwnLink:  # noqa: ARG002 (there is no account)
        """Return the link of our own channels."""
        return OwnLink()


CONNECTOR = WebChatConnector()
