"""Engines and units of work: one writer at a time on SQLite, a pool on PostgreSQL."""

import asyncio
import fcntl
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import IO, Protocol, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import StadtdrahtError

T = TypeVar("T")

_BUSY_TIMEOUT_MS = 30_000
POOL = 12  # connections of a process
_POOL_TIMEOUT = 10  # seconds for a free connection, then "please try again": waiting helps nobody
# Milliseconds on PostgreSQL. Our write transactions take less than a second: who waits for a lock
# this long waits for somebody who is stuck, and who is idle in a transaction is frozen and must not
# hold the others up. Migrations, backups and restores set them aside for their own transaction.
_TIME_LIMITS = {
    "statement_timeout": 60_000,
    "lock_timeout": 15_000,
    "idle_in_transaction_session_timeout": 30_000,
}
_MIGRATION_LOCK_TIMEOUT = 15_000  # milliseconds: behind a waiting migration the whole city waits
# A connection whose other side is gone without a word is found out within half a minute.
_KEEPALIVES = {
    "connect_timeout": 10,  # seconds, as all of these but the last two
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,  # times
    "tcp_user_timeout": 30_000,  # milliseconds
}
_MIGRATION = 7_283_001  # the advisory lock of migrations, any number that is ours alone


class DatabaseInUseError(StadtdrahtError):
    """Another server works on this SQLite file."""

    code = "database_in_use"
    status = 503


class FairLock:
    """A lock that serves its waiters in the order in which they came.

    `threading.Lock` promises no order: under load the pages starved behind the intake.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Store(Protocol):
    """What services that open their own units of work need of a database."""

    def unit_of_work(self) -> AbstractContextManager[Session]:
        """Open a write transaction."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """Open a read-only transaction."""
        ...


class Database:
    """The one way to the data: `unit_of_work()` to write, `read()` to read, `run()` from async.

    On SQLite a write unit is `BEGIN IMMEDIATE` on one connection behind a fair lock, and a read
    unit is a snapshot that cannot write. On PostgreSQL both are transactions of one pool.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = FairLock()
        self._server_lock: IO[str] | None = None
        self._executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix="db")
        if self.is_sqlite:
            self._write_engine = _sqlite_engine(url, begin="BEGIN IMMEDIATE", size=1)
            self._read_engine = _sqlite_engine(url, begin="BEGIN", size=POOL)
            event.listen(self._read_engine, "connect", _forbid_writes)
        else:
            self._write_engine = create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=POOL,
                max_overflow=0,
                hide_parameters=True,
                pool_timeout=_POOL_TIMEOUT,
                pool_pre_ping=True,
                connect_args={"application_name": "stadtdraht", **_KEEPALIVES},
            )
            event.listen(self._write_engine, "connect", _configure_postgresql)
            self._read_engine = self._write_engine.execution_options(
                postgresql_readonly=True, isolation_level="REPEATABLE READ"
            )

    @property
    def engine(self) -> Engine:
        """The writing engine, for reading the schema."""
        return self._write_engine

    @property
    def read_engine(self) -> Engine:
        """The reading engine, for measuring what it is asked."""
        return self._read_engine

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """Open a write transaction; it commits on leaving, and rolls back on an exception."""
        if self.is_sqlite:
            with self._lock, _session(self._write_engine) as session:
                yield session
        else:
            with _session(self._write_engine) as session:
                yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a read-only transaction on one consistent state."""
        with _session(self._read_engine) as session:
            yield session

    @contextmanager
    def exclusive(self) -> Iterator[Connection]:
        """Open one transaction for migrations that no other migration can run beside.

        SQLite rebuilds tables in batch mode, which needs its foreign keys out of the way.
        """
        with self._lock:
            self._pragma("foreign_keys = OFF")
            try:
                with self._write_engine.begin() as connection:
                    if not self.is_sqlite:
                        for name in _TIME_LIMITS:
                            connection.exec_driver_sql(f"SET LOCAL {name} = 0")
                        lock = text("SELECT pg_advisory_xact_lock(:key)")
                        connection.execute(lock, {"key": _MIGRATION})
                        limit = f"SET LOCAL lock_timeout = {_MIGRATION_LOCK_TIMEOUT}"
                        connection.exec_driver_sql(limit)
                    yield connection
            finally:
                self._pragma("foreign_keys = ON")

    def _pragma(self, statement: str) -> None:
        if self.is_sqlite:
            with closing(self._write_engine.raw_connection()) as raw:
                raw.cursor().execute(f"PRAGMA {statement}")

    async def run(self, work: Callable[[], T]) -> T:
        """Run blocking database work from async code in the database's own threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def admit_server(self) -> None:
        """Claim an SQLite file for one server process; raises `DatabaseInUseError`."""
        path = self.url.database
        if not self.is_sqlite or not path:
            return
        beside = f"{Path(path).resolve()}.lock"  # one file has one lock, whatever it is called
        number = os.open(beside, os.O_WRONLY | os.O_CREAT, 0o600)
        lock = os.fdopen(number, "w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise DatabaseInUseError(
                "Another Stadtdraht server is already running on this SQLite file. "
                "Stop it first, or use PostgreSQL for several processes."
            ) from None
        self._server_lock = lock

    def close(self) -> None:
        """Give back every connection and the claim of the file."""
        self._executor.shutdown(wait=True)
        self._write_engine.dispose()
        self._read_engine.dispose()
        if self._server_lock:
            self._server_lock.close()
            self._server_lock = None


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


def _sqlite_engine(url: str, *, begin: str, size: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_timeout=_POOL_TIMEOUT,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,  # errors reach the logs, what citizens wrote must not
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": _BUSY_TIMEOUT_MS / 1000,
        },
    )
    event.listen(engine, "do_connect", partial(_make_private, engine.url.database))
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _make_private(path: str | None, *_: object) -> None:
    """Make the file for this account alone; what SQLite puts beside it gets the same rights.

    One that is there is not opened: closing it would end the locks that SQLite holds on it.
    """
    if path and not path.startswith((":", "file:")):
        with suppress(OSError):  # it is there, or SQLite says why it cannot be
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _configure_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32768")
    cursor.close()


def _configure_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("SET TIME ZONE 'UTC'")
    for name, limit in _TIME_LIMITS.items():
        cursor.execute(f"SET {name} = {limit}")
    cursor.close()
    connection.commit()


def _forbid_writes(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()
