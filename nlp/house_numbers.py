"""House numbers beside a street: digits or words, after it, announced, or before it."""

import re

_ONE_TO_NINE = "eins zwei drei vier fuenf sechs sieben acht neun"
_TEN_TO_NINETEEN = "zehn elf zwoelf dreizehn vierzehn fuenfzehn sechzehn siebzehn achtzehn neunzehn"
_BY_TEN = "zwanzig dreissig vierzig fuenfzig sechzig siebzig achtzig neunzig"
_ONES, _TENS = _ONE_TO_NINE.split(), _BY_TEN.split()
_WORDS = {
    **{word: number for number, word in enumerate([*_ONES, *_TEN_TO_NINETEEN.split()], 1)},
    **{word: tens for tens, word in zip(range(20, 100, 10), _TENS, strict=True)},
    **{
        f"{'ein' if one == 'eins' else one}und{word}": tens + number
        for tens, word in zip(range(20, 100, 10), _TENS, strict=True)
        for number, one in enumerate(_ONES, 1)
    },
}
_WORD = r"(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?!\w)"
_LETTER = r"(?:\s?[a-h](?![a-z\d]))?"
_COUNTED = (  # what a number in front of it counts
    r"(?!\s*(?:uhr|%|€|euro|m\b|meter|km|cm|kg|wochen?|tagen?|jahren?|monaten?|mal\b|std|stunden?"
    r"|minuten?|autos\b|pkws?\b|leute|personen|menschen|kinder|lampen\b|laternen\b|leuchten\b"
    r"|baeume\b|saecke|tueten|tonnen\b|reifen|baenke|schilder\b|loecher|schlagloecher|fahrraeder"
    r"|raeder|e-scooter|scooter|roller|platten\b|x\b|am\b|pm\b|o'clock|weeks?|days?))"
)
_NUMBER = r"\d{1,3}" + _LETTER + r"(?:\s?[-/+]\s?\d{1,3}[a-h]?)?"
_END = r"(?![\d.:,]*\d)(?!\w)" + _COUNTED
_NAMED = r"(?:haus(?:nummer|-?nr\.?)?|hnr\.?|nr\.?|nummer|no\.?|number|numara)"
_OPPOSITE = r"(?:(?:gegenueber|hoehe|near)(?: der| von| dem)?|(?:vor|bei) der)"

_AFTER = re.compile(
    r"\.?\s{0,2},?\s{0,2}" + r"(?:" + _NAMED + r":?)?\s{0,2}(" + _NUMBER + r")" + _END
)
_AFTER_IN_WORDS = re.compile(
    r"\s{1,2}(?:(?:" + _NAMED + r")\s+(" + _WORD + _LETTER + r")"
    r"|(" + _WORD + r"\s[a-h](?![a-z\d]))"
    r"|((?!(?:" + "|".join(_ONES) + r"|zehn)\b)" + _WORD + r")" + _COUNTED + r"(?=\s|[.,;:!?]|$)"
    r"|(" + _WORD + r")(?=\s*(?:[.,;:!?]|$)|\s+(?:da|ist|is|steht|liegt|haengt|fehlt)\b))"
)
# Sandstraße (gegenüber 12), Sandstraße auf Höhe der 17, Sandstraße vor dem Haus mit der Nummer 9
_ANNOUNCED = re.compile(
    r"\.?[^.!?;\n\d]{0,28}?(?:\b" + _OPPOSITE + r"\s+(?:" + _NAMED + r"\s*)?|\b(?:mit der\s+)?"
    r"(?:hausnummer|hausnr\.?|nummer|number|nr\.?)\s*)(" + _NUMBER + r")" + _END + r"(?!\.\s*\w)"
)
_OTHER_NUMBERS = r"(?<!laterne )(?<!lampe )(?<!leuchte )(?<!mast )(?<!linie )(?<!baum )\b"
_BEFORE = re.compile(
    r"(?:\b(?:haus(?:nummer|-?nr\.?)?|hnr\.?)|" + _OTHER_NUMBERS + r"(?:nr\.?|nummer|number|no\.?))"
    r"\s*(?:nr\.?\s*)?(\d{1,3}" + _LETTER + r")\s*,?\s*"
    r"(?:(?:in|auf|an|on|of)\s+)?(?:(?:der|dem|den|the)\s+)?$"
)
_FAR = 40  # characters of a text in which a number that is announced belongs to a street


def beside(text: str, start: int, end: int, until: int) -> tuple[int, int, str] | None:
    """Return where the house number of the street `text[start:end]` stands, and its value.

    What begins at `until` belongs to the next street. Text and value are folded.
    """
    match = _AFTER.match(text, end)
    if match:
        return (*match.span(1), _value(match.group(1)))
    match = _AFTER_IN_WORDS.match(text, end)
    if match:
        group = match.lastindex or 0
        return (*match.span(group), _value(match.group(group)))
    match = _BEFORE.search(text, max(0, start - _FAR), start)
    if match:
        return (*match.span(1), _value(match.group(1)))
    match = _ANNOUNCED.match(text, end, until)
    return (*match.span(1), _value(match.group(1))) if match else None


def follows(text: str, end: int) -> bool:
    """Tell whether a house number in digits stands right after `end`."""
    return _AFTER.match(text, end) is not None


def _value(written: str) -> str:
    word, _, letter = written.partition(" ")
    if word in _WORDS:
        return f"{_WORDS[word]}{letter}"
    return re.sub(r"\s+", "", written)
