"""States of a raw item."""

from enum import StrEnum


class RawState(StrEnum):
    """Where a raw item stands."""

    NEW = "new"
    DONE = "done"
    QUARANTINED = "quarantined"
