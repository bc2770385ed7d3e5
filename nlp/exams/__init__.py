"""The examinations: messages that nothing was built from, with what an examiner would accept."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from nlp import data, taxonomy

NOW = datetime.fromisoformat("2026-11-18T10:00:00+01:00")
"""The time of every message of an examination: a Wednesday."""

FROZEN = (
    "messages", "reports", "messages_second", "reports_second", "messages_third", "reports_third",
)  # fmt: skip
"""The sets that every new model has to pass; the rules were mended with them, so they flatter."""
UNSEEN = ("messages_unseen", "reports_unseen")
"""The sets that nobody has looked at while building."""


@dataclass(frozen=True, slots=True)
class Case:
    """A message; `also` would be accepted as primary intent or category, too.

    `ticket` tells whether a ticket should come of it, `dates` what dates it names; None: debatable.
    """

    text: str
    language: str
    intents: tuple[str, ...]
    also: tuple[str, ...]
    category: str | None
    also_category: tuple[str, ...]
    ticket: bool | None
    dates: tuple[str, ...] | None
    slices: tuple[str, ...]


@lru_cache(maxsize=8)
def read(name: str) -> tuple[Case, ...]:
    """Return the examination of this name; raises DataError for unknown ids."""
    return tuple(
        _case(name, data.table(row)) for row in data.rows(data.read("exams", f"{name}.yaml"))
    )


def _case(name: str, row: dict[str, object]) -> Case:
    case = Case(
        str(row["text"]),
        str(row["language"]),
        tuple(data.texts(row["intents"])),
        tuple(data.texts(row.get("also"))),
        None if row.get("category") is None else str(row["category"]),
        tuple(data.texts(row.get("also_category"))),
        None if row.get("ticket") is None else bool(row["ticket"]),
        tuple(data.texts(row["dates"])) if row.get("dates") is not None else None,
        tuple(data.texts(row.get("slices"))),
    )
    categories = {case.category, *case.also_category} - {None}
    unknown = {*case.intents, *case.also} - set(taxonomy.intents())
    if unknown or not categories <= set(taxonomy.categories()):
        raise data.DataError(f"{name}: unknown {unknown or categories}")
    return case
