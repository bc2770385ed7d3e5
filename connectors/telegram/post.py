"""Sending over the Bot API: paced, to the right person, and told honestly."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from connectors.asking import Refused
from connectors.base import OutboundPart, PlatformError, RawFile
from connectors.capabilities import Act, Visibility
from connectors.outcomes import of_failure
from connectors.results import Permanent, Refusal, RetryAfter, SendResult, Sent, Unknown
from connectors.shapes import Object, at, number
from connectors.telegram import api, render
from connectors.telegram.api import BotApi, Migrated
from connectors.telegram.pacing import Pacer
from connectors.telegram.render import Place
from connectors.text import utf16

_SEND_WITHIN = 6.0  # seconds
_UPLOAD_WITHIN = 14.0  # the core waits for 15
_AWAITED = 1.0  # seconds; whoever has to wait longer comes again
_PATIENCE = timedelta(seconds=5)  # where Telegram asks for it without saying how much
_CAPTION = 1024  # UTF-16 units: https://core.telegram.org/bots/api#sendphoto
_PHOTO = 10_000_000  # bytes, as above; larger ones go as documents
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_CODES: Mapping[str, Refusal] = MappingProxyType(
    {
        api.BLOCKED: Refusal.BLOCKED,
        api.FORBIDDEN: Refusal.FORBIDDEN,
        api.NOT_FOUND: Refusal.FORBIDDEN,
        api.GONE: Refusal.FORBIDDEN,
        api.MIGRATED: Refusal.FORBIDDEN,  # what was said before it can be reached no more
        api.TOO_LONG: Refusal.TOO_LARGE,
        api.TOO_BIG: Refusal.TOO_LARGE,
    }
)

Sleep = Callable[[float], Awaitable[object]]


class Post:
    """Sends as the bot."""

    def __init__(self, bot: BotApi, pacer: Pacer, sleep: Sleep = asyncio.sleep) -> None:
        self._api = bot
        self._pacer = pacer
        self._sleep = sleep
        self._moved: dict[str, str] = {}  # groups that have become supergroups

    async def send(self, part: OutboundPart) -> SendResult:
        """Send a part; Telegram knows no keys, so what may have arrived is `Unknown`."""
        where = render.place(part)
        if where is None:
            return Permanent(Refusal.REFUSED, "this is no chat or no message of Telegram")
        if refusal := _refusal(part, where):
            return refusal
        where = Place(self._moved.get(where.chat, where.chat), where.topic, where.message)
        # What is taken away is not counted among what is written.
        if part.act is not Act.DELETE and (wait := await self._turn(where.chat)):
            return wait
        try:
            match part.act:
                case Act.EDIT:
                    return await self._edit(part, where)
                case Act.DELETE:
                    return await self._delete(part, where)
            return await self._post(part, where)
        except (Refused, PlatformError) as error:
            return self._judge(error, part, where)

    async def _turn(self, chat: str) -> RetryAfter | None:
        """Wait for our turn where that is soon, else tell how long it takes."""
        patience = _AWAITED
        while waits := self._pacer.take(chat):
            wait, scope = waits
            if wait > patience:
                return RetryAfter(timedelta(seconds=wait), scope)
            patience -= wait
            await self._sleep(wait)
        return None

    async def _post(self, part: OutboundPart, where: Place) -> SendResult:
        try:
            return _sent(await self._written(part, where))
        except Migrated as moved:
            # Refused, so nothing was posted; only groups move. Its messages have other numbers now:
            # an answer would stand below a wrong one, and does so no more.
            self._moved[where.chat] = str(moved.chat)
            return _sent(await self._written(part, Place(str(moved.chat), where.topic)))

    async def _written(self, part: OutboundPart, where: Place) -> Object:
        if part.file is None:
            body = render.content(part, where)
            return await self._api.ask("sendMessage", body, within=_SEND_WITHIN)
        fields = render.caption(part, where)
        is_photo = part.file.declared_type in _PHOTOS and len(part.file.content) <= _PHOTO
        if is_photo:
            try:
                return await self._upload("photo", fields, part.file)
            except Refused as refusal:
                if refusal.code != api.BAD_PHOTO:
                    raise
        return await self._upload("document", fields, part.file)

    async def _upload(self, kind: str, fields: Mapping[str, object], file: RawFile) -> Object:
        form = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        }
        method = f"send{kind.capitalize()}"
        return await self._api.submit(method, form, {kind: file}, within=_UPLOAD_WITHIN)

    async def _edit(self, part: OutboundPart, where: Place) -> SendResult:
        try:
            try:
                body = render.change(part, where)
                await self._api.ask("editMessageText", body, within=_SEND_WITHIN)
            except Refused as refusal:
                if refusal.code != api.NO_TEXT:
                    raise
                body = render.change(part, where, "caption")  # it is a file
                await self._api.ask("editMessageCaption", body, within=_SEND_WITHIN)
        except Refused as refusal:
            if refusal.code != api.NOT_MODIFIED:
                raise
        return Sent(part.target or "")

    async def _delete(self, part: OutboundPart, where: Place) -> SendResult:
        try:
            await self._api.ask("deleteMessage", render.which(where), within=_SEND_WITHIN)
        except Refused as refusal:
            if refusal.code != api.GONE:
                raise
        return Sent(part.target or "")

    def _judge(
        self, error: Refused | PlatformError, part: OutboundPart, where: Place
    ) -> SendResult:
        if isinstance(error, Refused) and error.limited:
            asked = error.retry_after or _PATIENCE
            return RetryAfter(asked, self._pacer.refused(where.chat, asked))
        # To change a message to the same text twice, or to delete it twice, does no harm.
        return of_failure(error, left=part.act is Act.POST, codes=_CODES)


def _refusal(part: OutboundPart, where: Place) -> Permanent | None:
    """Tell why a part may not leave at all."""
    if part.act not in {Act.POST, Act.EDIT, Act.DELETE}:
        return Permanent(Refusal.UNSUPPORTED, part.act)
    # A private chat has the number of its person.
    is_private = part.visibility is Visibility.PRIVATE and part.act is not Act.DELETE
    if is_private and (part.recipient is None or where.chat != part.recipient):
        return Permanent(Refusal.NOT_PRIVATE, "this is not the chat of whom it is for")
    if not render.fits(part.buttons):
        return Permanent(Refusal.UNSUPPORTED, "a button with an id beyond 64 bytes")
    if part.file is not None and utf16(part.text) > _CAPTION:
        return Permanent(Refusal.TOO_LARGE, "a caption beyond 1024 units")
    return None


def _sent(answer: Object) -> SendResult:
    """Return what Telegram has named the message."""
    chat = number(at(answer, "result", "chat", "id"))
    message = number(at(answer, "result", "message_id"))
    if chat is None or not message:
        return Unknown("an answer without a message")
    return Sent(f"{chat}:{message}")
