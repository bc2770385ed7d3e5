"""Printing figures, and the raw `sqlite3` loops that they are compared with."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def show(title: str, rows: Iterable[Sequence[str]]) -> None:
    """Print a table under a title."""
    print(f"\n{title}")
    for row in rows:
        print(
            "  " + "  ".join(cell.ljust(44 if place == 0 else 14) for place, cell in enumerate(row))
        )


def rate(count: int, seconds: float) -> str:
    """Return a rate as text."""
    return f"{count / seconds:,.0f}/s"


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def raw_loop(
    path: Path, writes: Sequence[tuple[str, Callable[[int], tuple[object, ...]]]], count: int
) -> tuple[float, float]:
    """Write `count` messages with plain `sqlite3`: each with its own commit, and 100 per commit.

    The same file settings as the product's: WAL, synchronous FULL, foreign keys on. Returns
    messages per second for both.
    """
    rates = []
    for per_commit in (1, 100):
        copy = path.with_suffix(f".raw{per_commit}")
        source = sqlite3.connect(path)
        target = sqlite3.connect(copy, isolation_level=None)
        source.backup(target)
        source.close()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            target.execute(f"PRAGMA {pragma}")
        start = time.perf_counter()
        for number in range(1, count + 1):
            if (number - 1) % per_commit == 0:
                target.execute("BEGIN IMMEDIATE")
            for statement, values in writes:
                target.execute(statement, values(number))
            if number % per_commit == 0 or number == count:
                target.execute("COMMIT")
        rates.append(count / (time.perf_counter() - start))
        target.close()
    return rates[0], rates[1]
