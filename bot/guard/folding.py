"""Texts as the guard reads them: one spelling for what looks the same, with the way back. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_INVISIBLE = frozenset({"Mn", "Me", "Cf"})  # accents, the frame of a keycap, what joins or hides
_WORD = re.compile(r"[^\W_]+")
_STREET = re.compile(r"(?:strasse|str)$")
MASK = "\ufffc"  # stands for what is passed already; no pattern of the guard reads over it

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without accents and invisible characters, all digits 0 to 9.

    Character number n came from the original's character `at[n]`.
    """

    text: str
    at: tuple[int, ...]

    def masked(self, spans: Iterable[Span]) -> "Folded":
        """Return the same text with these places covered."""
        text = self.text
        for start, end in spans:
            text = text[:start] + MASK * (end - start) + text[end:]
        return Folded(text, self.at)

    def origin(self, span: Span) -> Span:
        """Return where these characters stand in the original."""
        start, end = span
        return self.at[start], self.at[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Word:
    """A word in one spelling, and its place in the folded text."""

    text: str
    span: Span


def fold(text: str) -> Folded:
    """Fold a text; letters keep their case."""
    kept, at = [], []
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFKD", char):
            if unicodedata.category(part) not in _INVISIBLE:
                kept.append(str(unicodedata.decimal(part)) if part.isdecimal() else part)
                at.append(place)
    return Folded("".join(kept), tuple(at))


def words(folded: Folded) -> list[Word]:
    """Return the words; "Straße", "Strasse" and "Str." are one."""
    return [
        Word(_STREET.sub("str", found.group().casefold()), found.span())
        for found in _WORD.finditer(folded.text)
    ]


def plain(text: str) -> tuple[str, ...]:
    """Return only the words of a text, as `words` spells them."""
    return tuple(word.text for word in words(fold(text)))
