"""Whether an update is for us at all; pure. Of a group nothing else may be stored."""

from dataclasses import dataclass

from connectors.shapes import Object, at, listing, number, obj, text

# Of channels we are the author; who was taken in or put out has said nothing.
_NOBODY_SPEAKS = frozenset(
    {"channel_post", "edited_channel_post", "my_chat_member", "chat_member", "poll"}
)
GROUPS = frozenset({"group", "supergroup"})


@dataclass(frozen=True, slots=True)
class Me:
    """Our bot."""

    id: int
    username: str


def is_for_us(update: Object, me: Me) -> bool:
    """Tell whether somebody speaks to us; what has no shape that we know is for us, to be seen."""
    if update.keys() & _NOBODY_SPEAKS:
        return False
    if "message_reaction" in update:
        # Of a group's reactions nobody could say whether they are on something of ours.
        return at(update, "message_reaction", "chat", "type") == "private"
    for kind in ("message", "edited_message"):
        message = obj(update.get(kind))
        chat = text(at(message, "chat", "type"))
        if chat == "channel":
            return False
        if chat in GROUPS:
            return addresses(message, me)
    return True


def addresses(message: Object, me: Me) -> bool:
    """Tell whether a message of a group is addressed to us.

    It mentions the bot, is a command for it by name, answers it, or is a comment on what a channel
    has posted (its automatic forward into the group where that is discussed).
    """
    answered = obj(message.get("reply_to_message"))
    if answered.get("is_automatic_forward") is True:
        return message.get("is_automatic_forward") is not True
    # In a topic that we have opened everything that is no answer hangs below its opening.
    is_opening = "forum_topic_created" in answered
    if at(answered, "from", "id") == me.id and not is_opening:
        return True
    return _mentions(message, "text", "entities", me) or _mentions(
        message, "caption", "caption_entities", me
    )


def _mentions(message: Object, words: str, entities: str, me: Me) -> bool:
    said = text(message.get(words)) or ""
    return any(_names(said, obj(entity), me) for entity in listing(message.get(entities)))


def _names(said: str, entity: Object, me: Me) -> bool:
    name = f"@{me.username.casefold()}"
    match entity.get("type"):
        case "mention":
            return _part(said, entity).casefold() == name
        case "bot_command":
            return _part(said, entity).casefold().endswith(name)
        case "text_mention":
            return at(entity, "user", "id") == me.id
    return False


def _part(said: str, entity: Object) -> str:
    """Return what an entity is about; its place is counted in UTF-16 units.

    https://core.telegram.org/bots/api#messageentity
    """
    start, length = number(entity.get("offset")), number(entity.get("length"))
    if start is None or length is None or start < 0 or length < 0:
        return ""
    units = said.encode("utf-16-le")
    return units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
