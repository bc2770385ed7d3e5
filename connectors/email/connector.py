"""The e-mail connector: what every process knows about e-mail."""

from collections.abc import Mapping

from connectors import shapes
from connectors.base import Account, InboundEvent, Link, LostError
from connectors.capabilities import Capabilities
from connectors.email import parse
from connectors.opening import opening


class EmailConnector:
    """A mailbox of the city."""

    pulls = True
    capabilities = Capabilities(
        max_text=50_000,
        media_types=frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"}),
        max_media_bytes=10 * 1024 * 1024,  # twice that is what most servers take
        files_out=True,
        threads=True,
    )

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Nobody writes in public here."""
        return None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored mail; raises `ParseError`, also for a note that one is missing."""
        if "skipped" in payload:
            raise LostError((shapes.text(payload["skipped"]) or "unknown")[:40])
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError` for settings that are none."""
        with opening():
            # Only the process that holds the channel pays for the protocols.
            from connectors.email.link import EmailLink  # noqa: PLC0415

            return EmailLink(account, self.capabilities)


CONNECTOR = EmailConnector()
