"""The notation of the emergency tables, and the matching copy of a text they are read against.

A text becomes its words and marks with one space between, each word folded so far that the
spellings of somebody in a hurry meet: umlauts, doubled letters, ck and ie, Cyrillic in Latin
letters. `words` in a table are written naturally and folded the same way.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from nlp.folding import Folded, fold

_TOKEN = re.compile(r"[\w']+|\n|[^\w\s-]")
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгґдезиіїйклмнопрстуфыэё",
            "abvhgdeziiiiklmnoprstufiee",
            strict=True,
        )
    )
    | {"є": "ye", "ж": "zh", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"}
    | {"ю": "iu", "я": "ia", "ь": "", "ъ": "", "'": "", "ʼ": "", "j": "i", "y": "i"}
)
_SPELLINGS = re.compile(r"kh|ck|dt|ae|oe|ue|ie|(\w)\1+")
_MERGED = {"kh": "h", "ck": "k", "dt": "t", "ae": "a", "oe": "o", "ue": "u", "ie": "i"}


_KEPT = frozenset(
    {
        "mann",
        "feel",
        "yedi",
        "we're",
        "wuerde",
        "wuerden",
        "haette",
        "haetten",
        "koennte",
        "koennten",
    }
)  # not man, fell, idi, wurde


@lru_cache(maxsize=16_384)
def key(word: str) -> str:
    """Return what spellings of a folded word have in common (never longer than the word)."""
    if word.isdigit() or word in _KEPT:
        return word
    return _SPELLINGS.sub(_merge, _SPELLINGS.sub(_merge, word.translate(_CYRILLIC)))


def _merge(match: re.Match[str]) -> str:
    return _MERGED.get(match.group(), match.group(1) or match.group()[0])


@dataclass(frozen=True, slots=True)
class Copy:
    """The matching copy: `text`, and for each token its start there and its span in `folded`."""

    folded: Folded
    words: tuple[str, ...]
    text: str
    starts: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def spans_of(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the folded text of a stretch of the copy."""
        first = self.spans[max(0, bisect_right(self.starts, start) - 1)][0]
        last = self.spans[max(0, bisect_right(self.starts, max(start, end - 1)) - 1)][1]
        return first, last


def copy(folded: Folded) -> Copy:
    """Return the matching copy of a folded text."""
    words, starts, spans, place = [], [], [], 1
    for match in _TOKEN.finditer(folded.text):
        word = key(match.group())
        if not word:
            continue
        words.append(word)
        starts.append(place)
        spans.append(match.span())
        place += len(word) + 1
    return Copy(folded, tuple(words), f" {' '.join(words)} ", tuple(starts), tuple(spans))


def words(text: str) -> frozenset[str]:
    """Return the folded words of a list."""
    return frozenset(key(fold(word).text) for word in text.split())


_SIGN = re.compile(r"([*+_~()|^$-])")
_SIGNS = {"*": r"[^\W_]*", "_": " ", "~": r" (?:[^\W_]+ ){0,4}?", "(": "(?:", ")": ")", "|": "|"}
_SIGNS |= {"-": " ", "^": r"(?<=^ )", "$": r"(?=(?: [^\w ]+)* $)", "+": "*"}
_CHOICE = re.compile(r"\(([^()]*)\)")
_GAP = re.compile(r"[_~-]")
_FREE = re.compile(r"\([^()]*\)\+|\((?:[^()|]*_\|)+\)")  # what a term can do without
_PART = re.compile(r"(?:[^()_~-]|\([^()]*\))+")
BEGINNING = 5  # letters by which a word with an open end is suspected


@dataclass(frozen=True)
class Concept:
    """What several terms, divided by blanks, have in common.

    In a term `*` is any part of a word, `_` or `-` the gap between two words, `~` one with up
    to four words in it, `(a|b)` a choice, `(a_|b_)+` as many of these words as there are, or none,
    `^` the beginning of the message, `$` its end but for marks. A term stands for whole words.
    """

    terms: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The terms as one pattern, compiled when it is first needed."""
        compiled = "|".join(_expression(term) for term in self.terms.split())
        return re.compile(f" (?:{compiled})(?= )")

    def suspects(self, common: frozenset[str]) -> Iterator[str]:
        """Yield what one part of each term is suspected by: the part with the rarest words."""

        def rarity(word: str) -> tuple[bool, int]:
            return word not in common, len(word)

        for term in self.terms.split():
            parts = [
                [max(map(_suspect, _GAP.split(choice)), key=rarity) for choice in _choices(part)]
                for part in _PART.findall(_FREE.sub("", term))
            ]
            yield from max(parts, key=lambda part: min(map(rarity, part)))


def _expression(term: str) -> str:
    pieces = (piece for piece in _SIGN.split(term) if piece)
    return "".join(_SIGNS.get(piece) or re.escape(key(fold(piece).text)) for piece in pieces)


@lru_cache(maxsize=16_384)
def _suspect(part: str) -> str:
    """Return the word to look up for a part without gaps, `*` where it is open."""
    first, star, rest = part.strip("^$").partition("*")
    if first:
        word = key(fold(first).text)
        return word[:BEGINNING] + "*" if star else word
    return "*" + key(fold(rest.strip("*")).text) if rest else ""


def _choices(term: str) -> list[str]:
    match = _CHOICE.search(term)
    if match is None:
        return [term]
    before, after = term[: match.start()], term[match.end() :]
    return [end for one in match.group(1).split("|") for end in _choices(before + one + after)]
