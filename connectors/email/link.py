"""An open mailbox: the way in and the way out, in one event loop."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connectors.base import (
    MISSING,
    Account,
    Batch,
    FileLostError,
    OutboundPart,
    PlatformError,
    RawFile,
    Standing,
    Trouble,
)
from connectors.capabilities import Capabilities
from connectors.details import Detail
from connectors.email.archive import Archive
from connectors.email.imap import Imap
from connectors.email.inbox import Inbox, opened
from connectors.email.post import LOGGED_OUT, Post
from connectors.email.settings import Plus, Settings, servers
from connectors.email.subjects import Subjects
from connectors.results import SendResult
from connectors.smtp import MailError

_DETAILS = {
    "bad_certificate": Detail.CERTIFICATE,
    "no_answer": Detail.NO_ANSWER,
    "no_connection": Detail.NO_CONNECTION,
}


def _now() -> datetime:
    return datetime.now(UTC)


class EmailLink:
    """Holds a mailbox open: one connection for news, one for looking up, others for sending."""

    def __init__(
        self, account: Account, limits: Capabilities, *, now: Callable[[], datetime] = _now
    ) -> None:
        settings = Settings.model_validate(dict(account.values))
        self._address = settings.address
        self._folder = settings.folder
        to = servers(settings, account.network.ca_file)
        self._imap_server = to.imap
        subjects = Subjects()
        self._archive = Archive(to.imap, settings.folder, settings.sent_folder, me=settings.address)
        self._inbox = Inbox(
            to.imap,
            settings.folder,
            me=settings.address,
            most=limits.max_media_bytes,
            archive=self._archive,
            subjects=subjects,
            now=now,
        )
        self._post = Post(
            to.smtp,
            self._archive,
            subjects,
            limits,
            me=settings.address,
            name=settings.name,
            plus=settings.plus is Plus.ON,
            now=now,
        )

    async def check(self) -> Standing:
        """Log in on both ways and open the folder; raises `PlatformError`."""
        imap = await Imap.connect(self._imap_server)
        try:
            await opened(imap, self._folder)
        finally:
            imap.close()
        if (error := await self._post.check()) is not None:
            raise _trouble(error)
        return Standing(name=self._address)

    async def pull(self, cursor: str | None) -> Batch:
        """Return the mails behind `cursor`."""
        return await self._inbox.pull(cursor)

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:  # noqa: ARG002 (the protocol's)
        """Files come with their mails: there is none to be fetched."""
        raise FileLostError(MISSING)

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:
        """Send a part under its key."""
        return await self._post.send(part, key)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002 (the key says it)
        """Look up what became of a part."""
        return await self._post.find_sent(key)

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()
        self._inbox.close()
        self._archive.close()


def _trouble(error: MailError) -> PlatformError:
    """Return what is wrong with the way out."""
    told = f"SMTP {error.status or error.code}"
    if error.status in LOGGED_OUT:
        return PlatformError(Trouble.LOGIN, told)
    if error.code in {"no_encryption", "refused"} and (error.final or error.status is None):
        return PlatformError(Trouble.SETTINGS, f"{Detail.BAD_SETTINGS}: {told} {error.code}")
    detail = _DETAILS.get(error.code, Detail.NO_CONNECTION)
    return PlatformError(Trouble.UNREACHABLE, f"{detail}: {told}")
