"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable
from threading import Event

from sqlalchemy import func, select, text

from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.work.models import Work

_LOOK_EVERY = 0.1  # seconds


def until(what: str, condition: Callable[[], object], *, patience: float = 90.0) -> None:
    """Wait for `condition` at most `patience` seconds.

    Raises `AssertionError` that says `what` never came.
    """
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"it never came: {what}"
        Event().wait(_LOOK_EVERY)


def settled(database: Database) -> bool:
    """Tell whether every item is done with and nothing is on its way any more."""
    with database.read() as session:
        new = session.scalar(select(func.count()).where(RawItem.state == RawState.NEW))
        left = session.scalar(select(func.count()).select_from(Work))
    return new == left == 0


def somebody_waits(database: Database) -> bool:
    """Tell whether a transaction on PostgreSQL waits for another, so that they meet."""
    with database.read() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
