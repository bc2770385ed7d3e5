"""What `doctor` says: a check, how it stands, and the cure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"  # works, and should be looked at
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; `cure` is empty where nothing has to be done."""

    check: str
    level: Level
    text: str
    cure: str = ""


def ok(check: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, cure: str) -> Finding:
    """Return what should be looked at."""
    return Finding(check, Level.WARNING, text, cure)


def wrong(check: str, text: str, cure: str) -> Finding:
    """Return what does not work, or loses something."""
    return Finding(check, Level.WRONG, text, cure)


def is_well(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing is wrong."""
    return all(finding.level is not Level.WRONG for finding in findings)
