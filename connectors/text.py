"""Text on its way in and out: harmless characters in, parts of the right length out."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import islice, takewhile

import regex

_KEPT = "\n\t"
# Zero-width and direction marks can hide or turn a text around; joiners inside emoji may stay.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_Piece = re.Match[str] | regex.Match[str]
_WORD = re.compile(r"\S+")
_GRAPHEME = regex.compile(r"\X")
# Not after an abbreviation or a number: "z. B.", "18. Dezember", "Str. 5".
_BREAKS = tuple(
    re.compile(mark) for mark in (r"\n\n", r"\n", r"(?<=[^\W\d_]{3}[.!?])\s+(?=[A-ZÄÖÜ])")
)


def clean(text: str) -> str:
    """Return `text` without control, direction and invisible characters, ends trimmed.

    Lone surrogates become question marks; line ends become single line feeds.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    text = _HIDDEN.sub("", text)
    return "".join(
        char for char in text if char in _KEPT or unicodedata.category(char) != "Cc"
    ).strip()


def utf16(text: str) -> int:
    """Return the length in UTF-16 units, two for most emoji."""
    return len(text.encode("utf-16-le")) // 2


def utf8(text: str) -> int:
    """Return the length in bytes."""
    return len(text.encode())


def graphemes(text: str) -> int:
    """Return how many characters a reader sees (UAX 29): a family of emoji is one."""
    return len(_GRAPHEME.findall(text))


def split(text: str, limit: int, measure: Callable[[str], int]) -> list[str]:
    """Cut `text` into parts of at most `limit`, between paragraphs, lines, sentences, words.

    Only a single word (a link is one) that is longer than a part is cut inside, never a character
    that a reader sees as one. `limit` has room for any single letter or sign.
    """
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        cut = _between_words(rest, limit, measure) or _inside_a_word(rest, limit, measure)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _between_words(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """Return where the nicest part of whole words ends, 0 where the first is too long already."""
    fitting = _last_fitting(_WORD.finditer(text), text, limit, measure)
    for mark in _BREAKS:
        places = (found.start() for found in mark.finditer(text, fitting // 3))
        if cut := max(takewhile(fitting.__ge__, places), default=0):
            return cut
    return fitting


def _inside_a_word(text: str, limit: int, measure: Callable[[str], int]) -> int:
    cut = _last_fitting(_GRAPHEME.finditer(text), text, limit, measure)
    return cut or _last_fitting(re.finditer(".", text), text, limit, measure)


def _last_fitting(
    pieces: Iterator[_Piece], text: str, limit: int, measure: Callable[[str], int]
) -> int:
    """Return where the last piece ends that still fits; each measures 1 at least."""
    ends = [piece.end() for piece in islice(pieces, limit)]
    place = bisect_right(ends, limit, key=lambda end: measure(text[:end]))
    return ends[place - 1] if place else 0
