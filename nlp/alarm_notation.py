"""The notation of the tables of alarms: terms, and the concepts that several of them make up.

A term stands for whole words one after the other, read against the matching copy of a text:

* `*` is any part of a word, or a whole one: `brenn*`, `*haus`, `ein_*_brennt`;
* `_` or `-` is the gap between two words, `~` one with up to four words in it;
* a mark is a word of its own: `hilfe_!`;
* `(a|b)` is a choice of words, or of parts of one: `(mein|dein)_haus`, `haus(es|)`;
* `(a_|b_|)c` are words that may stand before another, `(a_|b_)+c` as many of them as there are,
  or none, `a(_b|_c|)` words that may stand after it: each has its gap with it;
* `{name}` in a choice are the terms of another concept;
* `^` is the beginning of the message, `$` its end but for marks, also as one choice: `a(_!|$)`.

A choice holds no other one. Whatever else is written could never match, and raises DataError.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter

from nlp.alarm_terms import key
from nlp.data import DataError
from nlp.folding import fold

BEGINNING = 5  # letters by which a word with an open end is suspected

_SIGNS = str.maketrans(
    {"*": r"[^\W_]*", "_": " ", "-": " ", "~": r" (?:[^\W_]+ ){0,4}?", "(": "(?:", "+": "*"}
    | {"^": r"(?<=^ )", "$": r"(?=(?: [^\w ]+)* $)"}
    | {mark: re.escape(mark) for mark in ".?[]{}\\"}
)
_WORD = r"(?:[^\W_]|['*])++"
_MARK = r"[^\w\s*+_~()|^$'-]"
_PART = rf"{_WORD}(?:[_~-]{_WORD})*+"
_UNIT = rf"(?:{_WORD}|{_MARK})(?:[_~-](?:{_WORD}|{_MARK}))*+"
_PARTS = rf"\((?:{_PART})?(?:\|(?:{_PART})?)*+\)"  # of a word, or nothing
_FULL = rf"\({_PART}(?:\|{_PART})*+\)"
_CHOICE = rf"\({_UNIT}(?:\|{_UNIT})*+\)"
_BEFORE = rf"(?:\({_UNIT}[_~](?:\|{_UNIT}[_~])*(?:\|\)|\)\+|\)(?!\*)))*"
_AFTER = rf"(?:\((?:[_~]{_UNIT}|\$)(?:\|[_~]{_UNIT}|\|\$)*\|?\))*"
_SPOKEN = rf"(?:{_PARTS})*(?:{_WORD}|{_FULL})(?:{_WORD}|{_PARTS})*"
_ITEM = rf"{_BEFORE}(?:{_MARK}|{_CHOICE}|{_SPOKEN}){_AFTER}"
_TERM = re.compile(rf"\^?{_ITEM}(?:[_~-]{_ITEM})*\$?")

_SPELT = re.compile(r"\{\w+\}|(?:[^\W_]|')+")  # a name, or what is folded
_NAME = re.compile(r"\{(\w+)\}")
_INNER = re.compile(r"\(([^()]*)\)")
_GAP = re.compile(r"[_~-]")
_FREE = re.compile(r"\([^()]*\)\+|\((?:[^()|]*_\|)+\)|\((?:_[^()|]*\|)+\)")  # may be left out
_PIECE = re.compile(r"(?:[^()_~-]|\([^()]*\))+")  # of a term, between two gaps


@dataclass(frozen=True)
class Concept:
    """What several terms, folded, have in common."""

    terms: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The terms as one pattern, compiled when it is first needed."""
        return re.compile(f" (?:{'|'.join(self.terms).translate(_SIGNS)})(?= )")

    def suspects(self, common: frozenset[str]) -> Iterator[str]:
        """Yield what one part of each term is suspected by: the part with the rarest words.

        Raises DataError for a term without a word to suspect it by.
        """
        for term in self.terms:
            pieces = _PIECE.findall(_FREE.sub("", term))
            rarity, found = max((_suspects(one, common) for one in pieces), key=itemgetter(0))
            if not rarity[0]:
                raise DataError(f"nothing to suspect {term!r:.80} by")
            yield from found


def concepts(written: Mapping[str, tuple[str, str]]) -> dict[str, Concept]:
    """Return the concepts of a table by name, from the file and the terms of each.

    Raises DataError for a name that is none, and for a term that could never match.
    """
    folded = {name: _fold(terms) for name, (_, terms) in written.items()}
    named = {name for terms in folded.values() for name in _NAME.findall(terms)}
    families = {
        name: "|".join(one for term in folded[name].split() for one in _choices(term))
        for name in named & folded.keys()
    }
    found: dict[str, Concept] = {}
    for name, (file, terms) in written.items():
        try:
            filled = folded[name].format_map(families).split(" ")
        except KeyError as unknown:
            raise DataError(f"{file}: {name}: unknown concept {unknown}") from unknown
        for term, raw in zip(filled, terms.split(), strict=True):
            if not _TERM.fullmatch(term):
                raise DataError(f"{file}: {name}: {raw} can never match")
        found[name] = Concept(tuple(filled))
    return found


def _fold(terms: str) -> str:
    """Return terms folded word by word, one blank between."""
    return _SPELT.sub(_fold_word, fold(" ".join(terms.split())).text)


def _fold_word(match: re.Match[str]) -> str:
    return match.group() if match.group().startswith("{") else key(match.group())


def _choices(term: str) -> list[str]:
    """Return a term once for each of its choices."""
    match = _INNER.search(term)
    if match is None:
        return [term]
    before, after = term[: match.start()], term[match.end() :]
    return [end for one in match.group(1).split("|") for end in _choices(before + one + after)]


_Rarity = tuple[bool, bool, int]


@lru_cache(maxsize=16_384)
def _suspects(piece: str, common: frozenset[str]) -> tuple[_Rarity, list[str]]:
    """Return what a piece of a term is suspected by, and how rare the commonest of it is."""

    def rarity(word: str) -> _Rarity:
        return word != "", word not in common, len(word)

    found = [max(map(_suspect, _GAP.split(one)), key=rarity) for one in _choices(piece)]
    return min(map(rarity, found)), found


def _suspect(word: str) -> str:
    """Return what a word is looked up by, with `*` where it is open; nothing if at both ends."""
    first, star, rest = word.strip("^$").partition("*")
    if first:
        return first[:BEGINNING] + "*" if star else first
    return "*" + rest if rest and "*" not in rest else ""
