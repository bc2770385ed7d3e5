"""Writing what the Bot API is asked for; pure."""

import re
from dataclasses import dataclass

from connectors.base import Button, OutboundPart
from connectors.capabilities import Act
from connectors.shapes import Object

_THREAD = re.compile(r"(-?[0-9]{1,16}|@[A-Za-z0-9_]{1,32})(?:/([0-9]{1,16}))?")
_MESSAGE = re.compile(r"(-?[0-9]{1,16}):([0-9]{1,16})(?::(.*))?")
_LONGEST_DATA = 64  # bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton
_QUIET = {"is_disabled": True}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part goes: a chat or its topic; or `message`, which it changes."""

    chat: str
    topic: int | None = None
    message: int | None = None

    @property
    def chat_id(self) -> int | str:
        """The chat as the Bot API takes it."""
        return self.chat if self.chat.startswith("@") else int(self.chat)


def place(part: OutboundPart) -> Place | None:
    """Return where a part goes; None where that is no place of Telegram."""
    if part.act is not Act.POST:
        found = _MESSAGE.fullmatch(part.target or "")
        if not found or found[3] is not None:  # a press of a button: its message is another one
            return None
        return Place(found[1], message=int(found[2]))
    found = _THREAD.fullmatch(part.thread)
    return Place(found[1], int(found[2]) if found[2] else None) if found else None


def fits(buttons: tuple[Button, ...]) -> bool:
    """Tell whether these can be buttons."""
    return all(1 <= len(button.id.encode()) <= _LONGEST_DATA for button in buttons)


def content(part: OutboundPart, where: Place) -> dict[str, object]:
    """Return a text as it is, without any markup and without previews of what it links to."""
    body = {"chat_id": where.chat_id, "text": part.text, "link_preview_options": _QUIET}
    return body | _topic(where) | _answers(part, where) | _choices(part)


def caption(part: OutboundPart, where: Place) -> dict[str, object]:
    """Return what goes with a file."""
    words = {"caption": part.text} if part.text else {}
    return {"chat_id": where.chat_id} | words | _topic(where) | _answers(part, where)


def change(part: OutboundPart, where: Place, name: str = "text") -> dict[str, object]:
    """Return a message's new text, or another of its fields."""
    quiet: dict[str, object] = {"link_preview_options": _QUIET} if name == "text" else {}
    return which(where) | {name: part.text} | quiet | _choices(part)


def which(where: Place) -> dict[str, object]:
    """Return the message that is meant."""
    return {"chat_id": where.chat_id, "message_id": where.message}


def _topic(where: Place) -> dict[str, object]:
    return {} if where.topic is None else {"message_thread_id": where.topic}


def _answers(part: OutboundPart, where: Place) -> dict[str, object]:
    """Return what is answered, if that is in this chat; it may have been deleted meanwhile."""
    found = _MESSAGE.fullmatch(part.in_reply_to or "")
    if not found or found[1] != where.chat:
        return {}
    answered: Object = {"message_id": int(found[2]), "allow_sending_without_reply": True}
    return {"reply_parameters": answered}


def _choices(part: OutboundPart) -> dict[str, object]:
    if not part.buttons:
        return {}
    rows = [[{"text": button.label, "callback_data": button.id}] for button in part.buttons]
    return {"reply_markup": {"inline_keyboard": rows}}
