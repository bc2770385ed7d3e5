"""Sentences of the corpus as many people would write them: slots filled, greetings, slips."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from nlp import gazetteer
from nlp.corpus import Example

_SLOT = re.compile(r"\{(\w+)\}")
_DAYS = ("heute", "morgen", "übermorgen", "am Samstag", "nächsten Donnerstag", "am Mittwoch")
_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag")
_HOLIDAYS = ("Fronleichnam", "Karfreitag", "Allerheiligen", "Heiligabend", "Silvester")
_DATES = ("12.5.", "3. Mai", "24.12.", "1.11.2026", "28. September", "17.2.")
_OTHER_STREETS = (
    "Mozartstraße",
    "Bahnhofstr.",
    "Lindenweg",
    "Schulstraße",
    "Am Anger",
    "Kirchplatz",
)
_PLACES = ("Bahnhof", "Rathaus", "Park", "Friedhof", "Marktplatz", "Spielplatz", "Krankenhaus")
_GREETINGS = ("Hallo, ", "Guten Tag, ", "hi ", "Moin, ", "Sehr geehrte Damen und Herren, ", "Hey ")
_ENDINGS = (
    " Danke!", " Mit freundlichen Grüßen", " LG", " Vielen Dank im Voraus.", " MfG", " !!!", " 😡", " 🙏",
)  # fmt: skip
_GREETINGS_EN = ("Hello, ", "Hi, ", "Good morning, ")
_ENDINGS_EN = (" Thanks!", " Thank you.", " Regards", "!!")
_ALONE = frozenset({"greeting", "thanks", "context_reply"})


def expand(examples: Sequence[Example], copies: int, seed: int) -> list[Example]:
    """Return `copies` variants of every template, the first one without slips."""
    chance = random.Random(seed)  # noqa: S311 reproducible, not secret
    choices = _choices()
    found: list[Example] = []
    for example in examples:
        for copy in range(copies):
            text = fill(example.text, choices, chance)
            if copy:
                text = _as_another(text, example, chance)
            found.append(replace(example, text=text))
    return found


def _choices() -> dict[str, tuple[str, ...]]:
    names = gazetteer.demo()
    streets = tuple(name.label for name in names.streets) + _OTHER_STREETS
    districts = tuple(name.label for name in names.districts)
    return {
        "street": streets,
        "street2": streets,
        "district": districts,
        "district2": districts,
        "place": _PLACES + tuple(name.label for name in names.places),
        "product": tuple(name.label for name in names.products),
        "product_en": ("cheese", "fish", "honey", "strawberries", "bread", "flowers"),
        "number": tuple(str(number) for number in range(1, 180)),
        "number2": tuple(str(number) for number in range(1, 180)),
        "weekday": _WEEKDAYS,
        "weekday_en": ("Monday", "Thursday", "Saturday", "Wednesday"),
        "holiday": _HOLIDAYS,
        "day": _DAYS,
        "date": _DATES,
        "ticket": tuple(f"LEV-2026-{number:06d}" for number in range(17, 9000, 171)),
        "letter": ("4711.0815.2", "32-1234/26", "K 2026 118"),
        "amount": ("30", "128,50", "55", "240"),
        "phone": ("0214 5550199", "0171 5550123"),
    }


def fill(text: str, choices: dict[str, tuple[str, ...]], chance: random.Random) -> str:
    """Return `text` with its slots filled; raises KeyError for an unknown slot."""
    return _SLOT.sub(lambda match: chance.choice(choices[match.group(1)]), text)


def _as_another(text: str, example: Example, chance: random.Random) -> str:
    """Write `text` as another person would: greeting, ending, no capitals, slips."""
    if example.language in {"de", "en"} and not _ALONE & set(example.intents):
        english = example.language == "en"
        if chance.random() < 0.3:
            text = chance.choice(_GREETINGS_EN if english else _GREETINGS) + text
        if chance.random() < 0.3:
            text += chance.choice(_ENDINGS_EN if english else _ENDINGS)
    if chance.random() < 0.3:
        text = text.lower()
    if chance.random() < 0.2:
        text = re.sub(r"[.,!?]", "", text)
    if len(text) > 15:
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            text = _slip(text, chance)
    return text


def _slip(text: str, chance: random.Random) -> str:
    """Swap, drop or double one letter inside a word."""
    place = chance.randrange(1, len(text) - 1)
    if not (text[place].isalpha() and text[place - 1].isalpha()):
        return text
    kind = chance.randrange(3)
    if kind == 0:
        return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]
    if kind == 1:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place] + text[place:]
