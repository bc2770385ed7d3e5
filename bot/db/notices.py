"""Bells between processes: LISTEN and NOTIFY of PostgreSQL, as a wake-up and never as the truth."""

from collections.abc import Callable
from threading import Condition, Event, Thread

import psycopg
import structlog
from sqlalchemy import URL

from bot.wake import Bells

_log = structlog.get_logger()
_CHANNEL = "stadtdraht"
_PATIENCE = 1.0  # seconds: between two looks whether to stop, and before connecting anew


class Notices:
    """Rings our bells when other processes ring theirs, and theirs when we ring ours.

    Two threads, each with a connection of its own, which they open anew when it breaks. Rings that
    come while one is on its way leave together.
    """

    def __init__(self, url: URL, bells: Bells) -> None:
        self._url = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._bells = bells.by_name
        self._stopping = Event()
        self._condition = Condition()
        self._waiting: set[str] = set()
        self._own = 0  # the server's number of the connection that tells, so that we skip our own
        self._threads = [
            Thread(target=self._always, args=(work,), name=work.__name__.strip("_"))
            for work in (self._hear, self._tell)
        ]

    def start(self) -> None:
        """Begin to hear and to tell."""
        for name, bell in self._bells.items():
            bell.tell = self._teller(name)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both."""
        self._stopping.set()
        with self._condition:
            self._condition.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _teller(self, name: str) -> Callable[[], None]:
        def tell() -> None:
            with self._condition:
                self._waiting.add(name)
                self._condition.notify_all()

        return tell

    def _always(self, work: Callable[["psycopg.Connection[tuple[object, ...]]"], None]) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=10) as connection:
                    work(connection)
            except psycopg.Error as error:
                _log.warning("notices.broken", error=type(error).__name__)
                self._stopping.wait(_PATIENCE)

    def _hear(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        connection.execute(f"LISTEN {_CHANNEL}")
        for bell in self._bells.values():  # what was rung while nobody heard
            bell.ring_here()
        while not self._stopping.is_set():
            for notice in connection.notifies(timeout=_PATIENCE):
                if notice.pid != self._own and notice.payload in self._bells:
                    self._bells[notice.payload].ring_here()
                if self._stopping.is_set():
                    return

    def _tell(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._own = connection.info.backend_pid
        while not self._stopping.is_set():
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._stopping.is_set())
                names, self._waiting = self._waiting, set()
            for name in sorted(names):
                connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, name))
