"""Telegram as the conformance suite sees it: people beside our bot, in private and in a group."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from connectors.base import RawFile
from connectors.capabilities import Visibility
from connectors.telegram.settings import Settings
from tests.conformance.counterpart import Counterpart, Heard, NotOffered, Push
from tests.fakes.telegram import BOT_NAME, GROUP, TOKEN, Json, Telegram
from tests.fakes.telegram_http import running as serving

_MENTION = f"@{BOT_NAME} "
_PATIENCE = 2.0  # seconds for which the server waits for news


class TelegramCounterpart:
    """Drives the fake of `tests/fakes/telegram.py`."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._presses = itertools.count(1)

    @property
    def ports(self) -> Mapping[str, int]:
        return {"http": self._telegram.port}

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        server = f"http://127.0.0.1:{ports['http']}"
        return {"username": BOT_NAME, "token": TOKEN, "server": server}

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        public = visibility is Visibility.PUBLIC
        content = self._content(text, file, mention=public and reply_to is None)
        if reply_to is not None:
            content["reply_to_message"] = self._found(reply_to)
        said = self._telegram.write(who, GROUP if public else None, **content)
        return _native(said)

    def edit(self, who: str, native_id: str, text: str) -> None:
        found = self._found(native_id)
        mention = "entities" in found or "caption_entities" in found
        name = "text" if "text" in found else "caption"
        changed = _words(text, name, mention=mention) | {"edit_date": int(self._telegram.now())}
        found |= changed
        self._telegram.tell(edited_message=dict(found))

    def delete(self, who: str, native_id: str) -> None:
        raise NotOffered("Telegram tells bots of no deletion")

    def press(self, who: str, native_id: str, label: str) -> None:
        found = self._found(native_id)
        rows = found["reply_markup"]["inline_keyboard"]
        data = next(one["callback_data"] for row in rows for one in row if one["text"] == label)
        press = {"id": str(next(self._presses)), "chat_instance": "1", "data": data}
        person = self._telegram.person(who)
        self._telegram.tell(callback_query=press | {"from": person, "message": found})

    def react(self, who: str, native_id: str, symbol: str) -> None:
        found = self._found(native_id)
        sign = {"type": "emoji", "emoji": symbol}
        changed = {"chat": found["chat"], "message_id": found["message_id"], "date": found["date"]}
        person = self._telegram.person(who)
        signs = {"old_reaction": [], "new_reaction": [sign]}
        self._telegram.tell(message_reaction=changed | {"user": person} | signs)

    def be_strange(self, who: str) -> None:
        person = self._telegram.person(who)
        said = self._telegram.message(person, person["id"], hologram={"depth": 3})
        self._telegram.strange.add(self._telegram.tell(message=said))

    def be_broken(self, who: str) -> None:
        person = self._telegram.person(who)
        said = dict(self._telegram.message(person, person["id"], text="kaputt"))
        del said["date"]
        self._telegram.broken.add(self._telegram.tell(message=said))

    def remark(self, who: str, native_id: str, text: str) -> str:
        raise NotOffered("who has written may be answered at any time: there is no summons")

    def block(self, who: str) -> Visibility:
        self._telegram.blocked.add(self._telegram.person(who)["id"])
        return Visibility.PRIVATE

    def clock(self, offset: timedelta) -> None:
        self._telegram.now = lambda: time.time() + offset.total_seconds()

    def heard(self) -> list[Heard]:
        return [self._heard(one) for one in self._telegram.own()]

    def shows(self, native_id: str) -> bool:
        chat, message = native_id.split(":")[:2]
        return (int(chat), int(message)) in self._telegram.messages

    def limit(self, retry_after: int | None) -> None:
        self._telegram.limits.append(retry_after)

    def log_out(self) -> None:
        self._telegram.is_logged_out = True

    def log_in(self) -> None:
        self._telegram.is_logged_out = False

    def push(self, who: str, text: str) -> Push:
        person = self._telegram.person(who)
        said = self._telegram.message(person, person["id"], text=text)
        body = json.dumps({"update_id": self._telegram.next_update(), "message": said}).encode()
        secret = Settings.model_validate(self.settings(self.ports)).webhook_secret
        shown = self._telegram.webhook.get("secret_token", secret)
        headers = {"x-telegram-bot-api-secret-token": shown, "content-type": "application/json"}
        return Push(headers, body)

    def _content(self, text: str, file: RawFile | None, *, mention: bool) -> Json:
        if file is None:
            return _words(text, "text", mention=mention)
        content = _words(text, "caption", mention=mention) if text or mention else {}
        if file.declared_type == "image/jpeg":
            return content | {"photo": self._telegram.photo(file.content)}
        described = self._telegram.store(file.name, file.content)
        if file.declared_type == "audio/ogg":
            return content | {"voice": described | {"duration": 3, "mime_type": "audio/ogg"}}
        named = {"file_name": file.name, "mime_type": file.declared_type}
        return content | {"document": described | named}

    def _found(self, native_id: str) -> Json:
        chat, message = native_id.split(":")[:2]
        return self._telegram.messages[int(chat), int(message)]

    def _heard(self, message: Json) -> Heard:
        answered = message.get("reply_to_message")
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        private = message["chat"]["type"] == "private"
        return Heard(
            native_id=_native(message),
            text=message.get("text") or message.get("caption") or "",
            visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
            in_reply_to=_native(answered) if answered else None,
            buttons=tuple(button["text"] for row in rows for button in row),
            files=tuple(self._files(message)),
        )

    def _files(self, message: Json) -> Iterator[RawFile]:
        for photo in message.get("photo", [])[-1:]:
            yield RawFile("photo.jpg", "image/jpeg", self._telegram.files[photo["file_id"]])
        if document := message.get("document"):
            content = self._telegram.files[document["file_id"]]
            yield RawFile(document["file_name"], document["mime_type"], content)


def _native(message: Json) -> str:
    return f"{message['chat']['id']}:{message['message_id']}"


def _words(text: str, name: str, *, mention: bool) -> Json:
    """Return a text; in a group it names the bot, or it would not be heard."""
    if not mention:
        return {name: text}
    entities = "entities" if name == "text" else "caption_entities"
    marked = {"type": "mention", "offset": 0, "length": len(_MENTION) - 1}
    return {name: _MENTION + text, entities: [marked]}


@contextmanager
def running() -> Iterator[Counterpart]:
    """Run the server."""
    with serving(Telegram(patience=_PATIENCE)) as telegram:
        yield TelegramCounterpart(telegram)
