"""The only place that reads the time; everything else is given it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)
