"""Slips of the finger in date words, mended before the grammar reads the text."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.folding import Folded

_WORD = re.compile(r"[a-z]{5,17}")
_DATE_WORDS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend wochenende uebermorgen"
    " vorgestern gestern januar februar september oktober november dezember karfreitag ostermontag"
    " gruendonnerstag pfingstmontag pfingsten fronleichnam rosenmontag himmelfahrt allerheiligen"
    " heiligabend silvester weihnachten aschermittwoch weiberfastnacht kommenden uebernaechste"
    " uebernaechsten tuesday wednesday thursday saturday weekend tomorrow yesterday"
)
_KNOWN = _DATE_WORDS.split()
_ROWS = ("qwertzuiop", "asdfghjkl", "yxcvbnm")
_OTHER_WORDS = frozenset({"montage", "gestein", "gestirn"})


@lru_cache(maxsize=1)
def _neighbours() -> dict[str, str]:
    """Return the keys that lie beside, above and below each key of a German keyboard."""
    places = {
        key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)
    }
    return {
        key: "".join(
            other
            for other, (y, x) in places.items()
            if other != key and abs(y - row) <= 1 and abs(x - column) <= 1
        )
        for key, (row, column) in places.items()
    }


def _slips(word: str) -> Iterator[str]:
    """Yield what one slip makes of `word`; its first letter is always hit."""
    beside = _neighbours()
    for place in range(1, len(word)):
        before, letter, after = word[:place], word[place], word[place + 1 :]
        yield before + after
        yield before + letter + letter + after
        if after:
            yield before + after[0] + letter + after[1:]
        for key in beside[letter]:
            yield before + key + after
            yield before + letter + key + after


@lru_cache(maxsize=1)
def _meant() -> dict[str, str]:
    slips = {slip: word for word in _KNOWN for slip in _slips(word) if slip != f"{word}s"}
    for word in (*_KNOWN, *_OTHER_WORDS):
        slips.pop(word, None)
    return slips


def mended(folded: Folded) -> Folded:
    """Return `folded` with misspelt date words written right; they keep their place."""
    meant = _meant()
    found = [match for match in _WORD.finditer(folded.text) if match.group() in meant]
    if not found:
        return folded
    text, starts, ends, position = "", list[int](), list[int](), 0
    for match in found:
        first, last = match.span()
        if (
            folded.text[max(0, first - 1) : first].isalnum()
            or folded.text[last : last + 1].isalnum()
        ):
            continue
        right = meant[match.group()]
        start, end = folded.span(first, last)
        text += folded.text[position:first] + right
        starts += (*folded.starts[position:first], *[start] * len(right))
        ends += (*folded.ends[position:first], *[end] * len(right))
        position = last
    text += folded.text[position:]
    starts += folded.starts[position:]
    ends += folded.ends[position:]
    return Folded(folded.original, text, tuple(starts), tuple(ends))
