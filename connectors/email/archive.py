"""Looking things up in the mailbox: what a mail was about, and whether one was sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.base import PlatformError
from connectors.email import ids, mime
from connectors.email.imap import Imap
from connectors.email.mime import header
from connectors.email.wire import RefusedError
from connectors.mailserver import Server

_HEADERS = 64 * 1024  # bytes
_NAMESAKES = 5
Found = TypeVar("Found")


class Archive:
    """Asks over a connection of its own; what it does not find out in time is not known."""

    def __init__(self, server: Server, folder: str, sent_folder: str | None, *, me: str) -> None:
        self._server = server
        self._me = me
        self._folder = folder
        self._sent: str | None = sent_folder
        self._imap: Imap | None = None
        self._lock = asyncio.Lock()

    async def subject(self, name: str, *, within: float) -> str | None:
        """Return what a mail of the folder is about.

        Of several with its Message-ID it is the one of this very name.
        """
        message_id = ids.message_id(name)

        async def ask(imap: Imap) -> str | None:
            found = await self._headers(imap, self._folder, message_id)
            known = {ids.native_id(one, ""): one for one in found}
            one = known.get(name) or (found[0] if name == message_id and len(known) == 1 else {})
            return header(ids.first(one, "subject")) or None

        return await self._ask(ask, within)

    async def thread(self, message_id: str, *, within: float) -> str | None:
        """Return the thread of a mail that we have sent."""

        async def ask(imap: Imap) -> str | None:
            folder = await self._sent_folder(imap)
            found = await self._headers(imap, folder, message_id) if folder else []
            return ids.thread_of_ours(found[0]) if found else None

        return await self._ask(ask, within)

    async def has_sent(self, message_id: str, *, within: float) -> bool:
        """Tell whether there is a copy of a mail that we have sent."""

        async def ask(imap: Imap) -> bool:
            folder = await self._sent_folder(imap)
            if folder is None:
                return False
            await imap.open(folder)
            return bool(await imap.named(message_id))

        return await self._ask(ask, within) or False

    async def keep(self, message_id: str, content: bytes, *, within: float) -> None:
        """Put a copy to the sent mail, unless the server has done so by itself."""

        async def ask(imap: Imap) -> None:
            folder = await self._sent_folder(imap)
            if folder is None:
                return
            await imap.open(folder)
            if not await imap.named(message_id):
                await imap.append(folder, content)

        await self._ask(ask, within)

    def close(self) -> None:
        """Close the connection."""
        if self._imap is not None:
            self._imap.close()
            self._imap = None

    async def _ask(self, ask: Callable[[Imap], Awaitable[Found]], within: float) -> Found | None:
        """Ask in time, and once more where a kept connection has gone unnoticed."""
        try:
            async with asyncio.timeout(within), self._lock:
                for _ in range(2):
                    kept = self._imap is not None and self._imap.is_open
                    try:
                        return await ask(await self._connection())
                    except PlatformError:
                        if not kept:
                            return None
        except (TimeoutError, RefusedError):
            pass
        return None

    async def _headers(self, imap: Imap, folder: str, message_id: str) -> list[mime.Headers]:
        """Return the headers of the last mails with this Message-ID: there should be one."""
        await imap.open(folder)
        return [
            mime.headers(await imap.content(uid, _HEADERS, section="HEADER") or b"")
            for uid in (await imap.named(message_id))[-_NAMESAKES:]
        ]

    async def _connection(self) -> Imap:
        if self._imap is None or not self._imap.is_open:
            self._imap = await Imap.connect(self._server)
        return self._imap

    async def _sent_folder(self, imap: Imap) -> str | None:
        """Return the folder of the sent mail, as it was named or as the server names it."""
        if self._sent is None:
            self._sent = await imap.sent_folder()
        return self._sent
