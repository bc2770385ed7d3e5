"""Keeping threads through long work: their lease is renewed before it ends."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.db.engine import Database
from bot.work import service as work
from bot.work.service import LEASE, Claim

_RENEW_AFTER = LEASE / 4


class Keeper:
    """Renews the leases of `claims`; called between the steps of work that may take long.

    A thread that another owner has taken meanwhile stays theirs.
    """

    def __init__(
        self, database: Database, claims: Sequence[Claim], now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._claims = claims
        self._now = now
        self._renewed_at = now()

    def keep(self) -> None:
        """Renew the leases when a part of their time is over."""
        now = self._now()
        if now - self._renewed_at < _RENEW_AFTER:
            return
        with self._database.unit_of_work() as session:
            work.renew(session, self._claims, now=now)
        self._renewed_at = now
