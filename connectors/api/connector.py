"""The generic channel: its clients fetch their replies, so sending is putting them out."""

from collections.abc import Mapping

from connectors.api import parse
from connectors.base import Account, InboundEvent
from connectors.capabilities import READABLE, Capabilities, Idempotency, Visibility
from connectors.own import OwnLink


class ApiConnector:
    """A channel for any other system."""

    pulls = False
    capabilities = Capabilities(
        own=True,
        max_text=4000,
        buttons=True,
        media_types=READABLE,
        max_media_bytes=10 * 1024 * 1024,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
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


CONNECTOR = ApiConnector()
