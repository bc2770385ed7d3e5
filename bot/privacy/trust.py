"""Whether the clock may be believed: a wrong one would make the city forget everything at once.

Why so, and what it costs: docs/adr/0019-forgetting-distrusts-the-clock.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.city.models import CitySetting
from bot.db import bulk

AHEAD = timedelta(days=3)  # so far behind the last sweep everything is due as it always was
PROOF = timedelta(days=1)  # of running on a clock that stands further ahead
_STEP = timedelta(hours=1)  # more between two looks was a stop or a jump, and proves nothing
_ROW = "forgetting"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the clock stands; `proven` is None while it is believed.

    `last` is when it was believed last, `seen` when it was looked at last, `proven` how long the
    city has run since the clock stands so far ahead.
    """

    last: datetime | None
    seen: datetime
    proven: timedelta | None

    @property
    def is_believed(self) -> bool:
        """Whether what is due by this clock may go."""
        return self.proven is None


def judge(before: Standing | None, now: datetime) -> Standing:
    """Return how the clock stands after one more look."""
    if before is None:
        return Standing(None, now, timedelta(0))
    if before.last is not None and now - before.last <= AHEAD:
        return Standing(now, now, None)
    step = now - before.seen
    if before.proven is None or abs(step) > AHEAD:  # it has just jumped
        proven = timedelta(0)
    elif timedelta(0) <= step <= _STEP:
        proven = before.proven + step
    else:
        proven = before.proven
    return Standing(now, now, None) if proven >= PROOF else Standing(before.last, now, proven)


def look(session: Session, *, now: datetime) -> Standing:
    """Look at the clock, and keep how it stands."""
    found = judge(standing(session), now)
    keep(session, found)
    return found


def standing(session: Session) -> Standing | None:
    """Return how the clock stood at the last look; None before the first one."""
    value = session.scalar(select(CitySetting.value).where(CitySetting.name == _ROW))
    if value is None:
        return None
    last, proven = value["last"], value["proven_seconds"]
    return Standing(
        datetime.fromisoformat(str(last)) if last is not None else None,
        datetime.fromisoformat(str(value["seen"])),
        timedelta(seconds=float(str(proven))) if proven is not None else None,
    )


def keep(session: Session, found: Standing) -> None:
    """Store how the clock stands."""
    value = {
        "last": found.last.isoformat() if found.last else None,
        "seen": found.seen.isoformat(),
        "proven_seconds": found.proven.total_seconds() if found.proven is not None else None,
    }
    session.execute(
        bulk.insert(session, CitySetting)
        .values(name=_ROW, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
