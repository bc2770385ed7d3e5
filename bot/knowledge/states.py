"""How an article stands, and what may be wrong with it."""

from enum import StrEnum


class Standing(StrEnum):
    """What somebody who looks after an article should know, the gravest first."""

    EXPIRED = "expired"  # no longer used
    ENDING = "ending"  # used, but not for long
    UNCHECKED = "unchecked"  # used, but nobody of the city has confirmed it
    OLD = "old"  # used, but confirmed long ago
    UPCOMING = "upcoming"  # not used yet
    FINE = "fine"


class Problem(StrEnum):
    """Why an article cannot be saved as it is."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NO_ADDRESS = "no_address"
    FUTURE = "future"
    BEFORE_BEGIN = "before_begin"
