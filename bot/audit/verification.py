"""Checking the chain: what was altered, taken out or put in since it was sealed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.audit import queries, rules
from bot.audit.rules import Keys, Line, Seal
from bot.db.engine import Database

Progress = Callable[[int, int], None]
_SEALS = 20  # checked in one read: ten thousand rows
_LOWEST = -(2**63)  # below every id, so that one that was put in first is seen
_UNREADABLE = (ValueError, TypeError)  # a value that the column's type cannot be


class Damage(StrEnum):
    """What is wrong with a row or a seal."""

    ROW_ALTERED = "row_altered"
    ROW_DELETED = "row_deleted"
    ROW_INSERTED = "row_inserted"
    SEAL_ALTERED = "seal_altered"
    SEALS_REMOVED = "seals_removed"  # one or more from this number on
    LINK_BROKEN = "link_broken"  # the seal does not follow the one before it
    CUT_OFF = "cut_off"  # the chain ends before the head that somebody noted down


@dataclass(frozen=True, slots=True)
class Finding:
    """One damage; `row` is an audit row's id where it is about one."""

    damage: Damage
    seal: int
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked. `unsealed` rows are newer than the last seal: nothing vouches for them."""

    rows: int
    seals: int
    unsealed: int
    head: str | None
    findings: tuple[Finding, ...]


def verify(
    database: Database,
    *,
    key: bytes,
    head: str | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """Check every seal and every row under one, in parts that hold nobody up.

    `head` is a name that sealing has logged once: the chain must still hold that seal. `progress`
    is told how many seals of how many are checked.
    """
    keys = rules.keys(key)
    with database.read() as session:
        total = queries.newest_number(session)
    findings: list[Finding] = []
    before: Seal | None = None
    rows = seals = done = 0
    noted = head is None
    while done < total:
        with database.read() as session:
            numbers = queries.seal_numbers(session, after=done, limit=_SEALS)
            for seal in _seals(session, numbers):
                lines, unreadable = _rows(session, seal, before)
                findings += _of_seal(seal, before, keys)
                findings += _of_rows(seal, lines, unreadable, keys)
                noted = noted or seal.head == head
                rows += len(lines) + len(unreadable)
                seals += 1
                before = seal
        done = numbers[-1]
        progress(done, total)
    if total > (before.number if before else 0):  # the last one cannot even be read
        findings.append(_removed(before))
    if not noted and head is not None:
        findings.append(Finding(Damage.CUT_OFF, int(head.partition(":")[0])))
    with database.read() as session:
        unsealed = queries.count_after(session, before.last_id if before else _LOWEST)
    return Report(rows, seals, unsealed, before.head if before else None, tuple(findings))


def _seals(session: Session, numbers: Sequence[int]) -> list[Seal]:
    """Return the seals of these numbers, without those that somebody has made unreadable."""
    found = []
    for number in numbers:
        with suppress(*_UNREADABLE):
            found.append(queries.seal(session, number))
    return found


def _rows(session: Session, seal: Seal, before: Seal | None) -> tuple[list[Line], list[int]]:
    """Return the rows that a seal answers for, and the ids of those that cannot be read.

    Rows between two seals belong to the later one, where they are found to be put in. Behind a
    removed seal nobody vouches for them: only the seal's own range is read.
    """
    follows = seal.number == (before.number + 1 if before else 1)
    after = (before.last_id if before else _LOWEST) if follows else seal.first_id - 1
    with suppress(*_UNREADABLE):
        return queries.lines(session, after=after, until=seal.last_id), []
    lines: list[Line] = []
    unreadable = []
    for row_id in queries.row_ids(session, after=after, until=seal.last_id):
        try:
            lines += queries.lines(session, after=row_id - 1, until=row_id)
        except _UNREADABLE:
            unreadable.append(row_id)
    return lines, unreadable


def _of_seal(seal: Seal, before: Seal | None, keys: Keys) -> Iterator[Finding]:
    follows = seal.number == (before.number + 1 if before else 1)
    if not follows:
        yield _removed(before)
    if not rules.holds(seal, keys):
        yield Finding(Damage.SEAL_ALTERED, seal.number)
    elif follows and seal.previous != (before.digest if before else rules.BEGINNING):
        yield Finding(Damage.LINK_BROKEN, seal.number)


def _removed(before: Seal | None) -> Finding:
    return Finding(Damage.SEALS_REMOVED, before.number + 1 if before else 1)


def _of_rows(
    seal: Seal, lines: Sequence[Line], unreadable: Sequence[int], keys: Keys
) -> Iterator[Finding]:
    sealed = dict(rules.sealed_rows(seal.digests))
    for row_id in unreadable:
        damage = Damage.ROW_ALTERED if sealed.pop(row_id, None) else Damage.ROW_INSERTED
        yield Finding(damage, seal.number, row_id)
    for line in lines:
        digest = sealed.pop(line.id, None)
        if digest is None:
            yield Finding(Damage.ROW_INSERTED, seal.number, line.id)
        elif digest != rules.row_digest(line, keys):
            yield Finding(Damage.ROW_ALTERED, seal.number, line.id)
    for row_id in sealed:
        yield Finding(Damage.ROW_DELETED, seal.number, row_id)
