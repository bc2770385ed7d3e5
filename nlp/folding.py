"""Folded copies of a text for matching; every position leads back to the original."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "ı": "i", "ł": "l"}
_QUOTES = {"’": "'", "‘": "'", "`": "'", "´": "'", "„": '"', "“": '"', "”": '"', "«": '"'}
_DASHES = "‐‑‒–—―−"
_VOWELS = "aeiouy"
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """Return what one character becomes: lower case, umlauts spelt out, invisible ones gone."""
    if char.isascii():
        return char.lower() if char.isprintable() or char in "\n\t\r" else " "
    lower = char.casefold() if char != "İ" else "i"
    if char in _DASHES:
        return "-"
    special = _UMLAUTS.get(lower) or _QUOTES.get(char)
    if special:
        return special
    category = unicodedata.category(char)
    if category in {"Cf", "Cc", "Cs", "Mn", "Me"}:
        return ""
    if category in {"Zs", "Zl", "Zp"}:
        return " "
    compatible = unicodedata.normalize("NFKC", lower)
    if "a" <= unicodedata.normalize("NFKD", compatible)[:1] <= "z":
        plain = "".join(
            piece
            for piece in unicodedata.normalize("NFKD", compatible)
            if not unicodedata.combining(piece)
        )
        return plain.casefold()
    return compatible.casefold()


@dataclass(frozen=True)
class Folded:
    """A text and its folded copy; `starts` and `ends` give the original span per character."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of the folded stretch `start` to `end` (not empty)."""
        return self.starts[start], self.ends[end - 1]

    @cached_property
    def _words(self) -> tuple[str, tuple[int, ...]]:
        pieces = [" "]
        places = [0]
        for match in _WORD.finditer(self.text):
            pieces.append(match.group())
            pieces.append(" ")
            places.extend(range(match.start(), match.end()))
            places.append(match.end() - 1)
        return "".join(pieces), tuple(places)

    @property
    def plain(self) -> str:
        """The words alone, one space before, between and after them."""
        return self._words[0]

    def plain_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original span of a stretch of `plain`, surrounding spaces left out."""
        plain, places = self._words
        while start < end - 1 and plain[start] == " ":
            start += 1
        while end > start + 1 and plain[end - 1] == " ":
            end -= 1
        return self.span(places[start], places[end - 1] + 1)


def fold(text: str) -> Folded:
    """Fold `text` for matching: NFKC, lower case, ä/ae, ß/ss, no invisible or repeated letters."""
    plain = [fold_char(char) for char in text]
    folded = "".join(plain)
    if len(folded) == len(text) and "" not in plain and _LONG_RUN.search(folded) is None:
        return Folded(text, folded, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    if any(map(unicodedata.combining, text)):
        return _fold_clusters(text)
    starts = [place for place, piece in enumerate(plain) for _ in piece]
    return _without_runs(text, folded, starts, [start + 1 for start in starts])


def _fold_clusters(text: str) -> Folded:
    """Fold a text of which some characters join the one before."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cluster = ""
    for place, char in enumerate(text):
        if cluster and unicodedata.combining(char):
            composed = unicodedata.normalize("NFC", cluster + char)
            if len(composed) == 1:
                old = len(fold_char(cluster))
                del pieces[-old:], starts[-old:], ends[-old:]
                new = fold_char(composed)
                pieces.extend(new)
                starts.extend([place - 1] * len(new))
                ends.extend([place + 1] * len(new))
                cluster = composed
                continue
        new = fold_char(char)
        pieces.extend(new)
        starts.extend([place] * len(new))
        ends.extend([place + 1] * len(new))
        cluster = char if new else ""
    return _without_runs(text, "".join(pieces), starts, ends)


def _without_runs(text: str, folded: str, starts: list[int], ends: list[int]) -> Folded:
    if _LONG_RUN.search(folded) is None:
        return Folded(text, folded, tuple(starts), tuple(ends))
    pieces: list[str] = []
    kept_starts: list[int] = []
    kept_ends: list[int] = []
    position = 0
    for match in _LONG_RUN.finditer(folded):
        length = match.end() - match.start()
        keep = 2 if match.group(1) not in _VOWELS and length == 3 else 1
        stop = match.start() + keep
        pieces.append(folded[position:stop])
        kept_starts.extend(starts[position:stop])
        kept_ends.extend(ends[position:stop])
        kept_ends[-1] = ends[match.end() - 1]
        position = match.end()
    pieces.append(folded[position:])
    kept_starts.extend(starts[position:])
    kept_ends.extend(ends[position:])
    return Folded(text, "".join(pieces), tuple(kept_starts), tuple(kept_ends))


def fold_key(text: str) -> str:
    """Return the folded words of a name, joined by one space: the key names are compared by."""
    return fold(text).plain.strip()
