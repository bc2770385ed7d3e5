"""The identifiers of intents and ticket categories; labels and offices are the city's data."""

from functools import lru_cache

from nlp import data

TICKETS = frozenset({"report_defect", "complaint", "suggestion", "data_request"})
"""The wishes of which a ticket comes."""


@lru_cache(maxsize=1)
def intents() -> tuple[str, ...]:
    """Return the intent ids in their fixed order."""
    return tuple(data.texts(data.table(data.read("", "taxonomy.yaml"))["intents"]))


@lru_cache(maxsize=1)
def groups() -> dict[str, str]:
    """Return category id to group, in the fixed order of the table."""
    listed = data.table(data.table(data.read("", "taxonomy.yaml"))["categories"])
    return {category: str(group) for category, group in listed.items()}


def categories() -> tuple[str, ...]:
    """Return the category ids in their fixed order."""
    return tuple(groups())
