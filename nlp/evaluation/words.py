"""How figures are written: shares with their interval, counts, and whether a target is reached."""

import math

from nlp.evaluation.measures import Figure

NOTHING = "–"
MISSED = " !"
"""Stands behind a figure that does not reach its target."""


def share(value: float) -> str:
    """Return a share as `.873`."""
    if math.isnan(value):
        return NOTHING
    written = f"{value:.3f}"
    return written.removeprefix("0")


def figure(found: Figure) -> str:
    """Return a share with its interval, as `.873 (.866–.880)`."""
    if math.isnan(found.value):
        return NOTHING
    if math.isnan(found.low):
        return share(found.value)
    return f"{share(found.value)} ({share(found.low)}–{share(found.high)})"


def count(hits: int, of: int) -> str:
    """Return `12 of 13`."""
    return f"{hits:,} of {of:,}" if of else NOTHING


def at_least(found: Figure, target: float) -> str:
    """Return a figure that should be at least `target`."""
    return share(found.value) + (MISSED if found.value < target else "")


def count_at_least(hits: int, of: int, target: float) -> str:
    """Return a count whose share should be at least `target`."""
    return count(hits, of) + (MISSED if hits < target * of else "")


def count_at_most(hits: int, of: int, target: float) -> str:
    """Return a count whose share should be at most `target`."""
    return count(hits, of) + (MISSED if hits > target * of else "")


def number_at_most(value: float, target: float, unit: str) -> str:
    """Return a measured number that should be at most `target`."""
    return f"{value:.1f} {unit}" + (MISSED if value > target else "")
