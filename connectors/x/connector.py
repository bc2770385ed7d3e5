"""The X connector: what every process knows about X."""

from collections.abc import Mapping

from connectors.base import Account, InboundEvent, Link
from connectors.capabilities import Act, Capabilities, Visibility
from connectors.opening import opening
from connectors.x import costs, parse, weight


class XConnector:
    """Mentions, direct messages and posts of an account on X."""

    pulls = True
    capabilities = Capabilities(
        max_text=weight.LIMIT,  # of a post; a direct message might have 10,000 letters
        measure=weight.weigh,
        needs_consent=True,
        keeps_state=True,  # the book of what was spent, and of what was tried
        acts=frozenset({Act.POST, Act.DELETE}),
        moderates=frozenset({Act.HIDE, Act.SHOW}),
        # In public an answer stands below its question; direct messages have no such place, so
        # `threads` is not promised.
        summons=True,
        media_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
        max_media_bytes=5 * 1024 * 1024,  # of a picture (docs.x.com, "Media upload")
        files_out=True,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
        price=costs.price,
    )

    def private_thread(self, sender: str) -> str | None:
        """Return the conversation of two with somebody; whether they accept it, sending shows."""
        return f"dm:{sender}"

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored item; raises `ParseError`."""
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError`, also where the package tweepy is missing."""
        with opening():
            # Only the process that holds the channel pays for the library.
            from connectors.x.link import XLink  # noqa: PLC0415

            return XLink(account, self.capabilities)


CONNECTOR = XConnector()
