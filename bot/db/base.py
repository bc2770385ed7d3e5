"""The base of every table: column types, naming, and the declaration of personal data."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Enum,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    event,
    literal_column,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeEngine

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigInt = BigInteger().with_variant(Integer, "sqlite")
Key = Annotated[int, mapped_column(BigInt, Identity(), primary_key=True)]


class _SqliteInstant(sqlite.DATETIME):
    """SQLite's text as an aware datetime in UTC: every row of every list pays for this."""

    def bind_processor(self, _: Dialect) -> Callable[[datetime | None], str | None]:
        """Return what writes an instant in UTC, always in the same length."""
        return lambda value: None if value is None else value.isoformat(" ", "microseconds")[:26]

    def result_processor(self, _: Dialect, __: object) -> Callable[[str | None], datetime | None]:
        """Return what reads the stored text."""
        parse = datetime.fromisoformat
        return lambda text: None if text is None else parse(f"{text}+00:00")


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC on every database; a naive one is refused.

    PostgreSQL gives UTC because every connection asks for it: `bot.db.engine`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Return the engine's own type."""
        if dialect.name == "sqlite":
            return _SqliteInstant()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Return the instant in UTC; raises `ValueError` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)


def choice(states: type[StrEnum]) -> Enum:
    """Return the column type of a state: text with a CHECK."""
    return Enum(
        states,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=states.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def partial_index(name: str, *columns: str, where: str) -> Index:
    """Return an index of the few rows that are looked for; the others cost nothing in it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def word(value: str) -> ColumnElement[str]:
    """Return a constant as the condition of a partial index has it; a parameter finds no index."""
    return literal_column(f"'{value}'", String)


class Retention(StrEnum):
    """How long a personal value is kept; `bot.privacy` holds the periods and the sweep."""

    RAW = "raw"  # the item as the platform gave it
    CONVERSATION = "conversation"  # with its conversation
    CONTACT = "contact"  # with the contact
    TICKET = "ticket"  # with the ticket's person data
    DELIVERY = "delivery"  # with the delivery
    CORRECTION = "correction"  # masked, for training
    STAFF = "staff"  # with the staff account
    SHORT = "short"  # a day or less: rate limits, drafts


class Base(DeclarativeBase):
    """A table. Every column is declared in `__plain__` or, with its retention, in `__personal__`.

    `tests/bot/privacy/test_declaration.py` fails on an undeclared column.
    """

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map: ClassVar[dict[object, object]] = {
        datetime: Instant(),
        int: BigInt,
        dict[str, object]: JSON,
        list[object]: JSON,
    }
    __plain__: ClassVar[tuple[str, ...]] = ()
    __personal__: ClassVar[Mapping[str, Retention]] = {}


@event.listens_for(Table, "after_parent_attach")
def _never_twice(table: Table, _: MetaData) -> None:
    """Keep SQLite from giving a number twice: an old audit line must not come to mean a new row."""
    if list(table.primary_key.columns.keys()) == ["id"]:
        table.dialect_options["sqlite"]["autoincrement"] = table.c.id.identity is not None
