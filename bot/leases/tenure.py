"""Holding a lease as long as the process runs, and knowing when it may be gone."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from bot.db.engine import Database, Store
from bot.leases import service as leases
from bot.leases.service import Held, LeaseLostError

RENEW_EVERY = leases.LENGTH.total_seconds() / 4
_MARGIN = 2.0  # seconds: clocks of two machines are never quite the same
LOCK_WITHIN = 3  # seconds: a lease that somebody frozen has locked must not hold up the others

Ticks = Callable[[], float]


class Tenure:
    """One lease of one process; `tend` it every few seconds, and `prove` it in every write.

    The rows hold times of day, but how long it is ours we count ourselves, in `ticks` that no
    clock change moves.
    """

    def __init__(
        self, name: str, owner: str, now: Callable[[], datetime], ticks: Ticks = time.monotonic
    ) -> None:
        self.name = name
        self._owner = owner
        self._now = now
        self._ticks = ticks
        self._held: Held | None = None
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether it is still ours by our own count."""
        return self._held is not None and self._ticks() < self._until

    def tend(self, database: Store) -> bool:
        """Renew it, or take it where nobody has it; tell whether it is ours."""
        began = self._ticks()
        with database.unit_of_work() as session:
            leases.be_quick(session, LOCK_WITHIN)
            now = self._now()
            held = self._held
            if held is None or not leases.keep(session, held, now=now):
                held = leases.take(session, self.name, self._owner, now=now)
        self._held = held  # only what is committed is ours
        if held is not None:
            self._until = began + leases.LENGTH.total_seconds() - _MARGIN
        return held is not None

    def prove(self, session: Session) -> None:
        """Lock the lease until the commit; raises `LeaseLostError` where it is not ours."""
        if self._held is None:
            raise LeaseLostError(f"This process does not hold {self.name}.")
        leases.prove(session, self._held)

    def give_back(self, database: Store) -> None:
        """Let the next process take it at once."""
        held, self._held = self._held, None
        if held is not None:
            with database.unit_of_work() as session:
                leases.be_quick(session, LOCK_WITHIN)
                leases.give_back(session, held)


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
