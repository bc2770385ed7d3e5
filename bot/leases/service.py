"""Taking, keeping and proving a lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.orm import Session

from bot.db.bulk import insert
from bot.errors import StadtdrahtError
from bot.leases.models import Lease

LENGTH = timedelta(seconds=20)
# Nobody takes a lease for so long: the clock of its holder has jumped.
_ABSURD = 10 * LENGTH
_IDLE = timedelta(minutes=1) - LENGTH
_MUTE = {"synchronize_session": False}


class LeaseLostError(StadtdrahtError):
    """Another process has taken over: what this one was about to write is not its own any more."""

    code = "lease_lost"
    status = 503


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that was ours when it was taken; `fence` proves it in every write."""

    name: str
    owner: str
    fence: int


def be_quick(session: Session, seconds: int) -> None:
    """Wait for the lock of a row no longer than this; on SQLite there are none."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))


def take(session: Session, name: str, owner: str, *, now: datetime) -> Held | None:
    """Take a lease that nobody holds or whose time is over or absurd; None while another has it."""
    statement = insert(session, Lease).values(name=name, owner=owner, until=now + LENGTH, fence=1)
    taken = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"owner": owner, "until": now + LENGTH, "fence": Lease.fence + 1},
            where=or_(Lease.owner.is_(None), Lease.until <= now, Lease.until > now + _ABSURD),
        ).returning(Lease.fence)
    )
    return Held(name, owner, taken) if taken is not None else None


def keep(session: Session, held: Held, *, now: datetime) -> bool:
    """Renew a lease; False when another process has taken it."""
    renewed = session.scalar(
        update(Lease)
        .where(*_mine(held))
        .values(until=now + LENGTH)
        .returning(Lease.fence)
        .execution_options(**_MUTE)
    )
    return renewed is not None


def prove(session: Session, held: Held) -> None:
    """Lock the lease until the commit; raises `LeaseLostError` when another process has it.

    A process that was frozen past its lease finds its fence outdated and must write nothing.
    """
    found = session.scalar(select(Lease.name).where(*_mine(held)).with_for_update(read=True))
    if found is None:
        raise LeaseLostError(f"Another process holds {held.name} now.")


def give_back(session: Session, held: Held) -> None:
    """Let the next process take it at once."""
    session.execute(update(Lease).where(*_mine(held)).values(owner=None).execution_options(**_MUTE))


def is_idle(session: Session, name: str, *, now: datetime) -> bool:
    """Tell whether nobody has kept a lease for a minute that somebody held once."""
    until = session.scalar(select(Lease.until).where(Lease.name == name))
    return until is not None and until <= now - _IDLE


def _mine(held: Held) -> tuple[ColumnElement[bool], ...]:
    """Name the row as it was taken: a fence whose commit failed may be another owner's by now."""
    return Lease.name == held.name, Lease.owner == held.owner, Lease.fence == held.fence


def free_all(session: Session) -> None:
    """Free every lease: on SQLite a start is proof that no other process holds one."""
    session.execute(update(Lease).values(owner=None).execution_options(**_MUTE))
