"""Insults with a target, threats and advertising: marks for a person, never a verdict.

Swearing at things is no insult, nor is telling of one. The tables stand in `nlp/offences/`.
"""

import re

from nlp import alarm_terms as terms
from nlp.alarm_matching import findings
from nlp.alarm_tables import read
from nlp.folding import Folded, fold
from nlp.reading import ANALYSED
from nlp.types import Evidence

_ABUSE = read("offences", "abuse")
_SPAM = read("offences", "spam")
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
)
_MIXED = re.compile(r"(?=[\w@$]{0,40}[a-z])[a-z0-9@$]{3,40}")
_SPACED = re.compile(r"(?<!\w)(?:[a-z0-9@$][ .*_-]{1,2}){4,24}[a-z0-9@$](?!\w)")
_CENSORED = re.compile(
    r"\b(?:du|ihr|sie|you) (?:\w{1,20} )?[a-z]{1,4}[*#]{2,8}\w{0,8}"
    r"|\bf[*#]{1,4}(?:ck|k)? (?:you|u|off|dich|euch)\b"
)
_SEPARATORS = re.compile(r"[^a-z]")


def find(text: str) -> list[Evidence]:
    """Return what marks a text as abuse or spam by the rules alone, without the model."""
    folded = fold(text[:ANALYSED])
    return [*abuse(folded), *spam(folded)]


def abuse(folded: Folded) -> list[Evidence]:
    """Return insults at somebody and threats, also in obfuscated letters."""
    plain = _MIXED.sub(lambda match: match.group().translate(_LEET), folded.text)
    copy = terms.copy(Folded(folded.original, plain, folded.starts, folded.ends))
    found = [
        _evidence("abuse", folded, copy.spans_of(start, end))
        for _, start, end in findings(_ABUSE, copy)
    ]
    for match in _SPACED.finditer(folded.text):
        word = _SEPARATORS.sub("", match.group().translate(_LEET))
        if _ABUSE.find("insult", f" {terms.key(word)} "):
            found.append(_evidence("abuse", folded, match.span()))
    found.extend(
        _evidence("abuse", folded, match.span()) for match in _CENSORED.finditer(folded.text)
    )
    return found


def spam(folded: Folded) -> list[Evidence]:
    """Return advertising, scams and chain letters."""
    copy = terms.copy(folded)
    return [
        _evidence("spam", folded, copy.spans_of(start, end))
        for _, start, end in findings(_SPAM, copy)
    ]


def _evidence(target: str, folded: Folded, span: tuple[int, int]) -> Evidence:
    start, end = folded.span(*span)
    return Evidence(target, "rule", folded.original[start:end], start, end)
