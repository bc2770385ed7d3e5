"""The inbox at 100,000 conversations: the product's reads beside the bare SQL they send."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, event, insert

from bot.audit.service import SYSTEM
from bot.channels import service as channels
from bot.contacts.models import Contact, Identity
from bot.db import migrate
from bot.db.engine import Database
from bot.inbox import queries, thread
from bot.inbox.models import Conversation, Message
from bot.inbox.queries import Filters, View
from tests.bench.table import show

_CONVERSATIONS = 100_000
_MESSAGES = 3
_ROUNDS = 300
_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run(folder: Path) -> None:
    """Print how long the desk's reads take, beside their SQL sent as plain text (ADR 7)."""
    database = Database(f"sqlite:///{folder / 'city.sqlite3'}")
    migrate.upgrade(database)
    _fill(database)
    rows = [
        _compare(database, "inbox list, first page", lambda: _list(database)),
        _compare(database, "inbox list, page in the middle", lambda: _middle(database)),
        _compare(database, "inbox list, what waits for a person", lambda: _waiting(database)),
        _compare(database, "the five counts beside the list", lambda: _counts(database)),
        _compare(database, "one thread", lambda: _thread(database)),
    ]
    database.close()
    show(
        f"Reads at {_CONVERSATIONS:,} conversations (SQLite), median; ratio to the same SQL"
        " as text in the same transaction; bare `sqlite3` without one",
        rows,
    )


def _list(database: Database) -> None:
    with database.read() as session:
        queries.rows(session, Filters(View.OPEN, user_id=1))


def _middle(database: Database) -> None:
    place = queries.Place(_AT - timedelta(seconds=_CONVERSATIONS // 2), _CONVERSATIONS // 2)
    with database.read() as session:
        queries.rows(session, Filters(View.OPEN, user_id=1), after=place)


def _waiting(database: Database) -> None:
    with database.read() as session:
        queries.rows(session, Filters(View.WAITING, user_id=1))


def _counts(database: Database) -> None:
    with database.read() as session:
        for view in (View.WAITING, View.OPEN, View.MINE, View.UNASSIGNED, View.UNREAD):
            queries.count(session, Filters(view, user_id=1))


def _thread(database: Database) -> None:
    with database.read() as session:
        queries.row(session, 5000)
        thread.entries(session, 5000)


def _compare(database: Database, name: str, read: Callable[[], None]) -> tuple[str, ...]:
    """Time a read, and the statements it sends: as text in its transaction, and without both."""
    statements = _sent(database, read)
    raw = database.read_engine.raw_connection()
    cursor = raw.cursor()

    def as_text() -> None:
        with database.read() as session:
            for statement, values in statements:
                session.connection().exec_driver_sql(statement, values).all()

    def bare() -> None:
        for statement, values in statements:
            cursor.execute(statement, values)
            cursor.fetchall()

    product, text, naked = _medians(read, as_text, bare)
    raw.close()
    return (
        name,
        f"{product * 1000:.2f} ms",
        f"as text {text * 1000:.2f} ms",
        f"ratio {product / text:.2f}",
        f"bare {naked * 1000:.2f} ms",
    )


def _sent(database: Database, read: Callable[[], None]) -> list[tuple[str, tuple[object, ...]]]:
    sent: list[tuple[str, tuple[object, ...]]] = []
    engine = database.read_engine

    def record(
        _: Connection, __: object, statement: str, values: tuple[object, ...], *___: object
    ) -> None:
        if statement != "BEGIN":
            sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", record)
    read()
    event.remove(engine, "before_cursor_execute", record)
    return sent


def _medians(*works: Callable[[], None]) -> list[float]:
    """Time the works in turn, so that what else the machine does strikes all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(_ROUNDS):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def _fill(database: Database) -> None:
    with database.unit_of_work() as session:
        channels.add(session, "api", "Bench", actor=SYSTEM, now=_AT)
        numbers = range(1, _CONVERSATIONS + 1)
        session.execute(
            insert(Contact), [{"name": f"Person {n}", "created_at": _AT} for n in numbers]
        )
        session.execute(
            insert(Identity),
            [
                {"contact_id": n, "channel_id": 1, "external_id": f"p{n}", "created_at": _AT}
                for n in numbers
            ],
        )
        session.execute(
            insert(Conversation),
            [
                {
                    "channel_id": 1,
                    "contact_id": n,
                    "visibility": "private",
                    "thread": f"t{n}",
                    "status": "open",
                    "handler": "assistant",
                    "version": 2,
                    "unread": n % 3,
                    "preview": "Die Laterne vor dem Haus ist aus.",
                    "waiting_since": _AT if n % 50 == 0 else None,
                    "needed_since": _AT if n % 50 == 0 else None,
                    "last_message_at": _AT - timedelta(seconds=_CONVERSATIONS - n),
                    "created_at": _AT,
                }
                for n in numbers
            ],
        )
        for place in range(_MESSAGES):
            session.execute(
                insert(Message),
                [
                    {
                        "conversation_id": n,
                        "channel_id": 1,
                        "direction": "inbound",
                        "author_kind": "contact",
                        "native_id": f"m{n}-{place}",
                        "text": "Die Laterne vor dem Haus ist aus.",
                        "created_at": _AT,
                    }
                    for n in numbers
                ],
            )
