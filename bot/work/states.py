"""The lanes of work."""

from enum import StrEnum


class Lane(StrEnum):
    """Each lane has its own workers, so that a mass mailing never delays an answer."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BULK = "bulk"
