"""Stems per intent, category and signal: loading the YAML files and finding their hits."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from nlp import data
from nlp.folding import Folded, fold_key

KINDS = ("stems", "hints", "not")
SECTIONS = ("intents", "categories", "signals")
WINDOW = 48
_KEY = 4
_NEGATION = re.compile(
    r" (?:nicht|kein\w{0,2}|nie|niemals|ohne|weder|net|nit|nischt|not|no|never|isn t|without)"
    r"(?: (?:mehr|so|ganz|wirklich|eine?[nmrs]?|der|die|das|dem|den|a|the|any)){0,2} ?$"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found in `plain[start:end]`: what it speaks for, and how strongly (its kind)."""

    target: str
    kind: str
    start: int
    end: int
    negated: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    target: str
    kind: str
    language: str
    literals: tuple[str, ...]


class Lexicon:
    """All entries, indexed by the first letters of their literals."""

    def __init__(self, entries: tuple[_Entry, ...]) -> None:
        self.targets = tuple(dict.fromkeys(entry.target for entry in entries))
        self._index: dict[str, list[tuple[str, list[_Entry]]]] = defaultdict(list)
        by_literal: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            for literal in entry.literals:
                by_literal[literal].append(entry)
        for literal, owners in by_literal.items():
            self._index[literal[:_KEY]].append((literal, owners))

    def find(self, folded: Folded, language: str) -> list[Hit]:
        """Return the hits in `folded`: entries of its language, and German ones always."""
        plain = folded.plain
        wanted = {"de", language}
        hits: list[Hit] = []
        parts: dict[_Entry, dict[str, list[tuple[int, int]]]] = {}
        index = self._index
        for place in range(len(plain) - _KEY + 1):
            candidates = index.get(plain[place : place + _KEY])
            if candidates is None:
                continue
            for literal, owners in candidates:
                if not plain.startswith(literal, place):
                    continue
                span = (place, place + len(literal))
                for entry in owners:
                    if entry.language not in wanted:
                        continue
                    if len(entry.literals) == 1:
                        hits.append(_hit(entry, plain, *span))
                    else:
                        parts.setdefault(entry, {}).setdefault(literal, []).append(span)
        hits.extend(_combined(parts, plain))
        return hits


def _hit(entry: _Entry, plain: str, start: int, end: int) -> Hit:
    negated = _NEGATION.search(plain[max(0, start - 24) : start + 1]) is not None
    return Hit(entry.target, entry.kind, start, end, negated)


def _combined(
    parts: dict[_Entry, dict[str, list[tuple[int, int]]]], plain: str
) -> Iterator[Hit]:
    for entry, found in parts.items():
        if len(found) < len(set(entry.literals)):
            continue
        first, *others = (found[literal] for literal in entry.literals)
        for start, end in first[:8]:
            near = [
                span
                for spans in others
                for span in spans[:8]
                if abs(span[0] - start) <= WINDOW
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


def _parse(section: str, name: str, language: str, kind: str, written: str) -> _Entry:
    literals = tuple(parse_literal(part) for part in written.split("+"))
    return _Entry(f"{section}:{name}", kind, language, literals)


@lru_cache(maxsize=1)
def load() -> Lexicon:
    """Return the shipped lexicon; raises DataError where a file has an unknown shape."""
    entries: dict[_Entry, None] = {}
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
