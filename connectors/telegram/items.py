"""Raw items: updates as Telegram gave them, before anything reads them; pure."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from connectors.base import AWAITED, TOO_LARGE, RawItem
from connectors.shapes import Object, at, number, obj, text
from connectors.telegram.addressing import GROUPS, Me, addresses, is_for_us
from connectors.telegram.content import file_of

_ALBUMS = 100  # that are remembered
_LARGEST_ID = 2**52  # of a chat or a user: https://core.telegram.org/bots/api#chat
_LAST_SECOND = 4_102_444_800  # the end of this century


class Albums:
    """Which albums of groups are for us: of several messages only one bears the words."""

    def __init__(self) -> None:
        self._ours: dict[tuple[int | None, str], None] = {}

    def is_ours(self, update: Object, me: Me) -> bool:
        """Tell whether an update brings a picture of an album that is for us."""
        message = obj(update.get("message"))
        album = text(message.get("media_group_id"))
        if album is None:
            return False
        key = chat_id(message), album
        if addresses(message, me):
            self._ours[key] = None
            for oldest in list(self._ours)[:-_ALBUMS]:
                del self._ours[oldest]
        return key in self._ours


def items(
    updates: Iterable[object], me: Me, largest: int, albums: Albums | None = None
) -> list[RawItem]:
    """Return what is for us; a file of more than `largest` bytes is not fetched."""
    known = albums or Albums()
    return [
        item(update, me, largest)
        for update in updates
        if known.is_ours(obj(update), me) or is_for_us(obj(update), me)
    ]


def item(update: object, me: Me, largest: int) -> RawItem:
    """Return the raw item of an update, whatever it looks like."""
    found = obj(update)
    update_id = number(found.get("update_id"))
    kind, content = _content(found)
    message = obj(content.get("message")) if kind == "callback_query" else content
    chat = chat_id(message)
    file = file_of(content) if kind == "message" else None
    missing = None
    if file is not None:
        missing = TOO_LARGE if file.size is not None and file.size > largest else AWAITED
    return RawItem(
        event_id=str(update_id) if update_id is not None else f"unnamed:{_fingerprint(update)}",
        order_key=str(chat) if chat is not None else "nowhere",
        payload={
            "me": {"id": me.id, "username": me.username},
            "update": update,
            "missing": missing,
        },
        sent_at=None if kind == "callback_query" else instant(_date(content)),
        about=native_id(found),
        awaits=missing == AWAITED,
    )


def following(updates: Iterable[object]) -> int | None:
    """Return the offset behind these updates; None where none of them has a number."""
    numbers = [number(at(update, "update_id")) for update in updates]
    return max((one + 1 for one in numbers if one is not None), default=None)


def native_id(update: Object) -> str | None:
    """Return the name of the message that an update brings or changes.

    A message's number is unique in its chat only. A press of a button has the name of the message
    above it, and its own.
    """
    kind, content = _content(update)
    message = obj(content.get("message")) if kind == "callback_query" else content
    chat, number_ = chat_id(message), number(message.get("message_id"))
    if chat is None or number_ is None:
        return None
    name = f"{chat}:{number_}"
    if kind != "callback_query":
        return name
    press = text(content.get("id"))
    return f"{name}:{press[:64]}" if press else None


def post_above(message: Object, me: int | None) -> str | None:
    """Return the name of the post on which a message of a group is a comment, if that is ours.

    It is what the group's channel has posted (its automatic forward into the group), or what our
    bot has said there. Of an answer to another comment Telegram does not tell the post.
    """
    answered, chat = obj(message.get("reply_to_message")), chat_id(message)
    is_post = answered.get("is_automatic_forward") is True
    is_bots = me is not None and at(answered, "from", "id") == me
    is_group = text(at(message, "chat", "type")) in GROUPS
    if not is_group or "forum_topic_created" in answered:
        return None
    above = number(answered.get("message_id"))
    return f"{chat}:{above}" if chat and above and (is_post or is_bots) else None


def chat_id(message: Object) -> int | None:
    """Return the chat of a message."""
    found = number(at(message, "chat", "id"))
    return found if found is not None and abs(found) < _LARGEST_ID else None


def instant(value: object) -> datetime | None:
    """Return seconds since 1970 as an instant; None for what is absurd."""
    found = number(value)
    if found is None or not 0 < found < _LAST_SECOND:
        return None
    return datetime.fromtimestamp(found, UTC)


def _content(update: Object) -> tuple[str, Object]:
    """Return what an update is, and its object."""
    for kind, content in update.items():
        if isinstance(content, dict):
            return kind, content
    return "", {}


def _date(content: Object) -> object:
    return content.get("edit_date") or content.get("date")


def _fingerprint(update: object) -> str:
    return hashlib.sha256(json.dumps(update, sort_keys=True).encode()).hexdigest()[:32]
