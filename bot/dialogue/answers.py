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
_FILLERS = frozenset({"danke", "bitte", "doch", "nicht", "mehr", "thanks", "thank", "you", "oh"})
_FEW = 7  # words: longer answers say more than that
_NAMES = 3
_CANCEL = re.compile(
    r"\bvergi(?:ss|ß|sst) (?:es|das)|\b(?:hat|ist) sich erledigt\b|\b(?:schon )?erledigt\b"
    r"|\blieber nicht\b|\bdoch nicht\b|\bnicht mehr nötig\b|\bnever ?mind\b|\bforget (?:it|that)\b"
)
_UNKNOWN = re.compile(
    r"\bwei(?:ß|ss|s) (?:ich |es |ich es )?(?:auch |leider |gerade )?nicht|\bkeine ahnung\b"
    r"|\bkein plan\b|\bkenne? (?:ich )?(?:ihn |den ort |die straße )?nicht\b|\bunbekannt\b"
    r"|\bno idea\b|\b(?:don t|dont|do not) know\b|\bnot sure\b|\bunknown\b"
)
_LOCATED = re.compile(
    r"\b(?:vor|vorm|bei|beim|am|an|im|in|auf|hinter|hinterm|neben|nähe|gegenüber|ecke|zwischen|unter"
    r"|über|höhe|richtung|rund um|near|next to|at|behind|opposite|corner|between|on|under)\b"
    r"|(?:str|straße|strasse|weg|platz|allee|ring|gasse|ufer|park|bahnhof|schule|kirche)\b"
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


def is_cancel(text: str) -> bool:
    """Tell whether `text` is nothing but a no, or says that it is not needed any more."""
    folded = _fold(text)
    words = folded.split()
    only_no = bool(words) and words[0] in _NO and set(words) <= _NO | _FILLERS
    return only_no or (len(words) <= _FEW and _CANCEL.search(folded) is not None)


def is_unknown(text: str) -> bool:
    """Tell whether `text` says that somebody does not know."""
    folded = _fold(text)
    return len(folded.split()) <= _FEW and _UNKNOWN.search(folded) is not None


def is_place(text: str) -> bool:
    """Tell whether `text` can name a place: a number, a word of place, or a name or two."""
    words = text.split()
    if not words or text.rstrip().endswith("?"):
        return False
    located = _LOCATED.search(_fold(text)) is not None or any(map(str.isdigit, text))
    return located or (len(words) <= _NAMES and any(word[0].isupper() for word in words))


def _starts_with(folded: str, words: frozenset[str]) -> bool:
    found = _WORDS.findall(folded)
    return bool(found) and len(found) <= 3 and found[0] in words


def _fold(text: str) -> str:
    return " ".join(_WORDS.findall(unicodedata.normalize("NFKC", text).casefold()))
