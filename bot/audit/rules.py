"""What a seal says: the text of a row, the digests over it, and the link to the seal before.

A row's text is a JSON list without spaces, all beyond ASCII escaped: id, instant (UTC,
microseconds), kind and id of the actor, action, kind and id of the subject, fields. Its digest is
HMAC-SHA256 of that text, cut to 128 bits (RFC 2104, section 5: half of it is enough). A seal's
digest is HMAC-SHA256 of the JSON list of number, first id, last id, SHA-256 of the digests, the
digest of the seal before, and the instant. Both keys come from the installation's key, which is
not in the database: whoever has only the database cannot write a seal that holds.
"""

import hashlib
import hmac
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot import secrets

BEGINNING = bytes(32)  # stands for the seal before the first one
_ROW = struct.Struct(">q16s")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of rows and of seals."""

    row: bytes
    seal: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """An audit row as it is sealed."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: int | None
    action: str
    subject_kind: str
    subject_id: int | None
    fields: object


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain, see `bot.audit.models.AuditSeal`."""

    number: int
    first_id: int
    last_id: int
    digests: bytes
    previous: bytes
    digest: bytes
    sealed_at: datetime

    @property
    def head(self) -> str:
        """The seal's name for another place, such as a log: its number and its digest."""
        return f"{self.number}:{self.digest.hex()}"


def keys(key: bytes) -> Keys:
    """Return the keys of the chain, made from the installation's key."""
    return Keys(secrets.derive(key, "audit-row"), secrets.derive(key, "audit-seal"))


def make(before: Seal | None, lines: Sequence[Line], *, keys: Keys, now: datetime) -> Seal:
    """Return the seal that follows `before` and covers `lines`, of which there is at least one."""
    number = before.number + 1 if before else 1
    first_id, last_id = lines[0].id, lines[-1].id
    digests = b"".join(_ROW.pack(line.id, row_digest(line, keys)) for line in lines)
    previous = before.digest if before else BEGINNING
    digest = _seal_digest(number, first_id, last_id, digests, previous, now, keys)
    return Seal(number, first_id, last_id, digests, previous, digest, now)


def holds(seal: Seal, keys: Keys) -> bool:
    """Whether the seal itself is as it was written."""
    expected = _seal_digest(
        seal.number,
        seal.first_id,
        seal.last_id,
        seal.digests,
        seal.previous,
        seal.sealed_at,
        keys,
    )
    return hmac.compare_digest(seal.digest, expected)


def row_digest(line: Line, keys: Keys) -> bytes:
    """Return the 16 bytes that stand for a row."""
    text = [
        line.id,
        _instant(line.at),
        line.actor_kind,
        line.actor_id,
        line.action,
        line.subject_kind,
        line.subject_id,
        line.fields,
    ]
    return hmac.digest(keys.row, _json(text), "sha256")[: _ROW.size - 8]


def sealed_rows(digests: bytes) -> Mapping[int, bytes]:
    """Return the digest of each row by its id; what is no whole entry at the end is left out."""
    whole = len(digests) - len(digests) % _ROW.size
    return dict(_ROW.iter_unpack(digests[:whole]))


def _seal_digest(
    number: int,
    first_id: int,
    last_id: int,
    digests: bytes,
    previous: bytes,
    sealed_at: datetime,
    keys: Keys,
) -> bytes:
    rows = hashlib.sha256(digests).hexdigest()
    text = [number, first_id, last_id, rows, previous.hex(), _instant(sealed_at)]
    return hmac.digest(keys.seal, _json(text), "sha256")


def _json(values: Iterable[object]) -> bytes:
    return json.dumps(list(values), separators=(",", ":")).encode()


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")
