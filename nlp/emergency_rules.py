"""A language's table of emergencies: concepts, and which of them must meet to be one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlp import data
from nlp.emergency_terms import Concept, concept, words


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
    beginnings: frozenset[str]
    endings: tuple[str, ...]

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
    concepts = {one: concept(str(listed)) for one, listed in terms.items()}
    rules = tuple(_rule(line) for line in str(table["rules"]).strip().splitlines())
    for rule in rules:
        unknown = {*rule.needs, *rule.unless, *rule.never} - concepts.keys()
        if unknown:
            raise data.DataError(f"{name}: unknown concepts {sorted(unknown)}")
    alarming = [concepts[rule.needs[0]] for rule in rules]
    return Language(
        words(str(table["function_words"])),
        concepts,
        rules,
        frozenset().union(*(one.beginnings for one in alarming)),
        tuple({end for one in alarming for end in one.endings}),
    )


def _rule(line: str) -> Rule:
    kind, needs, against = (part.split() for part in f"{line}||".split("|")[:3])
    return Rule(
        kind[0].rstrip("!"),
        tuple(needs),
        tuple(name for name in against if not name.startswith("@")),
        tuple(name[1:] for name in against if name.startswith("@")),
        kind[0].endswith("!"),
    )
