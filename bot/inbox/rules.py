"""When a person has to look at a conversation."""

from datetime import datetime


def needed(emergency_at: datetime | None, waiting_since: datetime | None) -> dict[str, object]:
    """Return the columns by which the view of what waits is sorted.

    `needed_since` is when a person first had to look, `needed_rank` 0 for an emergency, else 1.
    """
    return {
        "needed_since": waiting_since or emergency_at,
        "needed_rank": 1 if emergency_at is None else 0,
    }
