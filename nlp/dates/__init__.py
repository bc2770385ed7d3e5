"""Dates and times in citizens' texts: own grammars for four languages, never `now()`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from nlp.dates import foreign, german, numeric, times
from nlp.dates.moment import Moment
from nlp.dates.rules import Part, Rule, Value
from nlp.dates.words import PAST
from nlp.folding import Folded
from nlp.types import Entity

_PAST = re.compile(PAST)
_LEAD = re.compile(
    r"(?:am|an|bis|seit|ab|vom|zum|fuer|um|gegen|von|zwischen|on|at|since|until|by|for|у|в|на|до|з"
    r")\s+"
)
_BEFORE, _AFTER = 45, 70
_STOP = re.compile(r"[.!?;\n](?!\d)")


@lru_cache(maxsize=1)
def _berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


def find(folded: Folded, now: datetime, language: str) -> list[Entity]:
    """Return the dates, ranges, recurrent days and times of `folded`, resolved against `now`."""
    text = folded.text
    moment = Moment(now.astimezone(_berlin()).date())
    found: list[Entity] = []
    for start, end, parts in _longest_first(_matches(text, moment, _rules(language))):
        for part in parts:
            first = max(start, part.start)
            last = min(end, part.end)
            if part.value is None or first >= last:
                continue
            lead = _LEAD.match(text, first, last)
            first = lead.end() if lead else first
            kind, value = _written(part.value)
            begin, stop = folded.span(first, last)
            found.append(Entity(kind, folded.original[begin:stop], begin, stop, value))
    return sorted(found, key=lambda entity: entity.start)


def _rules(language: str) -> tuple[Rule, ...]:
    extra = {"tr": foreign.TURKISH, "uk": foreign.UKRAINIAN, "en": foreign.ENGLISH}
    if language == "de":
        return german.RULES + numeric.RULES + times.RULES + foreign.ENGLISH_IN_GERMAN
    return german.RULES + numeric.RULES + times.RULES + extra.get(language, foreign.ENGLISH)


def _matches(
    text: str, moment: Moment, rules: tuple[Rule, ...]
) -> Iterator[tuple[int, int, tuple[Part, ...]]]:
    for rule in rules:
        for match in rule.pattern.finditer(text):
            seen = replace(moment, past=_speaks_of_past(text, match))
            parts = rule.resolve(match, seen)
            if parts is not None:
                yield match.start(), match.end(), parts


def _speaks_of_past(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    before = _STOP.split(before)[-1]
    after = _STOP.split(text[match.end() : match.end() + _AFTER])[0]
    return _PAST.search(f"{before} {match.group()} {after}") is not None


def _longest_first(
    matches: Iterator[tuple[int, int, tuple[Part, ...]]],
) -> Iterator[tuple[int, int, tuple[Part, ...]]]:
    taken: list[tuple[int, int]] = []
    for start, end, parts in sorted(matches, key=lambda found: (found[0] - found[1], found[0])):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            yield start, end, parts


def _written(value: Value) -> tuple[str, str]:
    """Return the entity type of a resolved value and how it is written."""
    if isinstance(value, tuple):
        return "date_range", f"{value[0].isoformat()}/{value[1].isoformat()}"
    if isinstance(value, date):
        return "date", value.isoformat()
    if value.startswith("weekly:"):
        return "weekday", value
    return "time", value
