"""Names that are in no list, but shaped like a street's."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from nlp import house_numbers
from nlp.folding import Folded
from nlp.street_names import sound, spelt_out
from nlp.street_words import (
    ADJECTIVES,
    AT,
    FIRST_NAMES,
    HONOURED,
    LANDSCAPE,
    NO_ADJECTIVE,
    NO_STREET,
    NO_STREET_ENDINGS,
    NO_WEAK_STREET,
    NOT_AFTER_PREPOSITION,
    PARTICLES,
    PREPOSITION_ENDS,
    PREPOSITIONS,
    STREET_WITH_NUMBER,
    STRONG,
    WEAK,
)

_LONGEST_CHAIN = 5  # Dr.-August-Blank-Straße and longer
_TOKEN = re.compile(r"[^\W_]+(?:'m\b)?")  # auf'm is one word
_HYPHEN = re.compile(r"\.?-")
_SETTLED = re.compile(  # in a text without capitals: it is a number, and counts nothing
    r"\s*\w*\d+\s?[a-h]?(?:\s*[,.;:!?)]|\s*$|\s+(?:da|in|is|ist|liegt|sind|und|vor|steht|fehlt|haengt"
    r"|wurde|stinkt|brennt|flackert)\b)"
)
_SPACE = re.compile(r"\.? {1,2}")
_FEW = 2  # letters before the ending: Au-weg
_SHORTEST = len("b-strasse")


class Token(NamedTuple):
    """A word of the folded text, how it is spelt out, and how it sounds."""

    word: str
    start: int
    end: int
    spelt: str
    sound: str


class Shape(NamedTuple):
    """A stretch of the folded text that is shaped like a street, and its tidied name."""

    start: int
    end: int
    name: str


def tokens(folded: Folded) -> list[Token]:
    """Return the words of a text."""
    return [
        Token(word := match.group(), *match.span(), spelt_out(word), sound(word))
        for match in _TOKEN.finditer(folded.text)
    ]


def ends_street(token: Token) -> bool:
    """Tell whether a street's name may end with this word: Goethestraße, Weg, Ring."""
    return token.spelt.endswith(STRONG)


def find(folded: Folded, words: Sequence[Token]) -> list[Shape]:
    """Return what is shaped like a street, in the order of the text."""
    return list(_Shapes(folded, words).all())


class _Shapes:
    def __init__(self, folded: Folded, words: Sequence[Token]) -> None:
        self._folded = folded
        self._words = words
        self._plain = folded.original.islower() or folded.original.isupper()

    def all(self) -> Sequence[Shape]:
        found = []
        for last, token in enumerate(self._words):
            first = self._first(last) if token.word.isalpha() else None
            if first is not None:
                found.append(self._shape(first, last))
                continue
            following = self._words[last + 1] if last + 1 < len(self._words) else None
            if token.spelt in HONOURED and following is not None:
                match = HONOURED[token.spelt].match(self._folded.text, token.start)
                if match:
                    found.append(Shape(*match.span(), self._written(*match.span())))
        return found

    def _first(self, last: int) -> int | None:
        """Return the first word of the street that ends with the word `last`; None: no street."""
        token = self._words[last]
        numbered = house_numbers.follows(self._folded.text, token.end)
        if token.spelt in STRONG:
            return self._first_of_phrase(last, numbered=numbered)
        if token.spelt.endswith(STRONG) and self._is_compound(last, numbered=numbered):
            first = self._chain(last)
            return first - 1 if self._has_adjective(first) else first
        if not self._is_capital(last):
            return None
        preposed = self._preposition(last)
        if preposed is not None and (numbered or self._is_amid(preposed)):
            return preposed
        if not numbered:
            return None
        is_weak = token.word.endswith(WEAK) and token.word not in NO_WEAK_STREET
        return self._chain(last) if is_weak else None

    def _is_compound(self, last: int, *, numbered: bool) -> bool:
        """Tell whether a word that ends as streets do is one: Ulmenweg, but not Radweg."""
        token = self._words[last]
        first = self._chain(last)
        joined = "".join(word.spelt for word in self._words[first : last + 1])
        if {token.spelt, joined} & STREET_WITH_NUMBER:
            return numbered
        if {token.spelt, joined} & NO_STREET or token.spelt.endswith(NO_STREET_ENDINGS):
            return False
        ending = next(end for end in STRONG if token.spelt.endswith(end))
        if len(token.spelt) < len(ending) + _FEW:
            return False
        if ending == "ring" and self._plain:
            return numbered
        return ending in {"strasse", "allee", "gasse", "chaussee"} or self._is_capital(first)

    def _first_of_phrase(self, last: int, *, numbered: bool) -> int | None:
        """Return where a name begins that ends with a word of its own: Konrad-Adenauer-Ufer."""
        first = self._chain(last)
        if first < last:
            joined = "".join(word.spelt for word in self._words[first : last + 1])
            kinds = {joined, *(word.spelt for word in self._words[first:last])}
            is_name = not kinds & (NO_STREET | STREET_WITH_NUMBER) and len(joined) > _SHORTEST
            return first if is_name and self._is_capital(first) else None
        before = last - 1
        if before < 0 or not _SPACE.fullmatch(self._between(before)):
            return None
        is_street = self._words[last].spelt == "strasse"
        if not (is_street or numbered or (self._is_capital(last) and not self._plain)):
            return None
        for begin in range(max(0, last - _LONGEST_CHAIN), before + 1):
            names = self._words[begin : before + 1]
            if names[0].word in FIRST_NAMES and all(
                self._is_capital(begin + n) or name.word in PARTICLES
                for n, name in enumerate(names)
            ):
                return begin
        previous = self._words[before].word
        if not self._is_capital(before) or previous in NO_ADJECTIVE:
            return None
        if previous in ADJECTIVES or (len(previous) > 4 and previous.endswith("er")):
            return before
        is_noun = previous not in NOT_AFTER_PREPOSITION and previous not in NO_STREET
        return before if is_street and numbered and is_noun else None

    def _preposition(self, last: int) -> int | None:
        """Return where a name may begin such as Am Wasserturm, An der Alten Mühle."""
        if all(word.word not in PREPOSITION_ENDS for word in self._words[max(0, last - 2) : last]):
            return None
        token = self._words[last]
        following = self._words[last + 2] if last + 2 < len(self._words) else None
        first = last - 1
        has_adjective = first > 0 and self._is_adjective(first)
        if has_adjective:
            first -= 1
        is_common = token.word in NOT_AFTER_PREPOSITION or token.spelt in NO_STREET
        may_count = following is not None and self._is_capital(last + 2)
        if may_count and self._plain and not _SETTLED.match(self._folded.text, token.end):
            return None
        if is_common and not has_adjective and (token.word not in LANDSCAPE or may_count):
            return None
        for length in (2, 1):
            begin = first - length + 1
            if begin < 0:
                continue
            phrase = " ".join(word.word for word in self._words[begin : first + 1])
            together = all(self._between(n) == " " for n in range(begin, last))
            fits = phrase in PREPOSITIONS and (phrase in AT or not is_common or has_adjective)
            if fits and together:
                return begin
        return None

    def _is_amid(self, place: int) -> bool:
        """Tell whether a capital begins no sentence, but a name: Laterne Am Sportzentrum."""
        token = self._words[place]
        is_title = self._folded.original[
            slice(*self._folded.span(token.start, token.end))
        ].istitle()
        return place > 0 and not self._plain and is_title and self._between(place - 1) == " "

    def _is_adjective(self, place: int) -> bool:
        word = self._words[place].word
        is_of_a_town = len(word) > 4 and word.endswith("er") and word not in NO_ADJECTIVE
        return word in ADJECTIVES or (is_of_a_town and self._is_capital(place))

    def _has_adjective(self, first: int) -> bool:
        """Tell whether a word before a compound belongs to its name: Alte Poststraße."""
        if first == 0 or self._between(first - 1) != " ":
            return False
        return self._words[first - 1].word in ADJECTIVES and self._is_capital(first - 1)

    def _chain(self, last: int) -> int:
        """Return the first of the words that hyphens join with the word `last`."""
        first = last
        while (
            first > 0
            and last - first < _LONGEST_CHAIN
            and _HYPHEN.fullmatch(self._between(first - 1))
        ):
            first -= 1
        return first

    def _between(self, before: int) -> str:
        """Return what stands between a word and the next."""
        return self._folded.text[self._words[before].end : self._words[before + 1].start]

    def _is_capital(self, place: int) -> bool:
        """Tell whether a word is written with a capital, or the text has no small letters."""
        start = self._folded.starts[self._words[place].start]
        return self._plain or self._folded.original[start].isupper()

    def _shape(self, first: int, last: int) -> Shape:
        start, end = self._words[first].start, self._words[last].end
        name = self._written(start, end)
        if self._words[last].spelt == "strasse" and first < last:
            if self._words[first].word in FIRST_NAMES:
                name = re.sub(r"\.? +", "-", name)
            elif last - first == 1 and not self._is_adjective(first):
                name = re.sub(r"[ -]+Straße$", "straße", name)
        return Shape(start, end, name)

    def _written(self, start: int, end: int) -> str:
        return tidied(self._folded.original[slice(*self._folded.span(start, end))])


def tidied(written: str) -> str:
    """Return a street as written, capitalised where it was not, `str.` spelt out."""
    name = " ".join(written.split())
    if name.islower() or name.isupper():
        parts = re.split(r"([ -])", name.lower())
        name = "".join(part if part in PARTICLES else part.capitalize() for part in parts)
    name = re.sub(r"(?<=[ -])(?:str|str[ao][sß]+e?)\.?$", "Straße", name, flags=re.IGNORECASE)
    name = re.sub(r"(?<=\w)(?:str|str[ao][sß]+e?)\.?$", "straße", name)
    return name[:1].upper() + name[1:]
