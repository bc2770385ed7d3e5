"""Processing in sets without understanding: from stored items to stored answers."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select, update

from bot.audit.service import SYSTEM
from bot.channels import service as channels
from bot.channels.queries import Connectors
from bot.db import migrate
from bot.db.engine import Database
from bot.inbound import service as inbound
from bot.inbound.reading import Understander
from bot.inbound.service import Arrival
from bot.inbound.worker import Worker
from bot.outbox.models import Delivery
from bot.wake import Bells
from bot.work.models import Work
from connectors.base import RawItem
from nlp.types import Category, Context, Decision, Intent, Understanding
from tests.bench.table import raw_loop, show, timed

_COUNT = 4000
_BATCH = 200
_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
_GREETING = Understanding(
    language="de",
    intents=(Intent("greeting", 0.99),),
    category=(Category("other", "other", 0.2),),
    entities=(),
    decision=Decision.ACT,
    flags=(),
    evidence=(),
    model="bench",
)
_NOW = "2026-11-21 12:00:00.000000"
_TEXT = "Guten Tag! Wie kann ich Ihnen helfen?" + " Sie können hier einen Mangel melden." * 6
_LIST = '[{"id": "greeting", "confidence": 0.99}]'
_RAW = (
    ("INSERT INTO contact (id, created_at) VALUES (?, ?)", lambda n: (n, _NOW)),
    (
        (
            "INSERT INTO identity (contact_id, channel_id, external_id, created_at)"
            " VALUES (?, 1, ?, ?)"
        ),
        lambda n: (n, f"s{n}", _NOW),
    ),
    (
        (
            "INSERT INTO conversation (id, channel_id, contact_id, visibility, thread, status,"
            " handler, version, unread, preview, last_message_at, created_at)"
            " VALUES (?, 1, ?, 'private', ?, 'open', 'assistant', 0, 0, '', ?, ?)"
        ),
        lambda n: (n, n, f"t{n}", _NOW, _NOW),
    ),
    (
        (
            "INSERT INTO message (id, conversation_id, channel_id, direction, author_kind,"
            " native_id, text, created_at)"
            " VALUES (?, ?, 1, 'inbound', 'contact', ?, 'Guten Tag', ?)"
        ),
        lambda n: (2 * n, n, f"e{n}", _NOW),
    ),
    (
        (
            "INSERT INTO message (id, conversation_id, channel_id, direction, author_kind, text,"
            " reply_to_id, created_at) VALUES (?, ?, 1, 'outbound', 'assistant', ?, ?, ?)"
        ),
        lambda n: (2 * n + 1, n, _TEXT, 2 * n, _NOW),
    ),
    (
        (
            "INSERT INTO delivery (channel_id, message_id, lane, visibility, thread, part, key,"
            " text, buttons, in_reply_to, state, attempts, due_at, created_at)"
            " VALUES (1, ?, 'outbound', 'private', ?, 0, ?, ?, '[]', ?, 'queued', 0, ?, ?)"
        ),
        lambda n: (2 * n + 1, f"t{n}", f"{n:032}", _TEXT, f"e{n}", _NOW, _NOW),
    ),
    (
        (
            "INSERT INTO work (channel_id, order_key, lane, due_at, patience_until, fence)"
            " VALUES (1, ?, 'outbound', ?, ?, 0)"
        ),
        lambda n: (f"private:t{n}", _NOW, _NOW),
    ),
    (
        (
            "UPDATE conversation SET version = 2, unread = 1, preview = 'Guten Tag',"
            " language = 'de', last_message_at = ?, last_inbound_at = ? WHERE id = ?"
        ),
        lambda n: (_NOW, _NOW, n),
    ),
    ("UPDATE identity SET introduced_at = ? WHERE contact_id = ?", lambda n: (_NOW, n)),
    (
        (
            "INSERT INTO turn_understanding (conversation_id, message_id, language, intents,"
            " category, entities, evidence, flags, decision, model, outcome, created_at)"
            " VALUES (?, ?, 'de', ?, ?, '[]', '[]', '[]', 'act', 'bench', 'greeting', ?)"
        ),
        lambda n: (n, 2 * n, _LIST, _LIST, _NOW),
    ),
    (
        "UPDATE raw_item SET state = 'done', done_at = ? WHERE channel_id = 1 AND event_id = ?",
        lambda n: (_NOW, f"e{n}"),
    ),
    (
        "INSERT INTO event (xid, kind, conversation_id, at) VALUES (0, 'message.received', ?, ?)",
        lambda n: (n, _NOW),
    ),
    (
        (
            "INSERT INTO audit_entry (at, actor_kind, actor_id, action, subject_kind, subject_id,"
            " fields) VALUES (?, 'contact', ?, 'message.received', 'conversation', ?, '[]')"
        ),
        lambda n: (_NOW, n, n),
    ),
    (
        (
            "INSERT INTO audit_entry (at, actor_kind, action, subject_kind, subject_id, fields)"
            " VALUES (?, 'assistant', 'message.answered', 'conversation', ?, '[]')"
        ),
        lambda n: (_NOW, n),
    ),
    (
        "DELETE FROM work WHERE channel_id = 1 AND order_key = ? AND lane = 'inbound'",
        lambda n: (f"private:t{n}",),
    ),
)


class Constant:
    """Understands everything as a greeting, in no time."""

    def understand(self, text: str, context: Context) -> Understanding:
        return _GREETING


def _constant(_: object) -> Understander:
    return Constant()


def run(folder: Path) -> None:
    path = folder / "city.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    _fill(database)
    single, grouped = raw_loop(path, _RAW, _COUNT)
    worker = Worker(
        database, Connectors(), Bells(), _constant, owner="bench", base_url="http://127.0.0.1"
    )

    def work() -> None:
        while worker.run_once(limit=_BATCH):
            pass

    seconds = timed(work)
    with database.read() as session:
        answers = session.scalar(select(func.count()).select_from(Delivery))
    if answers != _COUNT:
        raise RuntimeError(f"{answers} answers instead of {_COUNT}")
    database.close()
    pace = _COUNT / seconds
    show(
        "Processing without understanding (SQLite, synchronous FULL); ratio to the raw loop",
        [
            ("raw sqlite3 loop, a commit per message", f"{single:,.0f}/s", "1.00"),
            ("raw sqlite3 loop, 100 per commit", f"{grouped:,.0f}/s", f"{grouped / single:.2f}"),
            (f"worker, {_BATCH} threads per commit", f"{pace:,.0f}/s", f"{pace / single:.2f}"),
        ],
    )


def _fill(database: Database) -> None:
    with database.unit_of_work() as session:
        channels.add(session, "api", "Bench", actor=SYSTEM, now=_AT)
        arrivals = [
            Arrival(
                1,
                RawItem(
                    f"e{number}",
                    f"private:t{number}",
                    {
                        "external_id": f"e{number}",
                        "thread": f"t{number}",
                        "sender": {"id": f"s{number}"},
                        "text": "Guten Tag",
                    },
                ),
            )
            for number in range(1, _COUNT + 1)
        ]
        inbound.store(session, arrivals, now=_AT)
        session.execute(update(Work).values(due_at=_AT))
