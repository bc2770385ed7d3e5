"""Reading Telegram's updates as they were stored; pure.

python-telegram-bot is the strict reader: what it cannot read is no update. The values are then
taken from the update itself, each with its type checked, because the library checks none.
"""

from collections.abc import Mapping

from telegram import Update

from connectors import shapes
from connectors.base import (
    AWAITED,
    MISSING,
    TOO_LARGE,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Location,
    ParseError,
    Sender,
)
from connectors.capabilities import Visibility
from connectors.shapes import Object, at, listing, number, obj
from connectors.telegram.content import file_of
from connectors.telegram.items import chat_id, instant, native_id, post_above
from connectors.text import clean

# What Telegram itself tells of a chat (https://core.telegram.org/bots/api#message): nobody speaks.
_SERVICE = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "chat_owner_left",
        "chat_owner_changed",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "gift_upgrade_sent",
        "connected_website",
        "write_access_allowed",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "direct_message_price_changed",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_created",
        "giveaway_completed",
        "managed_bot_created",
        "paid_message_price_changed",
        "poll_option_added",
        "poll_option_deleted",
        "suggested_post_approved",
        "suggested_post_approval_failed",
        "suggested_post_declined",
        "suggested_post_paid",
        "suggested_post_refunded",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "web_app_data",
    }
)
_SILENT = frozenset(
    {"channel_post", "edited_channel_post", "my_chat_member", "chat_member", "poll", "poll_answer"}
)
_SYMBOL = 80
_CUSTOM = "❔"  # an emoji of somebody's own, of which Telegram tells a number only
_STAR = "⭐"  # one that was paid for


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored update; raises `ParseError`."""
    update = obj(payload.get("update"))
    # The library itself warns of some of these when it reads them.
    if obj(update.get("message")).keys() & _SERVICE:
        return []
    try:
        Update.de_json(dict(update), None)
    except Exception as error:  # noqa: BLE001 (it fails in every way there is, by whatever is wrong)
        raise ParseError(f"no update: {type(error).__name__}") from None
    if "message" in update:
        return _message(update, obj(update["message"]), payload)
    if "edited_message" in update:
        return _edit(update, obj(update["edited_message"]))
    if "callback_query" in update:
        return _press(update, obj(update["callback_query"]))
    if "message_reaction" in update:
        return _reactions(update, obj(update["message_reaction"]))
    if update.keys() & _SILENT:
        return []
    raise ParseError("an update of a kind that nobody knows")


def _message(update: Object, message: Object, payload: Object) -> list[InboundEvent]:
    named, sender, missing = _named(update), _sender(message), payload.get("missing")
    if sender is None:
        return []
    content, unread = _said(message, "text"), None
    location, files = None, 0
    if file_of(message) is not None:
        content, files = _said(message, "caption"), 1 if missing == AWAITED else 0
        unread = {AWAITED: AWAITED, TOO_LARGE: TOO_LARGE}.get(str(missing), MISSING)
    elif "location" in message:
        location = _location(obj(message["location"]))
        content = _venue(obj(message.get("venue")))
        unread = None if location else "location"
    elif "contact" in message:
        content = _contact(obj(message["contact"]))
    elif "sticker" in message:
        content, unread = _said(obj(message["sticker"]), "emoji"), "sticker"
    elif "poll" in message:
        content, unread = _said(obj(message["poll"]), "question"), "poll"
    elif not content:
        content, unread = _said(message, "caption"), "unknown"
    return [
        InboundMessage(
            native_id=named,
            thread=_thread(message),
            visibility=_visibility(message),
            sender=sender,
            text=content,
            sent_at=instant(message.get("date")),
            location=location,
            files=files,
            unread=unread,
            spoken=bool(files) and "voice" in message,
            below=post_above(message, number(at(payload, "me", "id"))),
        )
    ]


def _edit(update: Object, message: Object) -> list[InboundEvent]:
    named = _named(update)
    if _sender(message) is None:
        return []
    edited_at = instant(message.get("edit_date"))
    if file_of(message) is not None:
        return [InboundEdit(named, _said(message, "caption"), edited_at)]
    words = _said(message, "text")
    # A place that moves on is edited with each step; its message stays what it was.
    return [InboundEdit(named, words, edited_at)] if words else []


def _press(update: Object, press: Object) -> list[InboundEvent]:
    """Read the press of a button: its person says what stands on it."""
    named = _named(update)
    message, choice = obj(press.get("message")), shapes.text(press.get("data"))
    sender = _person(obj(press.get("from")))
    if sender is None or choice is None:
        return []
    return [
        InboundMessage(
            native_id=named,
            thread=_thread(message),
            visibility=_visibility(message),
            sender=sender,
            text=_label(message, choice) or choice,
            choice=choice,
        )
    ]


def _label(message: Object, choice: str) -> str:
    for row in listing(at(message, "reply_markup", "inline_keyboard")):
        for button in listing(row):
            if at(button, "callback_data") == choice:
                return _said(obj(button), "text")
    return ""


def _reactions(update: Object, changed: Object) -> list[InboundEvent]:
    """Read which signs somebody has put on a message, and which taken back."""
    target, sender = _named(update), _person(obj(changed.get("user")))
    if sender is None:
        return []
    before, after = (_symbols(changed.get(name)) for name in ("old_reaction", "new_reaction"))

    def named(symbol: str) -> str:
        return f"{target}:{sender.id}:{symbol}"

    gone = [InboundDeletion(named(symbol)) for symbol in before if symbol not in after]
    come = [
        InboundReaction(named(symbol), target, sender, symbol)
        for symbol in after
        if symbol not in before
    ]
    return [*gone, *come]


def _symbols(reactions: object) -> list[str]:
    found = []
    for reaction in map(obj, listing(reactions)):
        match reaction.get("type"):
            case "emoji":
                found.append(clean(shapes.text(reaction.get("emoji")) or "")[:_SYMBOL])
            case "paid":
                found.append(_STAR)
            case _:
                found.append(_CUSTOM)
    return [symbol for symbol in dict.fromkeys(found) if symbol]


def _named(update: Object) -> str:
    found = native_id(update)
    if found is None:
        raise ParseError("a message without chat or number")
    return found


def _thread(message: Object) -> str:
    """Return the chat, or in one with topics the topic (message_thread_id is also in others)."""
    chat = chat_id(message)
    if chat is None:
        raise ParseError("a message without a chat")
    topic = number(message.get("message_thread_id"))
    has_topic = message.get("is_topic_message") is True and topic is not None
    return f"{chat}/{topic}" if has_topic else str(chat)


def _visibility(message: Object) -> Visibility:
    private = at(message, "chat", "type") == "private"
    return Visibility.PRIVATE if private else Visibility.PUBLIC


def _sender(message: Object) -> Sender | None:
    """Return who wrote; None for programs, ourselves among them.

    Somebody who writes in a group's or channel's name is named like it: Telegram gives no other.
    """
    if message.get("is_automatic_forward") is True:
        return None
    chat = obj(message.get("sender_chat"))
    if chat:
        found = number(chat.get("id"))
        return Sender(str(found), _name(chat.get("title"))) if found is not None else None
    if "from" not in message:
        raise ParseError("a message of nobody")
    return _person(obj(message.get("from")))


def _person(user: Object) -> Sender | None:
    found = number(user.get("id"))
    if found is None or user.get("is_bot") is not False:
        return None
    return Sender(str(found), _name(user.get("first_name"), user.get("last_name")))


def _name(*parts: object) -> str | None:
    words = (clean(shapes.text(part) or "") for part in parts)
    return " ".join(word for word in words if word)[:200].strip() or None


def _said(content: Object, name: str) -> str:
    return clean(shapes.text(content.get(name)) or "")


def _location(place: Object) -> Location | None:
    lat, lon = place.get("latitude"), place.get("longitude")
    if not isinstance(lat, int | float) or not isinstance(lon, int | float):
        return None
    return Location(float(lat), float(lon)) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _venue(venue: Object) -> str:
    return ", ".join(filter(None, (_said(venue, "title"), _said(venue, "address"))))


def _contact(contact: Object) -> str:
    names = ("first_name", "last_name", "phone_number")
    return " ".join(filter(None, (_said(contact, name) for name in names)))
