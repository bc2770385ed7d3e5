"""Tables of texts that name days and of texts that name none, through the whole pipeline."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from nlp.pipeline import Understander
from nlp.types import Context

TABLES = Path(__file__).parent / "dates"
NAMELESS_TABLES = (
    "nameless_german.yaml",
    "nameless_other.yaml",
    "hard_nameless.yaml",
    "spoken_nameless.yaml",
)
DAYS = {"date", "date_range", "weekday"}
NOON = datetime.fromisoformat("2026-03-18T12:00:00+01:00")


class Group(NamedTuple):
    """Texts of one language at one time, with the values that they name."""

    name: str
    now: datetime
    language: str
    texts: dict[str, str]


def read(name: str) -> Any:
    return yaml.safe_load((TABLES / name).read_text(encoding="utf-8"))


def _named() -> Iterator[Group]:
    for table in ("named_german.yaml", "named_other.yaml", "hard.yaml", "spoken.yaml"):
        for group in read(table):
            name = f"{table} {group['language']} {group['now']:%Y-%m-%d}"
            yield Group(name, group["now"], group["language"], group["texts"])


def _nameless() -> Iterator[Group]:
    for table in NAMELESS_TABLES:
        for language, texts in read(table).items():
            yield Group(f"{table} {language}", NOON, language, dict.fromkeys(texts, ""))


NAMED = tuple(_named())
NAMELESS = tuple(_nameless())


def days_and_times(understander: Understander, text: str, context: Context) -> str:
    entities = understander.understand(text, context).entities
    return " ".join(entity.value for entity in entities if entity.type in {*DAYS, "time"})


def days(values: str) -> str:
    """Leave the clock times out of values."""
    return " ".join(value for value in values.split() if ":" not in value or "weekly" in value)


@pytest.mark.parametrize("group", NAMED, ids=lambda group: group.name)
def test_texts_that_name_days(group: Group, understander: Understander) -> None:
    context = Context(group.now, group.language)
    found = {text: days_and_times(understander, text, context) for text in group.texts}
    assert {text: days(values) for text, values in found.items()} == {
        text: days(values) for text, values in group.texts.items()
    }
    timed = {text: values for text, values in group.texts.items() if values != days(values)}
    assert {text: found[text] for text in timed} == timed


@pytest.mark.parametrize("group", NAMELESS, ids=lambda group: group.name)
def test_no_date_is_invented(group: Group, understander: Understander) -> None:
    context = Context(group.now, group.language)
    found = {text: days(days_and_times(understander, text, context)) for text in group.texts}
    assert found == group.texts


def test_the_language_of_a_short_text_need_not_be_known(understander: Understander) -> None:
    for group in NAMED:
        for text, values in group.texts.items():
            found = days_and_times(understander, text, Context(group.now))
            assert days(found) == days(values), text
