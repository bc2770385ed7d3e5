"""An open Telegram account: asking for updates, or looking after the webhook, and sending."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from connectors.asking import Refused, TooBig, Unreachable
from connectors.base import (
    MISSING,
    TOO_LARGE,
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
from connectors.results import SendResult
from connectors.shapes import Object, at, listing, number, obj, text
from connectors.telegram import api
from connectors.telegram.addressing import Me
from connectors.telegram.api import BotApi, trouble
from connectors.telegram.content import file_of
from connectors.telegram.items import Albums, following, instant, items
from connectors.telegram.pacing import Pacer
from connectors.telegram.post import Post, Sleep
from connectors.telegram.settings import Intake, Settings

ALLOWED = ("message", "edited_message", "callback_query", "message_reaction")
_AT_MOST = 100  # updates: https://core.telegram.org/bots/api#getupdates
_POLL = 25  # seconds for which Telegram waits for news
_POLL_WITHIN = 40.0
_FILE_WITHIN = 60.0
_PRESSES_WITHIN = 3.0  # seconds; a button that goes on turning is no reason to miss news
_FRESH = timedelta(minutes=2)  # an error that the webhook has had
# After a quiet week Telegram chooses the next number at random: it may be below what we ask for.
_QUIET = timedelta(days=6)


def _now() -> datetime:
    return datetime.now(UTC)


class TelegramLink:
    """Holds a bot open."""

    def __init__(
        self,
        account: Account,
        limits: Capabilities,
        *,
        now: Callable[[], datetime] = _now,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings = Settings.model_validate(dict(account.values))
        self._push_url = account.push_url
        self._me = Me(self._settings.bot_id, self._settings.username)
        self._largest = limits.max_media_bytes
        self._api = BotApi(self._settings, account.network)
        self._post = Post(self._api, Pacer(ticks), sleep)
        self._albums = Albums()
        self._pressed: tuple[str, list[str]] = "", []  # once this cursor is stored
        self._registered = False
        self._now = now
        self._sleep = sleep

    async def check(self) -> Standing:
        """Ask which bot we are; raises `PlatformError`."""
        try:
            me = (await self._api.ask("getMe")).get("result")
        except Refused as refusal:
            raise trouble(refusal) from None
        name = text(at(me, "username"))
        if name is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if name.casefold() != self._me.username.casefold():
            raise PlatformError(Trouble.SETTINGS, f"{Detail.OTHER_ACCOUNT}: @{name[:64]}")
        return Standing(name=f"@{name}")

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`; where Telegram pushes, see that it does."""
        try:
            if self._settings.intake is Intake.WEBHOOK:
                await self._keep_webhook()
                return Batch((), cursor or "")
            return await self._poll(cursor or "")
        except Refused as refusal:
            raise trouble(refusal) from None

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        """Fetch the file of a message."""
        wanted = file_of(obj(at(payload, "update", "message")))
        if wanted is None:
            raise FileLostError(MISSING)
        try:
            found = (await self._api.ask("getFile", {"file_id": wanted.file_id})).get("result")
        except Refused as refusal:
            if refusal.code == api.TOO_BIG:
                raise FileLostError(TOO_LARGE) from None
            failure = trouble(refusal)
            if failure.trouble is Trouble.SETTINGS:
                raise FileLostError(MISSING) from None
            raise failure from None
        path = text(at(found, "file_path"))
        if not path:
            raise FileLostError(MISSING)
        try:
            content = await self._api.download(path, limit=self._largest, within=_FILE_WITHIN)
        except TooBig:
            raise FileLostError(TOO_LARGE) from None
        return RawFile(wanted.name, wanted.media_type, content)

    async def send(self, part: OutboundPart, *, key: str) -> SendResult:  # noqa: ARG002
        """Send a part; Telegram does not know keys."""
        return await self._post.send(part)

    async def find_sent(self, part: OutboundPart, *, key: str) -> str | None:  # noqa: ARG002
        """Know nothing: a bot cannot read what it has written."""
        return None

    async def close(self) -> None:
        """Close the connections; the webhook stays."""
        await self._api.close()

    async def _poll(self, cursor: str) -> Batch:
        await self._answer_presses(cursor)
        updates = await self._updates(_offset(cursor, self._now()))
        if not updates:
            return Batch((), cursor)
        behind = following(updates)
        if behind is None:  # nothing to go on from: the same would come for ever
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        fresh = f"{behind}@{int(self._now().timestamp())}"
        presses = (text(at(update, "callback_query", "id")) for update in updates)
        self._pressed = fresh, [press for press in presses if press]
        found = items(updates, self._me, self._largest, self._albums)
        return Batch(tuple(found), fresh, more=len(updates) == _AT_MOST)

    async def _updates(self, offset: int) -> list[object]:
        asked: Object = {
            "offset": offset,
            "limit": _AT_MOST,
            "timeout": _POLL,
            "allowed_updates": ALLOWED,
        }
        try:
            answer = await self._api.ask("getUpdates", asked, within=_POLL_WITHIN)
        except Refused as refusal:
            if refusal.code != api.WEBHOOK_SET:
                raise
            await self._api.ask("deleteWebhook", {"drop_pending_updates": False})
            answer = await self._api.ask("getUpdates", asked, within=_POLL_WITHIN)
        found = answer.get("result")
        if not isinstance(found, list):
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        return listing(found)

    async def _answer_presses(self, stored: str) -> None:
        """Let the buttons of stored presses stop to turn, as far as that is quickly done."""
        cursor, presses = self._pressed
        if stored != cursor or not presses:
            return
        self._pressed = "", []

        async def answer(press: str) -> None:
            try:
                await self._api.ask("answerCallbackQuery", {"callback_query_id": press})
            except (Refused, PlatformError):  # it is too old, or will stop by itself
                return

        try:
            async with asyncio.timeout(_PRESSES_WITHIN), asyncio.TaskGroup() as group:
                for press in presses:
                    group.create_task(answer(press))
        except TimeoutError:
            return

    async def _keep_webhook(self) -> None:
        """See that Telegram pushes to us, and wait; raises where it cannot reach us."""
        if not self._push_url:
            raise PlatformError(Trouble.SETTINGS, Detail.BAD_ADDRESS)
        if not self._registered:
            # Whatever is registered there: only its secret's owner could tell whether it is ours.
            await self._register()
            return
        told = obj((await self._api.ask("getWebhookInfo")).get("result"))
        allowed = {text(one) for one in listing(told.get("allowed_updates"))}
        if told.get("url") != self._push_url or allowed != set(ALLOWED):
            await self._register()
            return
        failed_at = instant(told.get("last_error_date"))
        waiting = number(told.get("pending_update_count")) or 0
        if waiting and failed_at is not None and self._now() - failed_at < _FRESH:
            why = (text(told.get("last_error_message")) or "")[:100]
            raise Unreachable(f"{Detail.NO_CONNECTION}: {why}", left=False)
        await self._sleep(_POLL)

    async def _register(self) -> None:
        asked: Object = {
            "url": self._push_url,
            "secret_token": self._settings.webhook_secret,
            "allowed_updates": ALLOWED,
            "drop_pending_updates": False,
        }
        await self._api.ask("setWebhook", asked)
        self._registered = True


def _offset(cursor: str, now: datetime) -> int:
    """Return from which update on to ask; 0: from the first one that is not confirmed."""
    number_, _, since = cursor.partition("@")
    if not number_.isdecimal() or not since.isdecimal():
        return 0
    heard = instant(int(since))
    return int(number_) if heard is not None and now - heard < _QUIET else 0
