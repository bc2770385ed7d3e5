"""Numbers that name something: tickets, bookings, letters, phones, amounts, postcodes."""

import re
from functools import lru_cache

from nlp.folding import Folded
from nlp.types import Entity

_PHONE = re.compile(
    r"(?<![\w.,-])(?:\+49|0049|0)[ /-]?\(?\d{2,5}\)?(?:[ /-]?\d{2,8}){1,4}(?![\w-])"
)
_AMOUNT = re.compile(
    r"(?<![\w.,])(\d{1,6}(?:\.\d{3})*(?:[.,]\d{1,2})?)\s?(?:euro?s?|eur|€)(?!\w)"
    r"|(?:€|eur)\s?(\d{1,6}(?:[.,]\d{1,2})?)(?![\w,.]\d)"
)
_POSTCODE = re.compile(r"(?<![\w.,/-])(5\d{4})(?![\w/-])(?=\s+[a-z]|\s*$|[.,;!?])")
_LETTER = re.compile(
    r"(?:kassenzeichen|aktenzeichen|az\.?|kz\.?|geschaeftszeichen|vorgangsnummer|bescheidnummer"
    r"|bescheid-?nr\.?|buchungszeichen|rechnungsnummer|rechnungs-?nr\.?|briefcode|brief-?nr\.?"
    r"|case number|reference number)\s*(?:ist|lautet|nr\.?|is)?\s*:?\s*"
    r"([a-z]{0,4}[ .-]?\d[\d.\-/ a-z]{2,20}\d)"
)


@lru_cache(maxsize=16)
def _reference(prefix: str) -> re.Pattern[str]:
    letters = re.escape(prefix.lower())
    return re.compile(
        rf"(?<![a-z0-9]){letters}[ \-_/.]{{0,3}}(20\d\d)[ \-_/.]{{0,3}}(\d{{1,8}})(?!\d)"
    )


@lru_cache(maxsize=16)
def _booking(prefix: str) -> re.Pattern[str]:
    letters = re.escape(prefix.lower())
    return re.compile(
        rf"(?<![a-z0-9])(?:(?:sm|sp|bu|b){letters}|{letters}-(?:b|s|t|sm|bb))"
        r"[ \-]?(20\d\d)[ \-]?(\d{1,8})(?!\d)|\b(?:buchungsnummer|buchungs-?nr\.?|terminnummer"
        r"|auftragsnummer|reservierungsnummer|booking (?:number|no\.?))\s*:?\s*([a-z0-9-]{4,20})"
    )


_BARE_TICKET = re.compile(
    r"(?:meldung|meldungs-?nr\.?|ticket|ticket-?nr\.?|ticketnummer|meldungsnummer|meldenummer"
    r"|vorgang|report|report number|ticket number|bildirim|заявк\w*|звернення)"
    r"\s*(?:mit der nummer|nummer|nr\.?|number|no\.?|numara\w*|номер)?\s*[:#№]?\s*(20\d\d["
    r" -])?(\d{3,8})\b"
)


def find(folded: Folded, prefix: str) -> list[Entity]:
    """Return the numbers of `folded`; `prefix` is that of the city's ticket numbers."""
    text = folded.text
    found: list[Entity] = []
    taken: list[tuple[int, int]] = []

    def add(kind: str, start: int, end: int, value: str) -> None:
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            return
        taken.append((start, end))
        first, last = folded.span(start, end)
        found.append(Entity(kind, folded.original[first:last], first, last, value))

    def add_group(kind: str, pattern: re.Pattern[str], group: int) -> None:
        for match in pattern.finditer(text):
            add(kind, *match.span(group), match.group(group).upper().strip())

    add_group("booking_number", _booking(prefix), 0)
    for match in _reference(prefix).finditer(text):
        number = f"{prefix}-{match.group(1)}-{int(match.group(2)):06d}"
        add("ticket_number", *match.span(), number)
    add_group("letter_number", _LETTER, 1)
    for match in _AMOUNT.finditer(text):
        add("amount", *match.span(), _cents(match.group(1) or match.group(2)))
    for match in _PHONE.finditer(text):
        digits = re.sub(r"[^\d+]", "", match.group())
        if len(digits) >= 7:
            add("phone", *match.span(), digits)
    add_group("ticket_number", _BARE_TICKET, 2)
    add_group("postcode", _POSTCODE, 1)
    return found


def _cents(written: str) -> str:
    """Return an amount as euros with two digits: `1.234,5` becomes `1234.50`."""
    tidy = written
    if "," in tidy:
        tidy = tidy.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", tidy):
        tidy = tidy.replace(".", "")
    return f"{float(tidy):.2f}"
