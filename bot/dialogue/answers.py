"""Short answers to a question: a button's label or number, yes, no. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from connectors.base import Button

_YES = frozenset(
    {"ja", "jo", "jepp", "jup", "jawohl", "gerne", "gern", "genau", "richtig", "stimmt", "korrekt"}
    | {"klar", "bitte", "sicher", "ok", "okay", "yes", "yep", "yeah", "sure", "right", "correct"}
    | {"please", "evet", "так"}
)
_NO = frozenset(
    {"nein", "nee", "nö", "ne", "abbrechen", "abbruch", "stopp", "stop", "nichts", "falsch"}
    | {"no", "nope", "cancel", "hayır", "hayir", "ні"}
)
_WORDS = re.compile(r"\w+")


def chosen(text: str, options: Sequence[Button]) -> str | None:
    """Return the id of the option that `text` names: its label, id or number, or a plain yes."""
    folded = _fold(text)
    for place, option in enumerate(options, start=1):
        if folded in {_fold(option.label), _fold(option.id), str(place)}:
            return option.id
    ids = {option.id for option in options}
    if "yes" in ids and _starts_with(folded, _YES):
        return "yes"
    if "no" in ids and _starts_with(folded, _NO):
        return "no"
    return None


def is_no(text: str) -> bool:
    """Tell whether `text` is nothing but a no."""
    words = _WORDS.findall(_fold(text))
    return bool(words) and len(words) <= 3 and words[0] in _NO


def _starts_with(folded: str, words: frozenset[str]) -> bool:
    found = _WORDS.findall(folded)
    return bool(found) and len(found) <= 3 and found[0] in words


def _fold(text: str) -> str:
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))
