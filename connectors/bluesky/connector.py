"""The Bluesky connector: what every process knows about Bluesky."""

from collections.abc import Mapping

from connectors.base import Account, InboundEvent, Link
from connectors.bluesky import parse
from connectors.bluesky.render import measure
from connectors.capabilities import Act, Capabilities, Idempotency, Visibility
from connectors.opening import opening


class BlueskyConnector:
    """Mentions, answers and quotations of an account on any server of the AT protocol."""

    pulls = True
    capabilities = Capabilities(
        max_text=300,
        measure=measure,
        acts=frozenset({Act.POST, Act.DELETE}),
        moderates=frozenset({Act.HIDE, Act.SHOW}),
        threads=True,
        reactions=True,
        media_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_media_bytes=2_000_000,  # app.bsky.embed.images
        files_out=True,
        visibility=frozenset({Visibility.PUBLIC}),
        idempotency=Idempotency.KEY,  # for ever: it is the record's name
    )

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Chats are another service that an app password does not open by itself."""
        return None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored notification; raises `ParseError`."""
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError` for settings that are none."""
        with opening():
            # Only the process that holds the channel pays for the way to ask.
            from connectors.bluesky.link import BlueskyLink  # noqa: PLC0415

            return BlueskyLink(account, self.capabilities)


CONNECTOR = BlueskyConnector()
