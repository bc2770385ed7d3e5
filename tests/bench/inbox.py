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
_ROUNDS = 200
_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def run(folder: Path) -> None:
    """Print how long a page of the list and a thread take, beside their bare SQL."""
    database = Database(f"sqlite:///{folder / 'city.sqlite3'}")
    migrate.upgrade(database)
    _fill(database)
    rows = [
        _compare(database, "inbox list, first page", lambda: _list(database)),
        _compare(database, "inbox list, page in the middle", lambda: _middle(database)),
        _compare(database, "one thread", lambda: _thread(database)),
    ]
    database.close()
    show(f"Reads at {_CONVERSATIONS:,} conversations (SQLite), median; ratio to the bare SQL", rows)


def _list(database: Database) -> None:
    with database.read() as session:
        queries.rows(session, Filters(View.OPEN, user_id=1))


def _middle(database: Database) -> None:
    place = queries.Place(_AT - timedelta(seconds=_CONVERSATIONS // 2), _CONVERSATIONS // 2)
    with database.read() as session:
        queries.rows(session, Filters(View.OPEN, user_id=1), after=place)


def _thread(database: Database) -> None:
    with database.read() as session:
        queries.row(session, 5000)
        thread.entries(session, 5000)


def _compare(database: Database, name: str, read: Callable[[], None]) -> tuple[str, ...]:
    """Record the statements of one read, then time it beside the same statements sent bare."""
    sent: list[tuple[str, tuple[object, ...]]] = []
    engine = database.read_engine

    def record(
        _: Connection, __: object, statement: str, values: tuple[object, ...], *___: object
    ) -> None:
        sent.append((statement, values))

    read()
    event.listen(engine, "before_cursor_execute", record)
    read()
    event.remove(engine, "before_cursor_execute", record)
    raw = engine.raw_connection()
    cursor = raw.cursor()

    def bare() -> None:
        for statement, values in sent:
            cursor.execute(statement, values)
            cursor.fetchall()
        cursor.execute("ROLLBACK")

    product, plain = _median(read), _median(bare)
    raw.close()
    return name, f"{product * 1000:.2f} ms", f"bare {plain * 1000:.2f} ms", f"{product / plain:.2f}"


def _median(work: Callable[[], None]) -> float:
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


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
