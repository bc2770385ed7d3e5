"""Tables of what raises an alarm: concepts, and which of them must meet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nlp import data
from nlp.alarm_notation import BEGINNING, Concept, concepts
from nlp.alarm_terms import words


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of alarm: all concepts of `needs` near one another, none of `unless` by them.

    A `firm` one is not talked away by tales, conditions and the past. What stands in `never`
    is no part of the whole message.
    """

    kind: str
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    never: tuple[str, ...]
    firm: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The function words, concepts and rules of a language, or of all.

    The guards are concepts of fixed names: `idiom` is cut out first; `told`, `imagined`,
    `past` (without `now`), `negation` (before) and `denial` (after) hold for each rule that
    is not firm. A table may do without them. Two `grave` concepts together are an alarm too,
    of the kind of the first, whatever else is said.
    """

    function_words: frozenset[str]
    concepts: Mapping[str, Concept]
    rules: tuple[Rule, ...]
    grave: Mapping[str, Rule]
    suspects: Mapping[str, frozenset[str]]
    endings: tuple[str, ...]

    def compile(self) -> None:
        """Compile now what many messages are searched for; the rest when it is first needed."""
        for name in {"idiom", *self.grave, *(rule.needs[0] for rule in self.rules)}:
            if name in self.concepts:
                _ = self.concepts[name].pattern

    def suspected(self, vocabulary: frozenset[str]) -> set[str]:
        """Return the alarming concepts of which the words of a text may speak."""
        found: set[str] = set()
        for word in vocabulary:
            found.update(self.suspects.get(word, ()))
            for length in range(1, BEGINNING + 1):
                found.update(self.suspects.get(f"{word[:length]}*", ()))
            if word.endswith(self.endings):
                for length in range(len(word)):
                    found.update(self.suspects.get(f"*{word[length:]}", ()))
        return found

    def find(
        self, name: str, text: str, start: int = 0, end: int | None = None
    ) -> re.Match[str] | None:
        """Return where a concept first stands in a stretch of the text."""
        concept = self.concepts.get(name)
        if concept is None:
            return None
        return concept.pattern.search(text, max(0, start), len(text) if end is None else end)

    def last(self, name: str, text: str, start: int, end: int) -> re.Match[str] | None:
        """Return where a concept last stands in a stretch of the text."""
        concept = self.concepts.get(name)
        if concept is None:
            return None
        return max(concept.pattern.finditer(text, max(0, start), end), key=_place, default=None)

    def without_idioms(self, text: str) -> str:
        """Return the text with its figures of speech struck out, every place kept."""
        idioms = self.concepts.get("idiom")
        return idioms.pattern.sub(_strike_out, text) if idioms else text


def _place(match: re.Match[str]) -> int:
    return match.start()


def _strike_out(match: re.Match[str]) -> str:
    return " " + "_" * (len(match.group()) - 1)


def read(folder: str, name: str) -> Table:
    """Return the table of `nlp/<folder>/<name>.yaml`; `<name>_*.yaml` add concepts.

    A rule reads `kind[!] | concepts | concepts that speak against it`. The first concept is
    the alarming one, and raises the suspicion. `!` makes it firm, `@` before a concept that
    speaks against it looks through the whole message. `grave` lists concepts and, after a bar,
    what speaks against them.
    Raises DataError for an unknown concept, for one that is there twice, and for a term that can
    never match or, of an alarming concept, raises no suspicion.
    """
    file = f"{name}.yaml"
    content = data.table(data.read(folder, file))
    written = _written(f"{folder}/{file}", content["concepts"])
    for other in data.names(folder):
        if other.startswith(f"{name}_"):
            more = _written(f"{folder}/{other}", data.read(folder, other))
            if twice := written.keys() & more.keys():
                raise data.DataError(f"{folder}/{other}: concepts of before {sorted(twice)}")
            written |= more
    found = concepts(written)
    rules = tuple(_rule(line) for line in str(content["rules"]).strip().splitlines())
    names, against = (part.split() for part in f"{content.get('grave', '')}|".split("|")[:2])
    grave = {name: Rule(_kind(rules, name), (name,), tuple(against), (), False) for name in names}
    for rule in (*rules, *grave.values()):
        unknown = {*rule.needs, *rule.unless, *rule.never} - found.keys()
        if unknown:
            raise data.DataError(f"{folder}/{file}: unknown concepts {sorted(unknown)}")
    function_words = words(str(content.get("function_words", "")))
    suspects: dict[str, frozenset[str]] = {}
    for one in dict.fromkeys([*(rule.needs[0] for rule in rules), *grave]):
        try:
            for word in found[one].suspects(function_words):
                suspects[word] = suspects.get(word, frozenset()) | {one}
        except data.DataError as wrong:
            raise data.DataError(f"{written[one][0]}: {one}: {wrong}") from wrong
    endings = tuple(word.lstrip("*") for word in suspects if word.startswith("*"))
    return Table(function_words, found, rules, grave, suspects, endings)


def _written(file: str, content: object) -> dict[str, tuple[str, str]]:
    return {name: (file, str(terms)) for name, terms in data.table(content).items()}


def _kind(rules: tuple[Rule, ...], name: str) -> str:
    return next((rule.kind for rule in rules if name in rule.needs), "help")


def _rule(line: str) -> Rule:
    kind, needs, against = (part.split() for part in f"{line}||".split("|")[:3])
    return Rule(
        kind[0].rstrip("!"),
        tuple(needs),
        tuple(name for name in against if not name.startswith("@")),
        tuple(name[1:] for name in against if name.startswith("@")),
        kind[0].endswith("!"),
    )
