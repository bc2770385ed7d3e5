"""Telephone numbers and IBANs in a text, in every spelling people use. Pure, on folded texts.

DIN 5008 and E.123 write numbers with spaces, a hyphen or a slash; people use dots and brackets too.
"""

import re
from collections.abc import Iterable, Iterator

from bot.guard.folding import MASK, Span

# What may stand between two digits: " / ", ") - ", but no line end and no comma.
_GAP = r"[)\]]?[^\S\n]{0,2}[./\\()\[\]_·•|~\-\u2010-\u2015\u2212]{0,2}[^\S\n]{0,2}[(\[]?"
_FREE = r"(?<!\d)(?<!\d[.:\-–/])"  # no piece of a date, a time, a longer number
_ABROAD = re.compile(rf"{_FREE}[(\[]?(?:\+|0{_GAP}0){_GAP}[1-9](?:{_GAP}\d){{6,15}}")
_AT_HOME = re.compile(rf"{_FREE}[(\[]?0{_GAP}[1-9](?:{_GAP}\d){{5,12}}")
_NO_PLUS = re.compile(
    rf"{_FREE}(?<!\w)[(\[]?49{_GAP}[1-9](?:{_GAP}\d){{8,10}}(?!\d)(?!\s?(?:€|Eur))"
)
# Without an area code a number is one only where something says so.
_SAID = re.compile(
    r"(?:\btel\b|telefon|\bfon\b|phone|handy|\bmobil|\bfax|rufnummer|durchwahl|whatsapp|\bcall\b"
    r"|anrufen|\banruf\b|\berreich|\btext me\b|\bara(?:yin|yabilir)|тел|дзвон)"
    rf"[^\d\n]{{0,24}}(?P<number>\d(?:{_GAP}\d){{4,14}})(?![^\S\n][A-Z][a-z])",
    re.IGNORECASE,
)
_GERMAN_IBAN = re.compile(r"(?<!\w)DE\s?\d{2}(?:[\s.\-]{0,2}\d){18}(?!\d)", re.IGNORECASE)
_ANY_IBAN = re.compile(
    r"(?<!\w)[A-Z]{2}\d{2}(?:[ .\-]?[A-Z0-9]{4}){2,7}(?:[ .\-]?[A-Z0-9]{1,3})?\b"
)

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_YEAR, _HOUR = r"(?:19|20)\d\d", r"(?:[01]?\d|2[0-4])"
_FULL_DATE = rf"{_DAY}[./\-]\s?{_MONTH}[./\-]\s?{_YEAR}(?!\d)"
_NOT_DIALLED = (
    _FULL_DATE,
    rf"{_DAY}\.\s?{_MONTH}\.",
    rf"{_DAY}\.\s?{_MONTH}\.\s?\d\d(?![\d.])",
    rf"{_MONTH}[./]{_YEAR}(?!\d)",
    rf"{_HOUR}[.:][0-5]\d(?!\d)",
    rf"{_HOUR}\s?[\-–]\s?{_HOUR}(?!\d)",
    r"(?:0|[1-9]\d{0,2})\.\d\d(?!\d)",  # a price
    r"(?<=\s)\d{5}(?!\d)",  # a postcode behind one of these
)
# Each with what may stand between it and the next.
_HARMLESS = tuple(re.compile(rf"{pattern}[\s./\-–()]*") for pattern in _NOT_DIALLED)
# "Vorlage Nr. 0123/2026", "Az.: 03/2026-1234", "Flurstück 0123/45 678"; and alone "0815/2026".
_FILE = re.compile(
    r"\b(?:Vorlage|Drucksache|A[zZ]|Aktenzeichen|Flurstuck)\b[.:]*[^\S\n]*"
    r"(?:(?:Nr|Nummer)\b[.:]*[^\S\n]*)?\d[\d/.\-]*+(?:[^\S\n]\d{1,4})?(?![^\S\n]?\d)"
)
_FILE_ALONE = re.compile(rf"0\d{{1,4}}/{_YEAR}\.?")
# Its digits are an address, unless that is of a telephone ("https://wa.me/49171...").
_LINK = re.compile(
    r"https?://(?!(?:\w+\.)?(?:wa|t|signal)\.me/|(?:\w+\.)?whatsapp\.)\S+", re.IGNORECASE
)
_DATE_FIRST = re.compile(rf"{_FULL_DATE}[\s\-–/(]*")
_TICKET = re.compile(
    r"\b[A-Z]{1,8}[\-\u2010-\u2015](?:19|20)\d\d[\-\u2010-\u2015]\d{3,}\b", re.IGNORECASE
)

# Of everybody and of nobody: emergency calls, the authorities' 115, the harmonised 116 services
# (Commission Decision 2007/116/EC), and both numbers of the Telefonseelsorge.
_OFFICIAL = re.compile(r"110|112|115|116\d{3}|08001110(?:111|222)")
_LONGEST_EXTENSION = 5
_BEGUN = re.compile(r"\d[^\w\n,;:!?]{0,5}$")  # what follows is the end of a longer number
_AREA_CODE = re.compile(r"\s*\(?0\d{2,4}\)?[\s/\-]+(?=\d{3})")


def telephones(text: str) -> list[Span]:
    """Return where telephone numbers stand; neither dates, prices, links nor numbers of files."""
    for pattern in (_LINK, _FILE):
        text = pattern.sub(lambda found: MASK * len(found.group()), text)
    taken = [found.span() for found in _TICKET.finditer(text)]
    spans: list[Span] = []
    for start, end in sorted({*_prefixed(text), *_said(text)}):
        apart = all(end <= other or start >= stop for other, stop in (*taken, *spans))
        if apart and not _OFFICIAL.fullmatch(digits(text[start:end])):
            spans.append((start, end))
    return spans


def ibans(text: str) -> list[Span]:
    """Return where IBANs stand: German ones by their shape, others by their check digits."""
    german = [found.span() for found in _GERMAN_IBAN.finditer(text)]
    return german + [
        (found.start(), found.start() + length)
        for found in _ANY_IBAN.finditer(text)
        if not any(start <= found.start() < end for start, end in german)
        if (length := _checked(found.group()))
    ]


def digits(number: str) -> str:
    """Return a number as it is dialled within Germany."""
    dialled = "".join(char for char in number if char.isdigit() or char == "+")
    for prefix in ("+49", "0049"):
        if dialled.startswith(prefix):
            return "0" + dialled.removeprefix(prefix).removeprefix("0")
    return dialled.replace("+", "00")


def occurrences(text: str, numbers: Iterable[str]) -> Iterator[Span]:
    """Return where numbers from `numbers` stand in `text`, however either is written.

    A switchboard, written with "-0" at its end, stands for all its extensions.
    """
    for number in numbers:
        dialled = digits(number)
        if len(dialled) < 3:
            continue
        home = dialled.removeprefix("0")
        tail = ""
        if re.search(r"-\s?0\W*$", number):
            home, tail = home[:-1], rf"{_GAP}\d{{1,{_LONGEST_EXTENSION}}}"
        lead = rf"(?:(?:\+|00){_GAP}49{_GAP}(?:0{_GAP})?|0{_GAP})" if dialled[0] == "0" else ""
        spelled = _GAP.join(home)
        pattern = rf"(?<!\d)[(\[]?{lead}{spelled}{tail}(?!\d)"
        yield from (found.span() for found in re.finditer(pattern, text))
        if area := _AREA_CODE.match(number):  # in town nobody says it
            local = home[sum(map(str.isdigit, area.group())) - 1 :]
            pattern = rf"(?<!\d){_GAP.join(local)}{tail}(?!\d)"
            for found in re.finditer(pattern, text):
                if not _BEGUN.search(text[max(found.start() - 6, 0) : found.start()]):
                    yield found.span()


def _prefixed(text: str) -> Iterator[Span]:
    for pattern in (_ABROAD, _AT_HOME, _NO_PLUS):
        place = doubtful = 0  # up to where a run is known to be more than dates and prices
        while found := pattern.search(text, place):
            place = found.end()
            date = _DATE_FIRST.match(text, found.start())
            if date:  # what begins with a date may go on with a number
                place = date.end()
            elif found.start() < doubtful:
                yield found.span()
            else:
                whole = _whole(text, found)
                end = found.start() + len(whole)
                if _FILE_ALONE.fullmatch(whole) or _is_harmless(whole):
                    place = end
                else:
                    doubtful = end
                    yield found.span()


def _said(text: str) -> Iterator[Span]:
    for found in _SAID.finditer(text):
        number = re.sub(_FULL_DATE, "", _whole(text, found, "number"))
        many = sum(map(str.isdigit, number))
        if many >= 5 and not _is_harmless(number):
            yield found.span("number")


def _is_harmless(run: str) -> bool:
    """Tell whether there are only dates, times and prices.

    Walked from place to place: one pattern for all of them would try every way to divide the run,
    twice as many with each date.
    """
    reached = {0}
    for place in range(len(run)):
        if place in reached:
            reached.update(
                found.end() for pattern in _HARMLESS if (found := pattern.match(run, place))
            )
    return len(run) in reached


def _whole(text: str, found: re.Match[str], group: int | str = 0) -> str:
    """Return a run with the digits that did not fit in, so that a row of times is seen whole."""
    more = re.compile(rf"(?:{_GAP}\d)*\.?").match(text, found.end())
    return text[found.start(group) : more.end() if more else found.end()]


def _checked(text: str) -> int:
    """Return the length of the IBAN at the beginning of `text` (ISO 13616, mod 97), 0 for none."""
    for length in range(len(text), 14, -1):
        letters = re.sub(r"[ .\-]", "", text[:length])
        if len(letters) >= 15 and text[length - 1].isalnum():
            turned = letters[4:] + letters[:4]
            if int("".join(str(int(char, 36)) for char in turned)) % 97 == 1:
                return length
    return 0
