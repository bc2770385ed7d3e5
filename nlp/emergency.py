"""Emergencies in four languages: what must meet to be one, behind a cheap suspicion.

An emergency is danger to life or limb now: what the emergency calls 112 and 110 are for (fire,
unconsciousness, no breath, heavy bleeding, poison, drowning, people trapped, violence, gas,
live wires, chemical clouds, somebody helpless who is missing, the wish to die), or where not
to help would be an offence (§ 323c StGB). Neither a past one nor an idiom, an exercise, a
danger that a defect may become one day.

Needs neither spaCy nor NumPy, so it can watch every message, even where all else is asleep.
"""

import re
from collections.abc import Iterator

from nlp import emergency_terms as terms
from nlp.emergency_rules import Language, Rule, read
from nlp.folding import Folded, fold
from nlp.types import Evidence

_LONGEST = 20_000
_NEAR = 75  # characters of the matching copy between the concepts of a rule
_WATCHED = 220  # how far before and after a finding its guards are looked for, at most
_GAP = 1  # blanks between a negation and what it denies
_DENIED = frozenset({"fire", "gas", "help", "explosion"})  # kinds a "not" may follow
_STOP = re.compile(r" [.!?;\n](?= )")
_PAUSE = re.compile(r" (?:[.!?;\n,:]|und|and|ve|ta|i)(?= )")
_LANGUAGES = (read("german"), read("english"), read("turkish"))
_UKRAINIAN = read("ukrainian")
_CYRILLIC = re.compile("[а-яіїєґ]")
_CALL = terms.words(
    "notruf notfall sos 112 110 911 emergency mayday imdat acil рятуйте помогите hilfe help"
)
_AROUND = terms.words(
    "bitte schnell hallo dringend sofort jetzt rufen anrufen alarmieren wählen call please now"
    " quick quickly lütfen durum yardım терміново допоможіть на допомогу екстрений виклик"
)

def detect(text: str) -> tuple[Evidence, ...]:
    """Return the evidence for emergencies in `text`, in its order; empty means none."""
    folded = fold(text[:_LONGEST])
    copy = terms.copy(folded)
    vocabulary = frozenset(copy.words)
    if _is_bare_call(vocabulary):
        return (_evidence(copy, "help", 1, len(copy.text) - 1),)
    found = [
        finding
        for language in _languages(folded, vocabulary)
        for finding in _findings(language, copy, language.suspected(vocabulary))
    ]
    found.sort(key=lambda finding: finding[1])
    return tuple(_evidence(copy, kind, start, end) for kind, start, end in found)


def _is_bare_call(vocabulary: frozenset[str]) -> bool:
    """Tell whether a message is nothing but the call itself: "112", "Hilfe!!", "SOS bitte"."""
    spoken = {word for word in vocabulary if word.isalnum()}
    return bool(spoken & _CALL) and spoken <= _CALL | _AROUND


def _languages(folded: Folded, vocabulary: frozenset[str]) -> Iterator[Language]:
    """Yield the languages whose words a text has; without any it may be each of them."""
    counts = [len(vocabulary & one.function_words) for one in _LANGUAGES]
    cyrillic = _CYRILLIC.search(folded.text) is not None
    for one, count in zip(_LANGUAGES, counts, strict=True):
        if 3 * count >= max(counts) and (count or not cyrillic):
            yield one
    if cyrillic or vocabulary & _UKRAINIAN.function_words:
        yield _UKRAINIAN


def _findings(
    language: Language, copy: terms.Copy, suspected: set[str]
) -> Iterator[tuple[str, int, int]]:
    if not suspected:
        return
    text = language.concepts["idiom"].pattern.sub(_blank, copy.text)
    kinds: set[str] = set()
    for rule in language.rules:
        if rule.needs[0] not in suspected or rule.kind in kinds:
            continue
        if any(language.find(name, copy.text) for name in rule.never):
            continue
        for core in language.concepts[rule.needs[0]].pattern.finditer(text):
            span = _together(language, rule, text, core)
            if span and not _guarded(language, rule, text, core.start() + 1, *span):
                kinds.add(rule.kind)
                yield rule.kind, *span
                break


def _blank(match: re.Match[str]) -> str:
    return " " + "_" * (len(match.group()) - 1)


def _together(
    language: Language, rule: Rule, text: str, core: re.Match[str]
) -> tuple[int, int] | None:
    """Return the stretch in which all concepts of the rule meet around its core."""
    start, end = core.start() + 1, core.end()
    for name in rule.needs[1:]:
        after = language.find(name, text, core.start(), core.end() + _NEAR)
        met = after or language.last(name, text, core.start() - _NEAR, core.start() + 1)
        if met is None:
            return None
        start, end = min(start, met.start() + 1), max(end, met.end())
    return start, end


def _guarded(
    language: Language, rule: Rule, text: str, core: int, start: int, end: int
) -> bool:
    left, right = _bounds(_STOP, text, start, end)
    if any(language.find(name, text, left, right) for name in rule.unless):
        return True
    if rule.firm:
        return False
    if language.find("told", text, left, right):
        return True
    imagined = language.last("imagined", text, left, core)
    if imagined and " , " not in text[imagined.end() : core] and core - imagined.end() < _NEAR:
        return True
    negation = language.last("negation", text, max(left, core - 24), core)
    if negation and text[negation.end() : core].count(" ") <= _GAP:
        return True
    denial = language.find("denial", text, end, end + 24)
    if rule.kind in _DENIED and denial and text[end : denial.start()].count(" ") <= 1:
        return True
    if language.find("now", text, left, right):
        return False
    clause = _bounds(_PAUSE, text, start, end)
    return bool(
        language.find("past", text, left, right) or language.find("past_verb", text, *clause)
    )


def _bounds(mark: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of what a mark divides around a stretch, at most `_WATCHED` away."""
    left = max(0, start - _WATCHED)
    for stop in mark.finditer(text, left, start):
        left = stop.end()
    after = mark.search(text, end, end + _WATCHED)
    return left, after.end() + 1 if after else min(len(text), end + _WATCHED)


def _evidence(copy: terms.Copy, kind: str, start: int, end: int) -> Evidence:
    first, last = copy.span(start, end)
    return Evidence(f"emergency:{kind}", "rule", copy.folded.original[first:last], first, last)
