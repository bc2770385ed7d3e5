"""Masking: a text without what tells who wrote it, or about whom. Pure, the same every time.

Where the corpus has a slot for what is masked (`{number}`, `{phone}`), that slot stands in its
place: training fills it with invented values, as in its own sentences. Names, addresses of mail and
of the web become such of nobody. In doubt it is masked; the names of streets stay, for the matter
is there.
"""

import re
from collections.abc import Collection, Iterable

from bot.guard import rules
from bot.guard.rules import Kind, Published, Secrets

LONGEST = 4_000  # characters; of more the model reads nothing
NOBODY = "N. N."
EMAIL = "name@example.org"
LINK = "https://example.org"
SLOTS = frozenset({"number", "ticket", "letter", "phone", "date", "amount"})

_GUARDED = {
    Kind.LINK: LINK,
    Kind.EMAIL: EMAIL,
    Kind.IBAN: "{letter}",
    Kind.PHONE: "{phone}",
    Kind.NAME: NOBODY,
}
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\b[\w\-.]+\.[a-z]{2,}/\S*", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@\w[\w.\-]*(?::[\w.\-]+)?(?:@[\w.\-]+)?")
_WORD = r"[^\W\d_a-zа-яіїєґß][^\W\d_]*\.?(?:-[^\W\d_]+)*"
_NAME = rf"{_WORD}(?:\s{_WORD}){{0,3}}"
_WHO = re.compile(
    r"(?P<lead>\b(?i:ich hei(?:ß|ss)e|mein name ist|my name is|i am called|name\s*:|"
    r"ben(?:im)? ad[ıi]m|ad[ıi]m|мене звати|моє ім'я)\s+)" + _NAME
)
_SIGNED = re.compile(
    r"(?P<lead>\b(?i:gr(?:ü|ue)(?:ß|ss)en?|gruß|gruss|mfg|lg|vg|regards|yours sincerely|thanks|"
    r"sayg[ıi]lar[ıi]mla|selamlar|з повагою|дякую)[,!.]?\s+)" + _NAME + r"(?=\s*$)"
)
_BRACES = re.compile(r"\{(\w*)\}|[{}]")

# What a number may be that stays: a time, a length of time, a measure, a line of a bus.
_UNITS = (
    r"(?i:uhr|h\b|am\b|pm\b|min|stunde|std|tag|woche|monat|jahr|mal\b|x\b|meter|m\b|cm\b|km\b|kg\b|"
    r"liter|stück|prozent|%|grad|hour|day|week|month|year|time|metre|gün|hafta|ay\b|saat|год|дн|"
    r"тиж|місяц|раз)"
)
_STAYS = (
    r"(?<![\d.:])(?:[01]?\d|2[0-4])[:.][0-5]\d(?![\d.:])(?!\s?(?:€|(?i:euro?\b)))"
    rf"|(?<!\w)\d{{1,3}}(?:\s?[\-–]\s?\d{{1,3}})?(?=[\s\-]?{_UNITS})"
    r"|(?<=(?i:linie) )\d{1,3}\b|(?<=(?i:bus) )\d{1,3}\b"
    r"|\b[ABL][ \-]?\d{1,3}\b(?=[^\w]|$)"
)
_AMOUNT = r"\d[\d.]*(?:,\d\d|,-)?(?=\s?(?:€|(?i:euro?\b)))|(?<=€)\s?\d[\d.]*(?:,\d\d)?"
_DATE = (
    r"(?<!\d)(?:0?[1-9]|[12]\d|3[01])[./]\s?(?:0?[1-9]|1[0-2])\.?(?:[./]?\s?(?:19|20)?\d\d)?(?!\d)"
    r"|(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
)
_TICKET = r"\b[A-Za-z]{2,8}-(?:19|20)?\d{2}-\d{3,}\b"
_SHORT = r"(?<![^\W\d_])\d{1,3}(?:\s?[a-zA-Z](?![^\W\d_]))?(?![\d\-/.]\d|\d)"
_LONG = r"\w*\d(?:[\w]|[./\-]\d)*"
_NUMBERS = re.compile(
    rf"(?P<ticket>{_TICKET})|(?P<amount>{_AMOUNT})|(?P<stays>{_STAYS})|(?P<date>{_DATE})"
    rf"|(?P<number>{_SHORT})|(?P<letter>{_LONG})"
)
_SLOT = re.compile(r"\{\w+\}")


def mask(text: str, names: Collection[str] = ()) -> str:
    """Return the beginning of `text`, masked; `names` are those by which its author is known."""
    masked = _BRACES.sub(_harmless, text[:LONGEST])
    masked = _LINK.sub(LINK, masked)
    masked = _HANDLE.sub(NOBODY, masked)
    masked = _guarded(masked, names)
    masked = _WHO.sub(rf"\g<lead>{NOBODY}", masked)
    masked = _SIGNED.sub(rf"\g<lead>{NOBODY}", masked)
    return "".join(_numbers(masked))


def _harmless(found: re.Match[str]) -> str:
    """Keep our own slots; other braces would be taken for one."""
    if found[1] in SLOTS:
        return found[0]
    return f"({found[1]})" if found[1] is not None else {"{": "(", "}": ")"}[found[0]]


def _guarded(text: str, names: Collection[str]) -> str:
    """Mask what may not be said in public either: the guard of public texts knows it."""
    pieces, end = [], 0
    for one in rules.findings(text, Secrets(names=frozenset(names)), Published()):
        if one.kind not in _GUARDED or one.start < end:
            continue
        stand_in = _GUARDED[one.kind]
        if one.words in {EMAIL, LINK}:
            stand_in = one.words
        pieces += [text[end : one.start], stand_in]
        end = one.end
    return "".join([*pieces, text[end:]])


def _numbers(text: str) -> Iterable[str]:
    """Mask the numbers between the slots that stand there already."""
    end = 0
    for slot in _SLOT.finditer(text):
        yield _NUMBERS.sub(_number, text[end : slot.start()])
        yield slot[0]
        end = slot.end()
    yield _NUMBERS.sub(_number, text[end:])


def _number(found: re.Match[str]) -> str:
    kind = found.lastgroup or "letter"
    return found[0] if kind == "stays" else f"{{{kind}}}"
