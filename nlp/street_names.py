"""The city's list of streets: found as it is written, as it sounds, or with a slip of the pen."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Indel

from nlp.folding import fold_key
from nlp.types import Name

_CUTOFF = 84.0  # of 100; the stems are compared more strictly
_SHORTEST = 6
_SLIPS = 4  # letters of a stem per letter that may be wrong, missing or too much
_STREET = re.compile(r"(?:str|stra?s+z?e?|stas+e|stroo?s+)$")  # Str., Strase, Staße, Stroß
_SHORT_FOR = {"v": "von", "st": "sankt"}
_SOUNDS = (
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ch", "#"),
    ("c", "k"),
    ("#", "ch"),
    ("tz", "z"),
    ("v", "f"),
    ("y", "i"),
    ("ie", "i"),
    ("ae", "e"),
    ("oe", "o"),
    ("ue", "u"),
)
_SILENT_H = re.compile(r"(?<=[aeiou])h")
_DOUBLE = re.compile(r"(.)\1+")
_KIND = re.compile(r"(?:strase|weg|plaz|ale|ring|gase)$")


@lru_cache(maxsize=8192)
def spelt_out(word: str) -> str:
    """Return a folded word with its `str.` as `strasse`."""
    return _STREET.sub("strasse", word)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """Return roughly how a folded word sounds: Bismark and Bismarck, Stefan and Stephan agree."""
    tidy = _SHORT_FOR.get(word) or spelt_out(word)
    for written, spoken in _SOUNDS:
        tidy = tidy.replace(written, spoken)
    return _DOUBLE.sub(r"\1", _SILENT_H.sub("", tidy))


def join(first: str, second: str) -> str:
    """Return the sounds of two words in a row."""
    return first + (second[1:] if first[-1:] == second[:1] else second)


class StreetNames:
    """The streets of one gazetteer by what they sound like."""

    def __init__(self, streets: Iterable[Name]) -> None:
        self._by_sound: dict[str, Name] = {}
        self._by_writing: dict[str, Name] = {}
        self._alike: dict[str, list[str]] = defaultdict(list)
        self.longest = 1
        for name in streets:
            for label in (name.label, *name.aliases):
                words = fold_key(label).split()
                self.longest = max(self.longest, len(words))
                self._by_writing.setdefault("".join(map(spelt_out, words)), name)
                spoken = ""
                for word in words:
                    spoken = join(spoken, sound(word))
                for key in {spoken, sound("".join(words))}:
                    self._by_sound.setdefault(key, name)
        for key in self._by_sound:
            self._alike[key[:1]].append(key)

    def exact(self, writing: str, sounds: str) -> tuple[Name, float] | None:
        """Return the street of this writing, or of this sound, and how sure that is."""
        name = self._by_sound.get(sounds)
        if name is None:
            return None
        written = self._by_writing.get(writing)
        return (written, 1.0) if written is not None else (name, 0.95)

    def closest(self, sounds: str) -> tuple[Name, float] | None:
        """Return the street whose name differs by a slip of the pen, and how sure that is."""
        if len(sounds) < _SHORTEST:
            return None
        alike = self._alike.get(sounds[:1], ())
        best = process.extractOne(sounds, alike, scorer=fuzz.ratio, score_cutoff=_CUTOFF)
        if best is None:
            return None
        key, score, _ = best
        stem, own = _KIND.sub("", key), _KIND.sub("", sounds)
        if own == sounds:  # the ending itself may be wrong
            stem = key
        if Indel.distance(stem, own) > len(stem) // _SLIPS:
            return None
        return self._by_sound[key], round(score / 100, 2)

    def named(self, written: str) -> tuple[str, float] | None:
        """Return the value of the street that `written` (folded) means, and how sure that is."""
        words = fold_key(written).split()
        joined = "".join(map(spelt_out, words))
        sounds = sound("".join(words))
        found = self.exact(joined, sounds) or self.closest(sounds)
        return (found[0].value, found[1]) if found else None
