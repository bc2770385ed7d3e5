"""The product's own channels: putting a part out is sending it."""

from collections.abc import Mapping

from connectors.base import MISSING, Account, Batch, FileLostError, OutboundPart, RawFile, Standing
from connectors.results import Sent


class OwnLink:
    """Nothing leaves the house: the delivery row itself is what the other side fetches."""

    async def check(self) -> Standing:
        """Know that it always works."""
        return Standing()

    async def pull(self, cursor: str | None) -> Batch:
        """Nothing is fetched: what arrives is handed in."""
        return Batch((), cursor or "")

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:  # noqa: ARG002 (the protocol's)
        """Files are handed in with their messages, or not at all."""
        raise FileLostError(MISSING)

    async def send(self, part: OutboundPart, *, key: str) -> Sent:  # noqa: ARG002 (the protocol's)
        """Put the part out, under its own key."""
        return Sent(key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002 (as above)
        """Nothing is ever unknown here."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


class OwnConnector:
    """What the connectors of our own channels have in common."""

    pulls = False

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Nobody can be addressed who has not written there."""
        return None

    def connect(self, account: Account) -> OwnLink:  # noqa: ARG002 (there is no account)
        """Return the link of our own channels."""
        return OwnLink()
