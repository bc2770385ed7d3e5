"""Emergencies in four languages: the rules with their guards, behind a cheap suspicion.

Needs neither spaCy nor NumPy, so it can watch every message, even where all else is asleep.
"""

import re
from collections.abc import Iterator

from nlp import emergency_guards as guards
from nlp import emergency_rules as rules
from nlp.emergency_hazards import HAZARDS
from nlp.folding import Folded, fold
from nlp.types import Evidence

_SENTENCE = re.compile(r"[^.!?;\n]{1,400}[.!?;\n]*")
_LONGEST = 20_000
_RULES = rules.RULES + HAZARDS


def detect(text: str) -> tuple[Evidence, ...]:
    """Return the evidence for emergencies in `text`, in its order; empty means none."""
    folded = fold(text[:_LONGEST])
    if guards.SUSPICION.search(folded.text) is None:
        return ()
    return tuple(_findings(folded))


def _findings(folded: Folded) -> Iterator[Evidence]:
    cry = guards.CRY_FOR_HELP.match(folded.text) or guards.BARE_CALL.fullmatch(folded.text)
    if cry and cry.group().strip():
        yield _evidence(folded, "help", *cry.span())
        return
    for sentence in _sentences(folded.text):
        words = sentence.group()
        if guards.SUSPICION.search(words) is None or guards.TOLD.search(words):
            continue
        cleaned = guards.IDIOMS.sub(_blank, words)
        for rule in _RULES:
            if rule.alone and guards.CAUSE.search(folded.text):
                continue
            match = rule.pattern.search(cleaned)
            if match and not _guarded(rule, match, cleaned):
                start = sentence.start() + match.start()
                yield _evidence(folded, rule.kind, start, start + len(match.group()))
                break


def _sentences(text: str) -> Iterator[re.Match[str]]:
    """Yield sentences; a very long one comes in overlapping pieces."""
    place = 0
    while match := _SENTENCE.search(text, place):
        yield match
        closed = match.group()[-1] in ".!?;\n"
        place = match.end() if closed or match.end() == len(text) else match.end() - 60


def _blank(match: re.Match[str]) -> str:
    return "_" * len(match.group())


def _guarded(rule: rules.Rule, match: re.Match[str], sentence: str) -> bool:
    before, after = sentence[: match.start()], sentence[match.end() :]
    if guards.NEGATED_BEFORE.search(before):
        return not rule.certain
    if rule.kind in guards.NEGATED_LATE and guards.NEGATED_AFTER.match(after):
        return True
    if guards.IMAGINED_BEFORE.search(before) or guards.IMAGINED.search(sentence):
        return not rule.certain
    if rule.kind == "help" and guards.ERRANDS.search(sentence):
        return True
    if rule.kind in guards.NEEDS_PRESENT and guards.PAST.search(sentence):
        return guards.PRESENT.search(sentence) is None
    return False


def _evidence(folded: Folded, kind: str, start: int, end: int) -> Evidence:
    first, last = folded.span(start, end)
    return Evidence(f"emergency:{kind}", "rule", folded.original[first:last], first, last)
