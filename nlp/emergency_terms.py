"""The notation of the emergency tables, and the matching copy of a text they are read against.

A text becomes its words and marks with one space between, each word folded so far that the
spellings of somebody in a hurry meet: umlauts, doubled letters, ck and ie, Cyrillic in Latin
letters. `words` in a table are written naturally and folded the same way.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

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


_KEPT = frozenset({"mann", "wuerde", "wuerden", "koennte", "koennten"})  # not man, wurde


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

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original text of a stretch of the copy."""
        first = self.spans[max(0, bisect_right(self.starts, start) - 1)][0]
        last = self.spans[max(0, bisect_right(self.starts, max(start, end - 1)) - 1)][1]
        return self.folded.span(first, last)


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


_SIGN = re.compile(r"([*_~()|^-])")
_SIGNS = {"*": r"[^\W_]*", "_": " ", "~": r" (?:[^\W_]+ ){0,3}?", "(": "(?:", ")": ")", "|": "|"}
_SIGNS |= {"-": " ", "^": r"(?<=^ )"}
_CHOICE = re.compile(r"\(([^()]*)\)")
_FIRST_WORD = re.compile(r"\^?([^_~-]*)")


@dataclass(frozen=True, slots=True)
class Concept:
    """What several terms have in common, and by which ends of a word it is suspected."""

    pattern: re.Pattern[str]
    beginnings: frozenset[str]
    endings: tuple[str, ...]


def concept(terms: str) -> Concept:
    """Compile terms, divided by blanks.

    `*` is any part of a word, `_` or `-` the gap between two words, `~` one with up to three
    words in it, `(a|b)` a choice, `^` the beginning of the message. A term stands for whole
    words.
    """
    parts, beginnings, endings = [], set(), []
    for term in terms.split():
        pieces = (
            _SIGNS.get(piece) or re.escape(key(fold(piece).text))
            for piece in _SIGN.split(term)
            if piece
        )
        parts.append("".join(pieces))
        for choice in _choices(term):
            first, star, rest = _first_word(choice).partition("*")
            if first:
                beginnings.add(key(fold(first).text)[:4])
            else:
                endings.append(key(fold(rest.strip("*")).text)[-4:])
    pattern = re.compile(f" (?:{'|'.join(parts)})(?= )")
    return Concept(pattern, frozenset(beginnings), tuple(endings))


def _first_word(term: str) -> str:
    match = _FIRST_WORD.match(term)
    return match.group(1) if match else ""


def _choices(term: str) -> list[str]:
    match = _CHOICE.search(term)
    if match is None:
        return [term]
    before, after = term[: match.start()], term[match.end() :]
    return [end for one in match.group(1).split("|") for end in _choices(before + one + after)]
