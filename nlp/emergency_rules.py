"""A language's table of emergencies: concepts, and which of them must meet to be one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlp import data
from nlp.emergency_terms import BEGINNING, Concept, words


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of emergency: all concepts of `needs` near one another, none of `unless` by them.

    A `firm` one is not talked away by tales, conditions and the past. What stands in `never`
    is no part of the whole message.
    """

    kind: str
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    never: tuple[str, ...]
    firm: bool


@dataclass(frozen=True, slots=True)
class Language:
    """A language's function words, concepts and rules.

    The guards are concepts of fixed names: `idiom` is cut out first; `told`, `imagined`,
    `past` (without `now`), `negation` (before) and `denial` (after) hold for each rule that
    is not firm.
    """

    function_words: frozenset[str]
    concepts: Mapping[str, Concept]
    rules: tuple[Rule, ...]
    suspects: Mapping[str, frozenset[str]]
    endings: tuple[str, ...]

    def suspected(self, vocabulary: frozenset[str]) -> set[str]:
        """Return the alarming concepts of which the words of a text may speak."""
        found: set[str] = set()
        for word in vocabulary:
            found.update(self.suspects.get(word, ()))
            for length in range(1, BEGINNING + 1):
                found.update(self.suspects.get(f"{word[:length]}*", ()))
            if word.endswith(self.endings):
                for length in range(1, len(word)):
                    found.update(self.suspects.get(f"*{word[length:]}", ()))
        return found

    def find(
        self, name: str, text: str, start: int = 0, end: int | None = None
    ) -> re.Match[str] | None:
        """Return where a concept first stands in a stretch of the text."""
        return self.concepts[name].pattern.search(text, start, len(text) if end is None else end)

    def last(self, name: str, text: str, start: int, end: int) -> re.Match[str] | None:
        """Return where a concept last stands in a stretch of the text."""
        found = None
        for found in self.concepts[name].pattern.finditer(text, max(0, start), end):
            pass
        return found


def read(name: str) -> Language:
    """Return the language of `nlp/emergencies/<name>.yaml` and `<name>_guards.yaml`.

    A rule reads `kind[!] | concepts | concepts that speak against it`. The first concept is
    the alarming one, and raises the suspicion. `!` makes it firm, `@` before a concept that
    speaks against it looks through the whole message.
    """
    table = data.table(data.read("emergencies", f"{name}.yaml"))
    guards = data.table(data.read("emergencies", f"{name}_guards.yaml"))
    terms = data.table(table["concepts"]) | guards
    concepts = {one: Concept(str(listed)) for one, listed in terms.items()}
    rules = tuple(_rule(line) for line in str(table["rules"]).strip().splitlines())
    for rule in rules:
        unknown = {*rule.needs, *rule.unless, *rule.never} - concepts.keys()
        if unknown:
            raise data.DataError(f"{name}: unknown concepts {sorted(unknown)}")
    function_words = words(str(table["function_words"]))
    suspects: dict[str, frozenset[str]] = {}
    for name in dict.fromkeys(rule.needs[0] for rule in rules):
        for word in concepts[name].suspects(function_words):
            suspects[word] = suspects.get(word, frozenset()) | {name}
    endings = tuple(word.lstrip("*") for word in suspects if word.startswith("*"))
    return Language(function_words, concepts, rules, suspects, endings)


def _rule(line: str) -> Rule:
    kind, needs, against = (part.split() for part in f"{line}||".split("|")[:3])
    return Rule(
        kind[0].rstrip("!"),
        tuple(needs),
        tuple(name for name in against if not name.startswith("@")),
        tuple(name[1:] for name in against if name.startswith("@")),
        kind[0].endswith("!"),
    )
