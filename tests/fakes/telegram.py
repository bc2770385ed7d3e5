"""A Bot API server, written from https://core.telegram.org/bots/api: one bot and its people.

What it answers is held against two oracles, see `tests/connectors/telegram/oracles.py`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BOT_ID, BOT_NAME = 110201543, "Musterstadt_Bot"
TOKEN = f"{BOT_ID}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
GROUP, CHANNEL = -1001000000001, -1001000000002
_BUSY = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
    "running"
)
_PUSHED = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete "
    "the webhook first"
)
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


class Refusal(Exception):  # noqa: N818 (an answer)
    """The server says no."""

    def __init__(self, code: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.code = code
        self.body: Json = {"ok": False, "error_code": code, "description": words}
        if parameters:
            self.body["parameters"] = parameters


@dataclass
class Telegram:
    """The server; `patience` limits how long it waits for news, whatever it is asked.

    `exchanges` are the methods that were asked, with parameters and results; `limits` refuse the
    next requests; `cut` are methods of which the next one acts and answers nothing. `broken` and
    `strange` are updates that are not as the Bot API says.
    """

    patience: float = 25.0
    token: str = TOKEN
    now: Callable[[], float] = time.time
    port: int = 0
    exchanges: list[tuple[str, Json, object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    limits: list[int | None] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    strange: set[int] = field(default_factory=set)
    blocked: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    pressed: list[str] = field(default_factory=list)
    webhook: Json = field(default_factory=dict)
    is_logged_out: bool = False
    chats: dict[int, Json] = field(default_factory=dict)
    messages: dict[tuple[int, int], Json] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    news: threading.Condition = field(default_factory=threading.Condition)
    polled: threading.Event = field(default_factory=threading.Event)  # somebody waits for news

    def __post_init__(self) -> None:
        self._updates: list[Json] = []
        self._last_update = 880_000_000
        self._last_message = 0
        self._people: dict[str, int] = {}
        self._own: set[tuple[int, int]] = set()
        self._poll = 0
        self._closing = False
        self.chats[GROUP] = {"id": GROUP, "type": "supergroup", "title": "Musterstadt redet"}
        self.chats[CHANNEL] = {"id": CHANNEL, "type": "channel", "title": "Musterstadt"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def me(self) -> Json:
        return {"id": BOT_ID, "is_bot": True, "first_name": "Musterstadt", "username": BOT_NAME}

    def person(self, name: str) -> Json:
        """Return somebody who has started the bot."""
        number = self._people.setdefault(name, 500_000_001 + len(self._people))
        person = {"id": number, "is_bot": False, "first_name": name.capitalize()}
        private = {"id": number, "type": "private", "first_name": name.capitalize()}
        self.chats.setdefault(number, private)
        return person

    def message(self, sender: Json, chat: int, **content: object) -> Json:
        """Keep a message and return it."""
        with self.news:
            self._last_message += 1
            found = {
                "message_id": self._last_message,
                "date": int(self.now()),
                "chat": self.chats[chat],
            } | content
            in_channel = self.chats[chat]["type"] == "channel"
            found |= {"sender_chat": self.chats[chat]} if in_channel else {"from": sender}
            if sender["id"] == BOT_ID:
                self._own.add((chat, self._last_message))
            self.messages[chat, self._last_message] = found
            return found

    def tell(self, **update: object) -> int:
        """Put an update before the bot; return its number."""
        with self.news:
            number = self.next_update()
            self._updates.append({"update_id": number} | update)
            self.news.notify_all()
            return number

    def next_update(self) -> int:
        """Return the number of an update that is told in another way."""
        with self.news:
            self._last_update += 1
            return self._last_update

    def write(self, name: str, chat: int | None = None, **content: object) -> Json:
        """Write a message to the bot, in private where no chat is named; return it."""
        person = self.person(name)
        found = self.message(person, chat or person["id"], **content)
        self.tell(message=found)
        return found

    def own(self) -> list[Json]:
        """Return what the bot has posted and what still stands."""
        return [one for key, one in self.messages.items() if key in self._own]

    def store(self, name: str, content: bytes) -> Json:
        """Keep a file and return what describes it."""
        file_id = f"file-{len(self.files) + 1}-{name}"
        self.files[file_id] = content
        return {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}

    def photo(self, content: bytes) -> list[Json]:
        """Keep a photo in two sizes; only the larger one is what was sent."""
        small = self.store("small.jpg", content[:10]) | {"width": 90, "height": 67}
        return [small, self.store("large.jpg", content) | {"width": 1280, "height": 960}]

    def close(self) -> None:
        with self.news:
            self._closing = True
            self.news.notify_all()

    def answer(self, token: str, method: str, asked: Json, files: Mapping[str, bytes]) -> object:
        """Return a method's result; raises `Refusal`."""
        self.asked.append(method)
        if self.limits:
            seconds = self.limits.pop(0)
            if seconds is None:
                raise Refusal(429, "Too Many Requests")
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if token != self.token:
            raise Refusal(404, "Not Found")
        if self.is_logged_out:
            raise Refusal(401, "Unauthorized")
        call: Callable[[Json, Mapping[str, bytes]], object] | None
        call = getattr(self, f"_on_{method.lower()}", None)
        if call is None:
            raise Refusal(404, "Not Found: method not found")
        result = call(asked, files)
        self.exchanges.append((method, asked, result))
        return result

    def _on_getme(self, *_: object) -> Json:
        return self.me | {"can_join_groups": True, "can_read_all_group_messages": False}

    def _on_getupdates(self, asked: Json, _: object) -> list[Json]:
        with self.news:
            if self.webhook:
                raise Refusal(409, _PUSHED)
            self._poll += 1
            mine = self._poll
            offset = int(asked.get("offset", 0))
            self._updates = [one for one in self._updates if one["update_id"] >= offset]
            wanted = set(asked.get("allowed_updates") or ())
            until = time.monotonic() + min(int(asked.get("timeout", 0)), self.patience)
            self.news.notify_all()  # whoever waits here is told that somebody else does
            while True:
                if self._poll != mine:
                    raise Refusal(409, _BUSY)
                kept = [one for one in self._updates if not wanted or one.keys() & wanted]
                self._updates = kept
                left = until - time.monotonic()
                if kept or left <= 0 or self._closing:
                    return kept[: int(asked.get("limit", 100))]
                self.polled.set()
                self.news.wait(left)

    def _on_setwebhook(self, asked: Json, _: object) -> bool:
        self.webhook = dict(asked) if asked["url"] else {}
        return True

    def _on_deletewebhook(self, asked: Json, _: object) -> bool:
        self.webhook = {}
        if asked.get("drop_pending_updates"):
            self._updates = []
        return True

    def _on_getwebhookinfo(self, *_: object) -> Json:
        told = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        told.pop("drop_pending_updates", None)
        pending = {"has_custom_certificate": False, "pending_update_count": len(self._updates)}
        return {"url": ""} | told | pending

    def _on_sendmessage(self, asked: Json, _: object) -> Json:
        words = asked["text"].strip()
        if not words:
            raise Refusal(400, "Bad Request: message text is empty")
        if _units(words) > 4096:
            raise Refusal(400, "Bad Request: message is too long")
        return self._posted(asked, text=words)

    def _on_sendphoto(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        if not files["photo"].startswith(_PICTURES):
            raise Refusal(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(files["photo"]) > 10_000_000:
            raise Refusal(413, "Request Entity Too Large")
        return self._posted(asked, photo=self.photo(files["photo"]), **_caption(asked))

    def _on_senddocument(self, asked: Json, files: Mapping[str, bytes]) -> Json:
        name, content = asked["_name"], files["document"]
        described = self.store(name, content) | {"file_name": name, "mime_type": asked["_type"]}
        return self._posted(asked, document=described, **_caption(asked))

    def _on_editmessagetext(self, asked: Json, _: object) -> Json:
        return self._changed(asked, "text")

    def _on_editmessagecaption(self, asked: Json, _: object) -> Json:
        return self._changed(asked, "caption")

    def _on_deletemessage(self, asked: Json, _: object) -> bool:
        chat = self._chat(asked)
        found = self.messages.get((chat, asked["message_id"]))
        if found is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        if self.chats[chat]["type"] == "private" and found.get("is_old"):
            raise Refusal(400, "Bad Request: message can't be deleted for everyone")
        del self.messages[chat, asked["message_id"]]
        return True

    def _on_answercallbackquery(self, asked: Json, _: object) -> bool:
        self.pressed.append(asked["callback_query_id"])
        return True

    def _on_getfile(self, asked: Json, _: object) -> Json:
        content = self.files.get(asked["file_id"])
        if content is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(content) > 20_000_000:
            raise Refusal(400, "Bad Request: file is too big")
        file_id = asked["file_id"]
        told = {"file_id": file_id, "file_unique_id": file_id, "file_size": len(content)}
        return told | {"file_path": f"documents/{file_id}"}

    def _chat(self, asked: Json) -> int:
        chat = asked["chat_id"]
        if str(chat).startswith("@"):
            named = (i for i, one in self.chats.items() if f"@{one.get('username')}" == chat)
            chat = next(named, 0)
        chat = int(chat)
        if chat in self.moved:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, words, migrate_to_chat_id=self.moved[chat])
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            raise Refusal(400, "Bad Request: chat not found")
        return chat

    def _posted(self, asked: Json, **content: object) -> Json:
        chat = self._chat(asked)
        told = asked.get("reply_parameters")
        if told:
            answered = self.messages.get((chat, told["message_id"]))
            if answered is not None:
                bare = {key: one for key, one in answered.items() if key != "reply_to_message"}
                content["reply_to_message"] = bare
            elif not told.get("allow_sending_without_reply"):
                raise Refusal(400, "Bad Request: message to be replied not found")
        if "message_thread_id" in asked:
            if not self.chats[chat].get("is_forum"):
                raise Refusal(400, "Bad Request: message thread not found")
            content |= {"message_thread_id": asked["message_thread_id"], "is_topic_message": True}
        return self.message(self.me, chat, **content, **_keyboard(asked))

    def _changed(self, asked: Json, name: str) -> Json:
        found = self.messages.get((self._chat(asked), asked["message_id"]))
        if found is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if (found["chat"]["id"], found["message_id"]) not in self._own:
            raise Refusal(400, "Bad Request: message can't be edited")
        if name == "text" and "text" not in found:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        if found.get(name) == asked[name]:
            raise Refusal(
                400, "Bad Request: message is not modified: specified new message content"
            )
        found |= {name: asked[name], "edit_date": int(self.now())} | _keyboard(asked)
        return found


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2


def _caption(asked: Json) -> Json:
    if _units(asked.get("caption", "")) > 1024:
        raise Refusal(400, "Bad Request: message caption is too long")
    return {"caption": asked["caption"]} if asked.get("caption") else {}


def _keyboard(asked: Json) -> Json:
    markup = asked.get("reply_markup")
    if markup is None:
        return {}
    for row in markup["inline_keyboard"]:
        for button in row:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return {"reply_markup": markup}
