"""The Mastodon connector: what every process knows about Mastodon."""

from collections.abc import Mapping
from datetime import timedelta

from connectors.base import Account, InboundEvent, Link
from connectors.capabilities import PICTURES, SOUNDS, Act, Capabilities, Idempotency, Visibility
from connectors.mastodon import measure, parse, statuses
from connectors.opening import opening


class MastodonConnector:
    """Mentions, replies and direct messages, on any instance of Mastodon 4.3 or later."""

    pulls = True
    capabilities = Capabilities(
        # Of 500: the rest is for the name of whom it is for, and for a content warning.
        max_text=420,
        measure=measure.length,
        acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
        media_types=PICTURES | SOUNDS,
        max_media_bytes=10 * 1024 * 1024,
        files_out=True,
        threads=True,
        reactions=True,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
        idempotency=Idempotency.KEY,
        # An instance keeps keys for an hour (PostStatusService); ten minutes are for what is on
        # its way.
        idempotency_ttl=timedelta(minutes=50),
    )

    def private_thread(self, sender: str) -> str | None:
        """Return the thread of direct messages with somebody, or None for what is nobody."""
        return statuses.private_thread(sender) if statuses.is_id(sender) else None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored notification; raises `ParseError`."""
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError` for settings that are none."""
        with opening():
            # Only the process that holds the channel pays for it.
            from connectors.mastodon.link import MastodonLink  # noqa: PLC0415

            return MastodonLink(account, self.capabilities)


CONNECTOR = MastodonConnector()
