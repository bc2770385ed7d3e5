"""States of conversations and messages."""

from enum import StrEnum


class ConversationStatus(StrEnum):
    """Open or closed ("geschlossen"); only tickets are "erledigt"."""

    OPEN = "open"
    CLOSED = "closed"


class Handler(StrEnum):
    """Who answers: the assistant, or a colleague who has taken the conversation."""

    ASSISTANT = "assistant"
    STAFF = "staff"


class Direction(StrEnum):
    """Which way a message goes; a note and a system line go nowhere."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"
    SYSTEM = "system"


class AuthorKind(StrEnum):
    """Who wrote a message."""

    CONTACT = "contact"
    ASSISTANT = "assistant"
    STAFF = "staff"
    SYSTEM = "system"


class Offence(StrEnum):
    """What a message is suspected of; a person judges."""

    ABUSE = "abuse"
    SPAM = "spam"


class Judgement(StrEnum):
    """What a person made of a suspected offence: none, or one indeed."""

    RELEASED = "released"
    CONFIRMED = "confirmed"


class DraftMode(StrEnum):
    """What a draft will become."""

    REPLY = "reply"
    NOTE = "note"
