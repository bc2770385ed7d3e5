"""Names, ages of sessions, and browser families: pure decisions about accounts."""

import unicodedata
from datetime import datetime, timedelta

IDLE = timedelta(hours=12)
LIFE = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=5)
TOKEN_TOUCH_EVERY = timedelta(hours=1)
NAME_LENGTH = 80

_FAMILIES = (  # the first one that is named counts: Edge and Chrome also say "Safari"
    ("Firefox/", "Firefox"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
OTHER_CLIENT = "other"


def fold(username: str) -> str:
    """Return the form in which a user name is stored and compared."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def is_username(folded: str) -> bool:
    """Whether a folded user name can exist: 1 to 80 printable characters."""
    return 0 < len(folded) <= NAME_LENGTH and folded.isprintable()


def session_end(*, created_at: datetime, seen_at: datetime) -> datetime:
    """When a session ends unless it is used again: 12 hours idle, 7 days at most."""
    return min(created_at + LIFE, seen_at + IDLE)


def client_family(user_agent: str | None) -> str:
    """Return the browser's family; nothing else of the user agent is kept."""
    for mark, family in _FAMILIES:
        if user_agent and mark in user_agent:
            return family
    return OTHER_CLIENT
