"""The table of the suite: connector by case, one value each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PASS, FAIL = "pass", "FAILED"
_NOT_OFFERED = "not offered by the platform"
_LEFT_OUT = "not run: this run has left it out"


@dataclass(frozen=True, order=True)
class Row:
    """A case, or the part of one that is told apart."""

    number: int
    title: str


Outcomes = Mapping[tuple[Row, str], list[str]]  # of row and kind


def table(outcomes: Outcomes, kinds: Iterable[str]) -> str:
    """Return the table in Markdown, the reasons below it."""
    columns = sorted(kinds)
    rows = sorted({row for row, _ in outcomes})
    reasons: dict[str, int] = {}
    lines = [
        f"| case | | {' | '.join(columns)} |",
        f"|---:|---|{'---|' * len(columns)}",
    ]
    for row in rows:
        cells = [_cell(outcomes.get((row, kind), []), reasons) for kind in columns]
        lines.append(f"| {row.number} | {row.title} | {' | '.join(cells)} |")
    notes = [f"{number}. {reason}" for reason, number in reasons.items()]
    return "\n".join([*lines, "", *notes, ""])


def rates(measured: Mapping[tuple[str, str], float], kinds: Iterable[str]) -> str:
    """Return what was `measured` of each kind, by what was measured, in Markdown."""
    columns = sorted(kinds)
    lines = [
        f"| requests a second | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
    ]
    for name in sorted({name for _, name in measured}):
        figures = (measured.get((kind, name)) for kind in columns)
        cells = ("not measured" if one is None else f"{one:.1f}" for one in figures)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(values: list[str], reasons: dict[str, int]) -> str:
    """Return the one value of a cell; a reason stands below the table, under its number."""
    if FAIL in values:
        return FAIL
    told = next((value for value in values or [_LEFT_OUT] if value != PASS), None)
    if told is None:
        return PASS
    value, _, reason = told.partition(": ")
    number = reasons.setdefault(reason, len(reasons) + 1)
    return f"{'not offered' if value == _NOT_OFFERED else value} ({number})"
