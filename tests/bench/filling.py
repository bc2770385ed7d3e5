"""A city's history in sets of SQL: so many messages, on either engine, in a real one's shape."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import text

from bot.audit.service import SYSTEM
from bot.channels import service as channels
from bot.db.engine import Database

_END = datetime(2026, 11, 21, 12, tzinfo=UTC)
_SQLITE, _POSTGRES = "strftime('%Y-%m-%d %H:%M:%f000', {}, 'unixepoch')", "to_timestamp({})"
_LONG_SHARE = 5  # every fifth turn stands in a long thread
_LONG_TURNS = 500  # 1,000 messages
_TURNS = 5  # of a common thread: ten messages
_ABREAST = 100  # threads that go on at the same time
_QUESTION = (
    "Guten Tag, vor unserem Haus ist seit gestern Abend die Laterne aus. Wer kümmert sich darum?"
)
_ANSWER = "Guten Tag! Wie kann ich Ihnen helfen?" + " Sie können hier einen Mangel melden." * 6
_FOUND = '[{"id": "greeting", "confidence": 0.99}, {"id": "report_defect", "confidence": 0.4}]'


@dataclass(frozen=True, slots=True)
class History:
    """What the database holds: its messages, and which of its threads are long."""

    messages: int

    @property
    def turns(self) -> int:
        """A message and its answer each."""
        return self.messages // 2

    @property
    def long(self) -> int:
        """How many long threads there are: the conversations with the lowest ids."""
        return max(1, self.turns // _LONG_SHARE // _LONG_TURNS)

    @property
    def conversations(self) -> int:
        """How many threads there are."""
        return self.long + (self.turns - self.turns // _LONG_SHARE) // _TURNS


def scattered(number: int | str) -> str:
    """Return SQL for the number's place in no order, as the ids of platforms are."""
    return f"(({number} * 2654435761) % 4294967296)"


def name(prefix: str, number: int) -> str:
    """Return the name that `fill` has given to a thread, a person or a message."""
    return f"{prefix}{number * 2654435761 % 4294967296}"


def fill(database: Database, history: History) -> None:
    """Write the history: every table that a message leaves something in."""
    with database.unit_of_work() as session:
        channels.add(session, "api", "Bench", actor=SYSTEM, now=_END)
    at = partial(_at, _SQLITE if database.is_sqlite else _POSTGRES, history.turns)
    of_turn = (
        f"CASE WHEN i % {_LONG_SHARE} = 0 THEN (i / {_LONG_SHARE}) % {history.long} + 1"
        f" ELSE {history.long} + {_common('i')} END"
    )
    conversation = _numbers(history.conversations)
    turn = f"(SELECT i, {of_turn} AS c FROM {_numbers(history.turns)}) AS turn"
    last = f"CASE WHEN i <= {history.long} THEN {history.turns} ELSE {_last('i', history)} END"
    thread = f"'t' || {scattered('c')}"
    native = f"'e' || {scattered('i')}"
    statements = (
        _insert("contact", conversation, id="i", name="'Person ' || i", created_at=at("i")),
        _insert(
            "identity",
            conversation,
            contact_id="i",
            channel_id="1",
            external_id=f"'s' || {scattered('i')}",
            introduced_at=at("i"),
            created_at=at("i"),
        ),
        _insert(
            "conversation",
            conversation,
            id="i",
            channel_id="1",
            contact_id="i",
            visibility="'private'",
            thread=f"'t' || {scattered('i')}",
            status="'open'",
            handler="'assistant'",
            language="'de'",
            version="10",
            unread="CASE WHEN i % 50 = 0 THEN 2 ELSE 0 END",
            preview=f"'{_QUESTION}'",
            dialogue="'null'",
            waiting_since=f"CASE WHEN i % 200 = 0 THEN {at(last)} END",
            needed_since=f"CASE WHEN i % 200 = 0 THEN {at(last)} END",
            last_message_at=at(last),
            last_inbound_at=at(last),
            created_at=at("i"),
        ),
        _insert(
            "raw_item",
            turn,
            channel_id="1",
            event_id=native,
            order_key=f"'private:' || {thread}",
            payload=(
                f"""'{{"external_id": "' || {native} || '", "thread": "' || {thread}"""
                f""" || '", "visibility": "private", "text": "{_QUESTION}"}}'"""
            ),
            state="'done'",
            attempts="0",
            received_at=at("i"),
            done_at=at("i"),
        ),
        _insert(
            "message",
            turn,
            id="2 * i - 1",
            conversation_id="c",
            channel_id="1",
            direction="'inbound'",
            author_kind="'contact'",
            native_id=native,
            text=f"'{_QUESTION}'",
            created_at=at("i"),
        ),
        _insert(
            "message",
            turn,
            id="2 * i",
            conversation_id="c",
            channel_id="1",
            direction="'outbound'",
            author_kind="'assistant'",
            text=f"'{_ANSWER}'",
            reply_to_id="2 * i - 1",
            created_at=at("i"),
        ),
        _insert(
            "delivery",
            turn,
            channel_id="1",
            message_id="2 * i",
            lane="'outbound'",
            visibility="'private'",
            thread=thread,
            part="0",
            key=f"'0123456789abcdef' || (1000000000 + {scattered('i')})",
            text=f"'{_ANSWER}'",
            buttons="'[]'",
            in_reply_to=native,
            state="'sent'",
            attempts="1",
            due_at=at("i"),
            seq="i",
            native_id=f"'0123456789abcdef' || (1000000000 + {scattered('i')})",
            created_at=at("i"),
            sent_at=at("i"),
        ),
        _insert(
            "turn_understanding",
            turn,
            conversation_id="c",
            message_id="2 * i - 1",
            language="'de'",
            intents=f"'{_FOUND}'",
            category=f"'{_FOUND}'",
            entities="'[]'",
            evidence="'[]'",
            flags="'[]'",
            decision="'act'",
            model="'bench'",
            outcome="'greeting'",
            created_at=at("i"),
        ),
        *(
            _insert("event", turn, xid="0", kind=f"'{kind}'", conversation_id="c", at=at("i"))
            for kind in ("message.received", "delivery.changed")
        ),
        *(
            _insert(
                "audit_entry",
                turn,
                at=at("i"),
                actor_kind=f"'{who}'",
                action=f"'{action}'",
                subject_kind="'conversation'",
                subject_id="c",
                fields="'[]'",
            )
            for who, action in (("contact", "message.received"), ("assistant", "message.answered"))
        ),
        f"UPDATE channel SET feed_seq = {history.turns}, acked_seq = {history.turns}",
        *(() if database.is_sqlite else map(_go_on, ("contact", "conversation", "message"))),
        *(() if database.is_sqlite else ("ANALYZE",)),  # as its own daemon does; SQLite has none
    )
    for statement in statements:
        with database.unit_of_work() as session:
            session.execute(text(statement.replace(":", "\\:")))


def _numbers(last: int) -> str:
    return (
        "(WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number"
        f" WHERE i < {last}) SELECT i FROM number) AS number"
    )


def _common(turn: str) -> str:
    """Return SQL for the place of a common thread's turn: 100 threads go on by turns."""
    place = f"({turn} - {turn} / {_LONG_SHARE} - 1)"
    return f"{place} / {_TURNS * _ABREAST} * {_ABREAST} + {place} % {_ABREAST} + 1"


def _last(conversation: str, history: History) -> str:
    """Return SQL for the last turn of a common thread."""
    place = f"({conversation} - {history.long} - 1)"
    turn = f"({place} / {_ABREAST} * {_TURNS * _ABREAST} + {(_TURNS - 1) * _ABREAST}"
    return f"{turn} + {place} % {_ABREAST} + 1) * {_LONG_SHARE} / {_LONG_SHARE - 1}"


def _at(instant: str, turns: int, turn: str) -> str:
    """Return SQL for the time of a turn: one a second up to the end."""
    return instant.format(f"{int(_END.timestamp()) - turns} + ({turn})")


def _insert(table: str, source: str, **columns: str) -> str:
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO {table} ({names}) SELECT {values} FROM {source}"


def _go_on(table: str) -> str:
    """Return PostgreSQL's statement that the next id comes behind those that are given."""
    return f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
