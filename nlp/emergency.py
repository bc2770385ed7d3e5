"""Emergencies in four languages: what must meet to be one, behind a cheap suspicion.

Of ten more languages the unmistakable cries are known, for texts that are rather in one of them.

An emergency is danger to life or limb now: what the emergency calls 112 and 110 are for (fire,
unconsciousness, no breath, heavy bleeding, poison, drowning, people trapped, violence, gas,
live wires, chemical clouds, somebody helpless who is missing, the wish to die), or where not
to help would be an offence (§ 323c StGB). Neither a past one nor an idiom, an exercise, or a
danger that a defect may become one day. The tables stand in `nlp/emergencies/`.

Needs neither spaCy nor NumPy, so it can watch every message, even where all else is asleep.
"""

import re
from collections.abc import Iterator

from nlp import alarm_terms as terms
from nlp.alarm_matching import findings
from nlp.alarm_tables import Table, read
from nlp.folding import Folded, fold
from nlp.types import Evidence

_LONGEST = 20_000
_TABLES = tuple(read("emergencies", name) for name in ("german", "english", "turkish"))
_UKRAINIAN = read("emergencies", "ukrainian")
_OTHERS = read("emergencies", "others")  # of languages that the system does not speak
_CYRILLIC = re.compile("[а-яіїєґ]")
_CALL = terms.words(
    "notruf notfall sos 112 110 911 emergency mayday imdat acil рятуйте помогите hilfe help"
)
_ASKED = re.compile(r"\s*(?:hilfe|help|/help|yardim)[\s.?]*")  # what can this program do?
_AROUND = terms.words(
    "bitte schnell hallo dringend sofort jetzt rufen anrufen alarmieren wählen call please now"
    " quick quickly lütfen durum yardım терміново допоможіть на допомогу екстрений виклик"
)


def warm_up() -> None:
    """Do ahead what the first texts would have to wait for; takes a second."""
    for table in (*_TABLES, _UKRAINIAN, _OTHERS):
        table.compile()


def detect(text: str) -> tuple[Evidence, ...]:
    """Return the evidence for emergencies in `text`, in its order; empty means none."""
    return detect_folded(fold(text[:_LONGEST]))


def detect_folded(folded: Folded) -> tuple[Evidence, ...]:
    """Return the same of a text that is folded already."""
    copy = terms.copy(folded)
    vocabulary = frozenset(copy.words)
    if _is_bare_call(vocabulary) and not _ASKED.fullmatch(folded.text):
        return (_evidence(copy, "help", 1, len(copy.text) - 1),)
    found = [one for table in _tables(folded, vocabulary) for one in findings(table, copy)]
    found.sort(key=lambda finding: finding[1])
    return tuple(_evidence(copy, kind, start, end) for kind, start, end in found)


def _is_bare_call(vocabulary: frozenset[str]) -> bool:
    """Tell whether a message is nothing but the call itself: "112", "Hilfe!!", "SOS bitte"."""
    spoken = {word for word in vocabulary if word.isalnum()}
    return bool(spoken & _CALL) and spoken <= _CALL | _AROUND


def _tables(folded: Folded, vocabulary: frozenset[str]) -> Iterator[Table]:
    """Yield the languages whose words a text has; without any it may be each of them."""
    counts = [len(vocabulary & table.function_words) for table in _TABLES]
    cyrillic = _CYRILLIC.search(folded.text) is not None
    for table, count in zip(_TABLES, counts, strict=True):
        if 3 * count >= max(counts) and (count or not cyrillic):
            yield table
    counts.append(len(vocabulary & _UKRAINIAN.function_words))
    if cyrillic or counts[-1]:
        yield _UKRAINIAN
    if len(vocabulary & _OTHERS.function_words) >= max(counts):
        yield _OTHERS


def _evidence(copy: terms.Copy, kind: str, start: int, end: int) -> Evidence:
    first, last = copy.folded.span(*copy.spans_of(start, end))
    return Evidence(f"emergency:{kind}", "rule", copy.folded.original[first:last], first, last)
