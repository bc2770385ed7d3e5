"""The demo city's gazetteer, and gazetteers as plain data for saving."""

from functools import lru_cache

from nlp import data
from nlp.types import Gazetteer, Name

KINDS = ("streets", "districts", "places", "markets", "shops", "products")


@lru_cache(maxsize=1)
def demo() -> Gazetteer:
    """Return the gazetteer of the demo city (example data)."""
    return from_table(data.table(data.read("gazetteer", "demo.yaml")))


def demo_streets() -> dict[str, tuple[str, ...]]:
    """Return the streets of the demo city by district (example data, not checked)."""
    content = data.table(data.read("gazetteer", "demo.yaml"))
    return {
        district: tuple(data.texts(names))
        for district, names in data.table(content["streets"]).items()
    }


def from_table(content: dict[str, object]) -> Gazetteer:
    """Return a gazetteer from plain data; raises DataError where its shape is unknown."""
    groups = {kind: _names(content.get(kind)) for kind in KINDS}
    return Gazetteer(**groups, ticket_prefix=str(content.get("ticket_prefix", "LEV")))


def to_table(gazetteer: Gazetteer) -> dict[str, object]:
    """Return a gazetteer as plain data, the inverse of `from_table`."""
    content: dict[str, object] = {"ticket_prefix": gazetteer.ticket_prefix}
    groups = {
        "streets": gazetteer.streets,
        "districts": gazetteer.districts,
        "places": gazetteer.places,
        "markets": gazetteer.markets,
        "shops": gazetteer.shops,
        "products": gazetteer.products,
    }
    for kind, names in groups.items():
        content[kind] = [
            {"value": name.value, "label": name.label, "aliases": list(name.aliases)}
            for name in names
        ]
    return content


def _names(entries: object) -> tuple[Name, ...]:
    """Read names: a plain text is value and label at once; streets may be grouped by district."""
    if isinstance(entries, dict):
        grouped = [name for names in data.table(entries).values() for name in data.rows(names)]
        return _names(grouped)
    names = []
    for entry in data.rows(entries):
        if isinstance(entry, str):
            names.append(Name(entry, entry))
            continue
        fields = data.table(entry)
        label = str(fields["label"])
        value = str(fields.get("value", label))
        names.append(Name(value, label, tuple(data.texts(fields.get("aliases")))))
    return tuple(names)
