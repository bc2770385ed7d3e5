"""The matching copy of a text, which the tables of alarms are read against.

A text becomes its words and marks with one space between, each word folded so far that the
spellings of somebody in a hurry meet: umlauts, doubled letters, ck and ie, Cyrillic in Latin
letters. The words of a table are written naturally and folded the same way.
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
        "gesaegt",
        "miene",
        "noose",
        "schief",
        "schlaff",
        "waer",
        "wirr",
        "yetissin",
        "saattir",
        "її",
        "їй",
        "колії",
        "kolii",
    }
)  # not man, fell, idi, wurde, gesagt, mine, nose, schiff, schlaf, war, wir, yetişin, satır, і


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
