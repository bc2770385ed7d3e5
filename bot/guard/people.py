"""Names of people in a text: those we know, and whoever is addressed as somebody. Pure."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.guard.folding import Folded, Span, Word, fold, words

_TITLES = r"(?:(?:Dr|Prof|Dipl|Ing)\.?(?:-\w+\.?)?\s+)*"
_NAME = r"[^\W\d_a-zа-яіїєґ][^\W\d_]+(?:-[^\W\d_]+)*"
_NO_FAMILY = (
    r"(?:Telefon|Tel|Fax|Mobil|Mail|Internet|Jugend|Kinder|Schule|Senioren|Soziales|Bildung|Beruf"
    r"|Gesundheit|Frauen|Integration|Freizeit|Sport|Kultur|Wohnen|Stadt|Rathaus|Amt|Burgerburo"
    r"|Der|Die|Das|Ein|Eine|Im|In|Am|An|Bei|Mit|Von|Und|Oder|Wir|Sie|Ihre?|Uhr|Zimmer|Raum"
    r"|Montag|Dienstag|Mittwoch|Donnerstag|Samstag)(?![^\W_])"
)
_ADDRESSED = (
    re.compile(
        r"(?<![\w\-])(?:Herrn?|Frau|Hr\.|Mrs?\.?|Ms\.?|Mx\.?"
        rf"|Sayın|Sayin|пане|пан|пані)\s+{_TITLES}(?P<name>{_NAME}(?:\s+{_NAME})?)"
    ),
    # A subject as well: "Kind und Familie", "Familie" at the end of a line, "Familie Telefon".
    re.compile(
        r"(?<![\w\-])(?<!fur )(?<!and )(?<!und )Familie[^\S\n]+"
        rf"(?!{_NO_FAMILY}){_TITLES}(?P<name>{_NAME}(?:[^\S\n]+{_NAME})?)"
    ),
    # "Fr." is Friday as well: only behind a word that leads to a person.
    re.compile(
        rf"\b(?:geehrte|Liebe|liebe|Hallo|bei|von|mit|dass)\s+Fr\.\s+{_TITLES}(?P<name>{_NAME})"
    ),
    re.compile(rf"(?<![\w\-])(?:Prof\.\s+)?Dr\.\s+(?:\w+\.\s+)*(?P<name>{_NAME})(?![\w\-])"),
    re.compile(rf"(?<![\w\-])(?P<name>{_NAME})\s+(?:Bey|Hanım|Hanim)\b"),
)
# What is said behind "Herr" and "Frau" without naming anybody: offices, relatives, courtesy.
_NOBODY = re.compile(
    r"(?:ober|vize|alt)?(?:burgermeister|landrat|dezernent|amtsleit|minister|prasident|kanzler"
    r"|doktor|professor|direktor|kolleg|nachbar|mutter|vater|tochter|sohn|gemahl|kammerer"
    r"|vorsitzende|wirt|ober)(?:in|er|erin|e|en|innen)?"
)
# Family names that are words of every day, and what people call themselves: alone, nobody's name.
_WORDS_OF_EVERY_DAY = frozenset(
    Path(__file__).with_name("everyday_words.txt").read_text("utf-8").split()
)
_SHORTEST = 3  # letters of a part of a name that counts alone
_ENDINGS = ("", "s", "es")  # "Karlas Meldung"
_LINKS = re.compile(r"https?://\S+", re.IGNORECASE)


def names(folded: Folded, original: str, known: Iterable[str]) -> list[Span]:
    """Return where somebody is named: in full, by a part of a `known` name, or as "Frau X"."""
    spans = list(_addressed(folded.text))
    said = words(folded)
    links = [found.span() for found in _LINKS.finditer(folded.text)]
    for name in set(known):
        spans += (
            span
            for span in _known(folded, original, said, name)
            if not any(start <= span[0] < end for start, end in links)
        )
    return spans


def _addressed(text: str) -> Iterator[Span]:
    for pattern in _ADDRESSED:
        for found in pattern.finditer(text):
            first = found["name"].split()[0].casefold()
            if not _NOBODY.fullmatch(first):
                yield found.start(), found.end()


def _known(folded: Folded, original: str, said: list[Word], name: str) -> Iterator[Span]:
    for spelling in {name, _without_umlauts(name)}:
        parts = [word.text for word in words(fold(spelling))]
        if not any(char.isalpha() for part in parts for char in part):
            continue
        texts = [word.text for word in said]
        if len(parts) > 1:
            for place in range(len(texts) - len(parts) + 1):
                last = texts[place + len(parts) - 1]
                heads = texts[place : place + len(parts) - 1]
                if heads == parts[:-1] and _is_form(last, parts[-1]):
                    span = said[place].span[0], said[place + len(parts) - 1].span[1]
                    if not _is_compound(folded.text, span):
                        yield span
        for word in said:
            written = original[slice(*folded.origin(word.span))]
            is_like_a_name = written[:1].isupper() or not written[:1].islower() or written in name
            is_part = any(_counts(part) and _is_form(word.text, part) for part in parts)
            if is_part and is_like_a_name and not _is_compound(folded.text, word.span):
                yield word.span


def _counts(part: str) -> bool:
    long_enough = len(part) >= _SHORTEST or not part.isascii()
    return long_enough and not part.isdigit() and part not in _WORDS_OF_EVERY_DAY


def _is_form(word: str, part: str) -> bool:
    return any(word == part + ending for ending in _ENDINGS)


def _is_compound(text: str, span: Span) -> bool:
    """Tell whether it is a piece of a longer name, such as that of a street."""
    before, after = text[max(span[0] - 2, 0) : span[0]], text[span[1] : span[1] + 2]
    return re.fullmatch(r"\w-", before) is not None or re.fullmatch(r"-\w", after) is not None


def _without_umlauts(name: str) -> str:
    spelled = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
    return "".join(spelled.get(char, char) for char in name)
