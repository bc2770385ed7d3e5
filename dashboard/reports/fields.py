"""The fields of a report, and what may be wrong with them."""

import re
import secrets
from dataclasses import asdict, dataclass, field

from bot.dialogue.facts import Facts
from dashboard.speech import say

EMPTY_REPORT = "Bitte schreiben Sie kurz, was passiert ist."
NO_PLACE = "Bitte schreiben Sie, wo das ist, oder wählen Sie den Stadtteil."
TOO_LONG = "Das ist zu lang: Höchstens %(most)s Zeichen sind möglich."
UNKNOWN_OPTION = "Bitte wählen Sie etwas aus der Liste."
BAD_EMAIL = "Bitte prüfen Sie die E-Mail-Adresse."
LONGEST_TEXT = 5000
_LONGEST = {"place": 200, "name": 120, "contact": 254}
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Typed:
    """The report form as it was filled in; `contact` is an e-mail address."""

    text: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    district: str = ""
    category: str = ""
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


def check(typed: Typed, facts: Facts, language: str) -> dict[str, str]:
    """Return the errors by field, in the language of the page."""
    errors = check_text(typed.text, EMPTY_REPORT, language)
    if not typed.place and not typed.district:
        errors["place"] = say(language, NO_PLACE)
    for name in ("place", "name"):
        if len(str(asdict(typed)[name])) > _LONGEST[name]:
            errors[name] = say(language, TOO_LONG, most=_LONGEST[name])
    if typed.district and typed.district not in {slug for slug, _ in districts(facts)}:
        errors["district"] = say(language, UNKNOWN_OPTION)
    if typed.category and typed.category not in facts.categories:
        errors["category"] = say(language, UNKNOWN_OPTION)
    return errors | check_email(typed.contact, language)


def check_email(email: str, language: str) -> dict[str, str]:
    """Return the error of an optional e-mail address."""
    if email and (len(email) > _LONGEST["contact"] or not _EMAIL.fullmatch(email)):
        return {"contact": say(language, BAD_EMAIL)}
    return {}


def check_text(text: str, empty: str, language: str) -> dict[str, str]:
    """Return the error of an obligatory text."""
    if not text:
        return {"text": say(language, empty)}
    if len(text) > LONGEST_TEXT:
        return {"text": say(language, TOO_LONG, most=LONGEST_TEXT)}
    return {}


def new_key() -> str:
    """Return what makes the next post of a form a new one."""
    return secrets.token_urlsafe(16)


def sound_key(given: str) -> str:
    """Return the form's own key; one that this site cannot have made is replaced."""
    return given if _KEY.fullmatch(given) else new_key()


def districts(facts: Facts) -> list[tuple[str, str]]:
    """Return the districts that the city knows, as (slug, name)."""
    return [(name.value, name.label) for name in facts.knowledge.names.districts]


def categories(facts: Facts, language: str) -> list[tuple[str, str]]:
    """Return the categories, as (id, label)."""
    return [(one.id, one.label(language)) for one in facts.categories.values()]
