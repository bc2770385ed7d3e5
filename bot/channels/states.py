"""States of a channel, how it does, and why a setting is refused."""

from enum import StrEnum


class ChannelState(StrEnum):
    """Whether a channel takes and sends. A removed one keeps its conversations and no secrets.

    A forbidden one goes on by itself when its kind is allowed again; a paused one does not.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    FORBIDDEN = "forbidden"
    REMOVED = "removed"


class Condition(StrEnum):
    """How a channel does, for people and alarms."""

    OK = "ok"
    SLOW = "slow"  # it works, late, or it rests for a moment
    TROUBLE = "trouble"  # a person should look
    PAUSED = "paused"
    FORBIDDEN = "forbidden"  # the city allows no channels of its kind


class Problem(StrEnum):
    """Why a value is not accepted; `bot.channels.texts` says it in words."""

    MISSING = "missing"
    LONG = "long"
    SHORT = "short"
    SHAPE = "shape"  # not as the field's description shows it
    ADDRESS = "address"
    MAIL_SERVER = "mail_server"  # no address of one
    CHOICE = "choice"
    NUMBER = "number"
    UNKNOWN = "unknown"  # there is no such setting
    UNSAFE = "unsafe"  # an address over which everybody can read along
    LOGIN = "login"  # there is nothing to log in with
    TAKEN = "taken"  # another channel is this account already
    TOGETHER = "together"  # the values do not go with each other
    OTHER = "other"
