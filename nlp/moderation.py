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

_TABLES = tuple((target, read("offences", target)) for target in ("abuse", "spam"))
_LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
)
_DISGUISED = re.compile(
    r"(?P<spaced>(?<!\w)(?:(?:[aou]e|ss|[a-z0-9@$])[ .*_-]{1,2}){3,24}[a-z0-9@$](?!\w))"
    r"|(?P<masked>(?<!\w)(?P<head>[^\W\d_]{1,8})(?:[*#]{1,9}|\.{3,9})(?P<tail>[^\W\d_]{0,9}))"
    r"|(?<!\w)[a-z]{0,20}[0-9@$][a-z0-9@$]{2,20}"
)
_TELLING = 3  # letters
_SEPARATORS = re.compile(r"[ .*_-]")
_MASKED = tuple(
    fold(
        "arsch arschloch arschlöcher arschgeige wichser hurensohn hurensöhne scheiß scheiße"
        " scheißkerl scheißer fotze fick ficken fickt schlampe nutte idiot idioten vollidiot"
        " trottel depp deppen penner blöd blöde blöder kuh sau schwein schweine mist drecksau"
        " fuck fucking fucker fuckers shit shithead bitch bastard asshole arsehole cunt wanker"
        " wankers tosser twat dick dickhead piss siktir orospu piç amk нахуй блядь сука дебіл"
    ).text.split()
)


def warm_up() -> None:
    """Do ahead what the first texts would have to wait for; takes a second."""
    for _, table in _TABLES:
        table.compile()


def find(text: str) -> list[Evidence]:
    """Return what marks a text as abuse or spam by the rules alone, without the model."""
    return find_folded(fold(text[:ANALYSED]))


def find_folded(folded: Folded) -> list[Evidence]:
    """Return the same of a text that is folded already, also of words in disguise.

    `abuse` is an insult at somebody or a threat, `spam` advertising, a scam or a chain letter.
    """
    spelt_out = _spelt_out(folded)
    copy = terms.copy(spelt_out)
    return [
        _evidence(target, spelt_out, copy.spans_of(start, end))
        for target, table in _TABLES
        for _, start, end in findings(table, copy)
    ]


def _spelt_out(folded: Folded) -> Folded:
    """Return the text with its disguised words spelt out, every letter leading back."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _DISGUISED.finditer(folded.text):
        word = _meant(match)
        if word == match.group():
            continue
        first, last = folded.span(*match.span())
        text += folded.text[done : match.start()], word
        starts += (*folded.starts[done : match.start()], *[first] * len(word))
        ends += (*folded.ends[done : match.start()], *[last] * len(word))
        done = match.end()
    if not done:
        return folded
    return Folded(
        folded.original,
        "".join(text) + folded.text[done:],
        (*starts, *folded.starts[done:]),
        (*ends, *folded.ends[done:]),
    )


def _meant(match: re.Match[str]) -> str:
    """Return what a word is meant to be: "A r s c h", "f*ck", "1d1ot"."""
    written = match.group()
    if match["spaced"]:
        return _SEPARATORS.sub("", written).translate(_LEET)
    if match["masked"]:
        head, tail = match["head"], match["tail"]
        if "." in written and len(head + tail) < _TELLING:
            return written  # "Ihr seid s... nett"
        for word in _MASKED:
            whole = word.startswith(head) and word.endswith(tail)
            if whole and abs(len(word) - len(written)) <= 1 + len(tail) // 2:
                return word
        return written
    letters = sum(char.isalpha() for char in written)  # "100k" and "$500" are amounts
    return written.translate(_LEET) if 2 * letters >= len(written) else written


def _evidence(target: str, folded: Folded, span: tuple[int, int]) -> Evidence:
    start, end = folded.span(*span)
    return Evidence(target, "rule", folded.original[start:end], start, end)
