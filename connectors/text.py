"""Text on its way in and out: harmless characters in, parts of the right length out."""

import re
import unicodedata

from connectors.base import TextUnit

_KEPT = "\n\t"
# Zero-width and direction marks can hide or turn a text around; joiners inside emoji may stay.
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")
_BREAKS = ("\n\n", "\n", ". ", " ")
_SPACE = re.compile(r"\s")


def clean(text: str) -> str:
    """Return `text` without control, direction and invisible characters, ends trimmed.

    Lone surrogates become question marks; line ends become single line feeds.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    text = _HIDDEN.sub("", text)
    return "".join(
        char for char in text if char in _KEPT or unicodedata.category(char) != "Cc"
    ).strip()


def length(text: str, unit: TextUnit) -> int:
    """Return the length of `text` in the platform's unit."""
    match unit:
        case TextUnit.CHARS:
            return len(text)
        case TextUnit.UTF16:
            return len(text.encode("utf-16-le")) // 2
        case TextUnit.BYTES:
            return len(text.encode())


def split(text: str, limit: int, unit: TextUnit) -> list[str]:
    """Cut `text` into parts of at most `limit` units, between paragraphs, lines, sentences, words.

    Only a single word that is longer than a part is cut inside.
    """
    parts = []
    rest = text.strip()
    while length(rest, unit) > limit:
        head = _longest(rest, limit, unit)
        cut = _break(head)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest]


def _longest(text: str, limit: int, unit: TextUnit) -> str:
    low, high = 1, min(limit, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if length(text[:middle], unit) <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _break(head: str) -> int:
    for mark in _BREAKS:
        place = head.rfind(mark, len(head) // 3)
        if place > 0:
            return place + len(mark)
    spaces = list(_SPACE.finditer(head))
    return spaces[-1].end() if spaces else len(head)
