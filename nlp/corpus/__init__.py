"""The project's own sentences: one file per voice, each sentence with what it means."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlp import data, taxonomy

LANGUAGES = ("de", "en", "tr", "uk")
HELD_OUT_OF = 6


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with what it means: its intents, the first one first, and its category if any.

    `voice` is the kind of person who would write it; `group` is its template. All variants of a
    template stay on one side of a split.
    """

    text: str
    language: str
    intents: tuple[str, ...]
    category: str | None
    voice: str = ""
    group: int = 0

    @property
    def held_out(self) -> bool:
        """Tell whether the example belongs to the development part."""
        return self.group % HELD_OUT_OF == 0


@lru_cache(maxsize=1)
def templates() -> tuple[Example, ...]:
    """Return the written sentences, slots unfilled, each once; raises DataError for unknown ids."""
    found: dict[str, Example] = {}
    for name in data.names("corpus"):
        for example in _voice(name):
            found.setdefault(example.text, example)
    return tuple(found.values())


def _voice(name: str) -> Iterator[Example]:
    file = data.table(data.read("corpus", name))
    voice, language = str(file["voice"]), str(file["language"])
    if language not in LANGUAGES:
        raise data.DataError(f"{name}: unknown language {language}")
    for entry in data.rows(file["blocks"]):
        block = data.table(entry)
        intents = tuple(data.texts(block["intents"]))
        category = None if block.get("category") is None else str(block["category"])
        _check(name, intents, category)
        for text in data.texts(block["texts"]):
            yield Example(text, language, intents, category, voice, group_of(text))


def _check(name: str, intents: tuple[str, ...], category: str | None) -> None:
    unknown = set(intents) - set(taxonomy.intents())
    if unknown or (category is not None and category not in taxonomy.categories()):
        raise data.DataError(f"{name}: unknown {unknown or category}")


def group_of(text: str) -> int:
    """Return a number that depends on the text alone, the same in every process."""
    value = 7
    for char in text:
        value = (value * 31 + ord(char)) % 1_000_003
    return value
