"""The Telegram connector: what every process knows about Telegram."""

from collections.abc import Mapping
from importlib.util import find_spec

from connectors.base import Account, InboundEvent, Link, ParseError, PlatformError, Trouble
from connectors.capabilities import READABLE, Act, Capabilities, Visibility
from connectors.details import Detail
from connectors.opening import opening
from connectors.text import utf16

_LIBRARY = "telegram"


class TelegramConnector:
    """Private chats, groups and channels of a bot."""

    pulls = True  # in webhook mode too: it is then that the webhook is looked after
    capabilities = Capabilities(
        max_text=4096,  # https://core.telegram.org/bots/api#sendmessage
        measure=utf16,
        acts=frozenset({Act.POST, Act.EDIT, Act.DELETE}),
        moderates=frozenset({Act.DELETE}),
        buttons=True,
        threads=True,
        reactions=True,
        media_types=READABLE,
        max_media_bytes=20_000_000,  # https://core.telegram.org/bots/api#getfile
        files_out=True,
        visibility=frozenset({Visibility.PRIVATE, Visibility.PUBLIC}),
    )

    def private_thread(self, sender: str) -> str | None:  # noqa: ARG002 (the protocol's)
        """Refuse: a bot may write only to who has started it, and cannot know who has."""
        return None

    def parse(self, payload: Mapping[str, object]) -> list[InboundEvent]:
        """Read a stored update; raises `ParseError`."""
        try:
            # Only the processes that read updates pay for the library.
            from connectors.telegram import parse  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ParseError(f"{Detail.NOT_INSTALLED}: {error.name}") from None
        return parse.parse(payload)

    def connect(self, account: Account) -> Link:
        """Return a link; raises `PlatformError` where the package python-telegram-bot is missing.

        The link itself does without it, but nothing that it brings could be read.
        """
        if find_spec(_LIBRARY) is None:
            raise PlatformError(Trouble.SETTINGS, f"{Detail.NOT_INSTALLED}: {_LIBRARY}")
        with opening():
            from connectors.telegram.link import TelegramLink  # noqa: PLC0415 (as above)

            return TelegramLink(account, self.capabilities)


CONNECTOR = TelegramConnector()
