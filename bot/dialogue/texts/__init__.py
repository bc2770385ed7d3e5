"""What the assistant says, by key and language."""

from functools import cache
from pathlib import Path

import yaml

from bot.city.rules import Emergency

LANGUAGES = ("de", "en")
_PARTLY = ("tr", "uk")  # spoken where it matters most
_FOLDER = Path(__file__).parent


@cache
def table(language: str) -> dict[str, str]:
    """Return every text of a language by its key."""
    loaded: dict[str, str] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text("utf-8"))
    return {key: text.strip() for key, text in loaded.items()}


def supported(language: str | None) -> str:
    """Return the language to answer in; what the assistant does not speak becomes German."""
    return language if language in LANGUAGES else "de"


def spoken(language: str, fallback: str) -> str:
    """Return the language for what is said in all four: theirs, or else `fallback`."""
    return language if language in (*LANGUAGES, *_PARTLY) else fallback


def emergencies(numbers: Emergency) -> tuple[str, ...]:
    """Return the fixed texts for emergencies, in every language; the guard lets them pass."""
    lines = {"rescue": numbers.rescue, "police": numbers.police}
    texts = [say("emergency", language, **lines) for language in (*LANGUAGES, *_PARTLY)]
    if numbers.crisis_line:
        crisis = {"crisis_line": numbers.crisis_line}
        texts += [say("emergency_crisis", code, **crisis) for code in (*LANGUAGES, *_PARTLY)]
    return tuple(texts)


def say(key: str, language: str, **fields: str) -> str:
    """Return the text `key`, filled; in German where the language does not have it."""
    if language in _PARTLY and key in table(language):
        return table(language)[key].format(**fields)
    return table(supported(language))[key].format(**fields)
