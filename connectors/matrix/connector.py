"""The Matrix connector: what every process knows about Matrix."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec

from connectors.base import Account, InboundEvent, Link
from connectors.capabilities import READABLE, Act, Capabilities, Idempotency, Visibility
from connectors.matrix import parse
from connectors.opening import opening
from connectors.text import utf8


class MatrixConnector:
    """Rooms and direct chats on any homeserver."""

    pulls = True
    capabilities = Capabilities(
        max_text=8000,  # of 64 KiB an event, after escaping and encryption; and it shall be read
        measure=utf8,
        keeps_state=find_spec("vodozemac") is not None,  # the keys, where there is encryption
        media_types=READABLE,
        max_media_bytes=10 * 1024 * 1024,
        acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
        files_out=True,
        threads=True,
        reactions=True,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
        idempotency=Idempotency.KEY,
        # Synapse forgets transaction ids after 24 hours; an hour is for what is on its way.
        idempotency_ttl=timedelta(hours=23),
    )

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Nobody is drawn into a chat that they did not begin."""
        return None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored event; raises `ParseError`."""
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError`, also where the package matrix-nio is missing."""
        with opening():
            # Only the process that holds the channel pays for the library.
            from connectors.matrix.link import MatrixLink  # noqa: PLC0415

            return MatrixLink(account, self.capabilities)


CONNECTOR = MatrixConnector()
