"""Stems per intent, category and signal: loading the YAML files and finding their hits."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from nlp import data
from nlp.folding import Folded, fold_key

KINDS = ("stems", "hints", "not")
SECTIONS = ("intents", "categories", "signals")
WINDOW = 48
_KEY = 4
_FUZZY_FROM = 7
_FUZZY_WORDS = 60
_NEGATION = re.compile(
    r" (?:nicht|kein\w{0,2}|nie|niemals|ohne|weder|net|nit|nischt|not|no|never|isn t|without)"
    r"(?: (?:mehr|so|ganz|wirklich|eine?[nmrs]?|der|die|das|dem|den|a|the|any)){0,2} ?$"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is `written` in a lexicon file, for what it speaks, and how strongly (its kind)."""

    target: str
    kind: str
    language: str
    literals: tuple[str, ...]
    written: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found in `plain[start:end]`."""

    entry: Entry
    start: int
    end: int
    negated: bool

    @property
    def target(self) -> str:
        """What it speaks for, such as `intents:thanks`."""
        return self.entry.target

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self.entry.kind


class Lexicon:
    """All entries, by their first literal; how long literals may be, by their first letters."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self.targets = tuple(dict.fromkeys(entry.target for entry in entries))
        self._single: dict[str, list[Entry]] = defaultdict(list)
        self._joined: dict[str, list[Entry]] = defaultdict(list)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._nearest = lru_cache(maxsize=16_384)(self._search_nearest)
        for entry in entries:
            kept = self._single if len(entry.literals) == 1 else self._joined
            kept[entry.literals[0]].append(entry)
        literals = {literal for entry in entries for literal in entry.literals}
        lengths: dict[str, set[int]] = defaultdict(set)
        for literal in literals:
            lengths[literal[:_KEY]].add(len(literal))
        self._lengths = {key: sorted(found) for key, found in lengths.items()}
        self._literals = frozenset(literals)
        for literal in self._single:
            word = literal.strip()
            if len(word) >= _FUZZY_FROM and " " not in word:
                for shorter in _one_less(word):
                    self._near[shorter].add(literal)

    def find(self, folded: Folded, language: str) -> list[Hit]:
        """Return the hits in `folded`: entries of its language, and German ones always."""
        plain = folded.plain
        wanted = {"de", language}
        found: dict[str, list[tuple[int, int]]] = {}
        for place in range(len(plain) - _KEY + 1):
            for length in self._lengths.get(plain[place : place + _KEY], ()):
                literal = plain[place : place + length]
                if len(literal) == length and literal in self._literals:
                    found.setdefault(literal, []).append((place, place + length))
        hits = [
            _hit(entry, plain, *span)
            for literal, spans in found.items()
            for entry in self._single.get(literal, ())
            if entry.language in wanted
            for span in spans
        ]
        for literal in found:
            for entry in self._joined.get(literal, ()):
                if entry.language in wanted and all(part in found for part in entry.literals):
                    hits.extend(_combined(entry, found, plain))
        hits.extend(self._misspelt(plain, hits, wanted))
        return hits

    def _misspelt(self, plain: str, hits: list[Hit], wanted: set[str]) -> list[Hit]:
        """Find stems with one wrong, missing, doubled or swapped letter in words without a hit."""
        found: list[Hit] = []
        covered = {place for hit in hits for place in range(hit.start, hit.end)}
        for match in list(_LONG_WORD.finditer(plain))[:_FUZZY_WORDS]:
            if match.start() + 1 in covered or match.end() - 1 in covered:
                continue
            literal = self._nearest(match.group())
            owners = self._single[literal] if literal else []
            found.extend(
                _hit(entry, plain, match.start() - 1, match.end())
                for entry in owners
                if entry.language in wanted
            )
        return found

    def _search_nearest(self, word: str) -> str | None:
        longest = min(len(word), _LONGEST_STEM)
        for length in range(longest, _FUZZY_FROM - 2, -1):
            part = word[:length]
            for shorter in (part, *_one_less(part)):
                for literal in sorted(self._near.get(shorter, ())):
                    stem = literal.strip()
                    if stem[0] == part[0] and OSA.distance(stem, part) <= 1:
                        return literal
        return None


_LONGEST_STEM = 18
_LONG_WORD = re.compile(rf"[^\W\d_]{{{_FUZZY_FROM - 1},30}}")


def _one_less(word: str) -> set[str]:
    """Return `word` with each of its letters left out in turn."""
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _hit(entry: Entry, plain: str, start: int, end: int) -> Hit:
    negated = _NEGATION.search(plain[max(0, start - 24) : start + 1]) is not None
    return Hit(entry, start, end, negated)


def _combined(entry: Entry, found: dict[str, list[tuple[int, int]]], plain: str) -> Iterator[Hit]:
    first, *others = (found[literal] for literal in entry.literals)
    for start, end in first[:8]:
        near = [
            span
            for spans in others
            for span in spans[:8]
            if abs(span[0] - start) <= WINDOW and (span[0] >= end or span[1] <= start)
        ]
        if len(near) >= len(others):
            low = min(start, *(span[0] for span in near))
            high = max(end, *(span[1] for span in near))
            yield _hit(entry, plain, low, high)
            break


def parse_literal(written: str) -> str:
    """Return the literal of a written stem: `foo` starts a word, `~foo` anywhere, `=foo` whole."""
    body = fold_key(written.strip().lstrip("~="))
    if written.strip().startswith("~"):
        literal = body
    elif written.strip().startswith("="):
        literal = f" {body} "
    else:
        literal = f" {body}"
    if len(literal) < _KEY:
        raise data.DataError(f"lexicon stem too short: {written!r}")
    return literal


def _parse(section: str, name: str, language: str, kind: str, written: str) -> Entry:
    literals = tuple(parse_literal(part) for part in written.split("+"))
    return Entry(f"{section}:{name}", kind, language, literals, written)


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """Return the shipped lexicon; raises DataError where a file has an unknown shape."""
    entries: dict[Entry, None] = {}
    for name in data.names("lexicon"):
        for section, targets in data.table(data.read("lexicon", name)).items():
            if section not in SECTIONS:
                raise data.DataError(f"{name}: unknown section {section}")
            for target, languages in data.table(targets).items():
                for language, kinds in data.table(languages).items():
                    for kind, written in data.table(kinds).items():
                        if kind not in KINDS:
                            raise data.DataError(f"{name}: {target}: unknown kind {kind}")
                        for stem in data.texts(written):
                            entries[_parse(section, target, language, kind, stem)] = None
    return Lexicon(tuple(entries))
