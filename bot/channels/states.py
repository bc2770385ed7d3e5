"""States of a channel."""

from enum import StrEnum


class ChannelState(StrEnum):
    """Whether a channel takes and sends."""

    ACTIVE = "active"
    PAUSED = "paused"
