"""How a row stands in a backup: a JSON list in a line, the same whatever database it came from."""

import base64
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import types
from sqlalchemy.types import TypeEngine

from bot.operation.errors import BackupError

Row = list[object]
Convert = Callable[[object], object]


class Kind(StrEnum):
    """What a column holds."""

    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    INSTANT = "instant"  # "2026-11-22 10:00:00.000000+00:00"
    DAY = "day"  # "2026-11-22"
    JSON = "json"  # its text
    BYTES = "bytes"  # base64


_KINDS: tuple[tuple[type[object], Kind], ...] = (
    (types.Boolean, Kind.FLAG),
    (types.Integer, Kind.NUMBER),
    (types.Float, Kind.NUMBER),
    (types.JSON, Kind.JSON),
    (types.DateTime, Kind.INSTANT),
    (types.Date, Kind.DAY),
    (types.LargeBinary, Kind.BYTES),
    (types.String, Kind.TEXT),
)


def kind_of(column_type: TypeEngine[object]) -> Kind:
    """Return what a column of this type holds; raises `BackupError` for an unknown type."""
    for known, kind in _KINDS:
        if isinstance(column_type, known):
            return kind
    raise BackupError(f"A backup does not know columns of the type {column_type!r}.")


def encoder(kinds: Sequence[Kind]) -> Callable[[Sequence[object]], bytes]:
    """Return what writes a database's row as a line."""
    converted = _places(kinds, _OUT)

    def encode(row: Sequence[object]) -> bytes:
        values = _convert(list(row), converted)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    return encode


def decoder(kinds: Sequence[Kind], *, sqlite: bool) -> Callable[[bytes], Row]:
    """Return what reads a line as values for a database; raises `ValueError`."""
    converted = _places(kinds, _INTO_SQLITE if sqlite else _INTO_POSTGRESQL)

    def decode(line: bytes) -> Row:
        values = json.loads(line)
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError("a row with other columns")
        return _convert(values, converted)

    return decode


def _places(kinds: Sequence[Kind], table: dict[Kind, Convert]) -> list[tuple[int, Convert]]:
    return [(place, table[kind]) for place, kind in enumerate(kinds) if kind in table]


def _convert(values: Row, converted: list[tuple[int, Convert]]) -> Row:
    for place, convert in converted:
        if values[place] is not None:
            values[place] = convert(values[place])
    return values


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")
    return f"{value}+00:00"  # SQLite keeps UTC and does not say so


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise BackupError("A column of bytes holds something else.")
    return base64.b64encode(value).decode()


_OUT: dict[Kind, Convert] = {
    Kind.FLAG: bool,
    Kind.INSTANT: _instant,
    Kind.DAY: lambda value: value.isoformat() if isinstance(value, date) else value,
    Kind.BYTES: _base64,
}
_INTO_POSTGRESQL: dict[Kind, Convert] = {
    Kind.BYTES: lambda value: base64.b64decode(str(value), validate=True),
}
_INTO_SQLITE: dict[Kind, Convert] = _INTO_POSTGRESQL | {
    Kind.INSTANT: lambda value: str(value)[:26],
}
