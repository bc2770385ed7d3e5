"""Asking the Bot API: one door, through which the token never gets out."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from connectors.asking import WITHIN, Http, Refused, Unreachable, patience
from connectors.base import Network, PlatformError, RawFile, Trouble
from connectors.details import Detail
from connectors.shapes import Object, number, obj, text
from connectors.telegram.settings import Settings

BLOCKED = "blocked"
FORBIDDEN = "forbidden"
NOT_FOUND = "chat_not_found"
TOO_LONG = "too_long"
TOO_BIG = "too_big"
NOT_MODIFIED = "not_modified"
GONE = "message_gone"
NO_TEXT = "no_text_in_message"
BAD_PHOTO = "bad_photo"
COMPETING = "competing"
WEBHOOK_SET = "webhook_set"
MIGRATED = "migrated"
NO_TOKEN = "no_such_token"  # noqa: S105 (a word for an error)

# What Telegram says stands nowhere in one list; a part of its words has to do, in this order.
_SAID = (
    ("bot was blocked by the user", BLOCKED),
    ("user is deactivated", BLOCKED),
    ("terminated by other getupdates", COMPETING),
    ("webhook is active", WEBHOOK_SET),
    ("group chat was upgraded", MIGRATED),
    ("message is not modified", NOT_MODIFIED),
    ("message to delete not found", GONE),
    ("message to edit not found", GONE),
    ("no text in the message to edit", NO_TEXT),
    ("message is too long", TOO_LONG),
    ("caption is too long", TOO_LONG),
    ("file is too big", TOO_BIG),
    ("request entity too large", TOO_BIG),
    ("photo_", BAD_PHOTO),
    ("image_process_failed", BAD_PHOTO),
    ("chat not found", NOT_FOUND),
    ("message thread not found", NOT_FOUND),
    ("not enough rights", FORBIDDEN),
    ("need administrator rights", FORBIDDEN),
    ("message can't be", FORBIDDEN),
    ("write_forbidden", FORBIDDEN),
    ("topic_closed", FORBIDDEN),
)


class Migrated(Refused):
    """A group has become a supergroup, with another id: `chat`."""

    def __init__(self, status: int, chat: int) -> None:
        super().__init__(status, MIGRATED)
        self.chat = chat


class BotApi:
    """The Bot API as our bot; the token stands in every address, and in no error."""

    def __init__(self, settings: Settings, network: Network) -> None:
        self._token = settings.token.get_secret_value()
        self._http = Http(str(settings.server), network, _refusal)

    async def ask(
        self, method: str, body: Object | None = None, *, within: float = WITHIN
    ) -> Object:
        """Return what a method answers; raises `PlatformError` and `Refused`."""
        path = f"/bot{self._token}/{method}"
        return await self._http.ask("POST", path, body=body or {}, within=within)

    async def submit(
        self,
        method: str,
        fields: Mapping[str, str],
        files: Mapping[str, RawFile],
        *,
        within: float,
    ) -> Object:
        """Return what a method with files answers; raises `PlatformError` and `Refused`."""
        path = f"/bot{self._token}/{method}"
        return await self._http.submit(path, fields, files, within=within)

    async def download(self, path: str, *, limit: int, within: float) -> bytes:
        """Return a file of at most `limit` bytes that lies at a `file_path` of the Bot API.

        Raises `TooBig` and `PlatformError`.
        """
        place = f"/file/bot{self._token}/{quote(path)}"
        try:
            return await self._http.download(place, limit=limit, within=within)
        except Refused as refusal:
            if refusal.limited:
                raise refusal.trouble() from None
            # We have just been told that it lies there: it says nothing about our token.
            raise Unreachable(f"{Detail.NO_ANSWER}: {refusal}", left=False) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def trouble(refusal: Refused) -> PlatformError:
    """Return what a refusal means for the account."""
    if refusal.code == COMPETING:
        return PlatformError(Trouble.COMPETING, str(refusal))
    return refusal.trouble()


def _refusal(status: int, headers: Mapping[str, str], said: Object) -> Refused | None:
    """Read an error (https://core.telegram.org/bots/api#making-requests).

    Its words are not handed on: what they name may be anybody's.
    """
    words = text(said.get("description"))
    if said.get("ok") is not False or words is None:
        return None
    if status == 404 and words == "Not Found":  # as it answers a token that has no bot
        return Refused(401, NO_TOKEN)
    told = obj(said.get("parameters"))
    successor = number(told.get("migrate_to_chat_id"))
    if successor is not None:
        return Migrated(status, successor)
    asked = number(told.get("retry_after"))
    patient = patience(headers)
    if asked is not None and 0 <= asked < 10**9:
        patient = timedelta(seconds=asked)
    lower = words.lower()
    code = next((code for part, code in _SAID if part in lower), "")
    return Refused(status, code or (FORBIDDEN if status == 403 else ""), patient)
