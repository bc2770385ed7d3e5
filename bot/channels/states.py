"""States of a channel."""

from enum import StrEnum


class ChannelState(StrEnum):
    """Whether a channel takes and sends. A removed one keeps its conversations and no secrets."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"
