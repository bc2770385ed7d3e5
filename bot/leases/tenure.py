"""Holding a lease as long as the process runs, and knowing when it may be gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from bot.db.engine import Database
from bot.leases import service as leases
from bot.leases.service import Held, LeaseLostError

RENEW_EVERY = leases.LENGTH / 4
_MARGIN = timedelta(seconds=2)  # clocks of two machines are never quite the same


class Tenure:
    """One lease of one process; `tend` it every few seconds, and `prove` it in every write."""

    def __init__(self, name: str, owner: str, now: Callable[[], datetime]) -> None:
        self.name = name
        self._owner = owner
        self._now = now
        self._held: Held | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    @property
    def held(self) -> bool:
        """Whether it is still ours by our own clock."""
        return self._held is not None and self._now() < self._until

    @property
    def until(self) -> datetime:
        """Until when it is ours at least."""
        return self._until

    def tend(self, session: Session) -> bool:
        """Renew it, or take it where nobody has it; tell whether it is ours."""
        now = self._now()
        if self._held is None or not leases.keep(session, self._held, now=now):
            self._held = leases.take(session, self.name, self._owner, now=now)
        if self._held is not None:
            self._until = now + leases.LENGTH - _MARGIN
        return self._held is not None

    def prove(self, session: Session) -> None:
        """Lock the lease until the commit; raises `LeaseLostError` where it is not ours."""
        if self._held is None:
            raise LeaseLostError(f"This process does not hold {self.name}.")
        leases.prove(session, self._held)

    def give_back(self, session: Session) -> None:
        """Let the next process take it at once."""
        if self._held is not None:
            leases.give_back(session, self._held)
            self._held = None


class Guarded:
    """The database of somebody who holds a lease: every write proves it first."""

    def __init__(self, database: Database, tenure: Tenure) -> None:
        self._database = database
        self._tenure = tenure

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """Open a write transaction; raises `LeaseLostError` where the lease is another's."""
        with self._database.unit_of_work() as session:
            self._tenure.prove(session)
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a read-only transaction."""
        with self._database.read() as session:
            yield session
