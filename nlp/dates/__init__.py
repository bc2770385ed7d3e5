"""Dates and times in citizens' texts: own grammars for four languages, never `now()`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from nlp.dates import foreign, german, guards, monthless, numeric, seasons, spelling, times
from nlp.dates.moment import Moment
from nlp.dates.rules import Fixed, Later, Part, Rule, Value
from nlp.dates.words import AHEAD, FROM, MOVED, MOVES, PARTICIPLE, PAST, SINCE, TO, UNTIL, WAS
from nlp.folding import Folded
from nlp.types import Entity

_LEAD = re.compile(
    r"(?:(?:am|an|bis|sei[td]|siet|zick|ab|vom|zum|fuer|um|gegen|von|zwischen|auf|der|den|dem|im|in|zu|on"
    r"|at|since|until|by|for|from|у|в|на|до|з|по)\s+)+"
)
_BEFORE, _AFTER = 45, 70
_STOP = re.compile(
    r"(?:(?<!\d)\.|[!?;\n])(?!\d)|,\s*(?=(?:kann|koennen|kommt|ist|wird|wann|ob|und|aber|dann|bitte|gibt|am)\b|$)"
)


@lru_cache(maxsize=1)
def _berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


def find(folded: Folded, now: datetime, language: str) -> list[Entity]:
    """Return the dates, ranges, recurrent days and times of `folded`, resolved against `now`."""
    folded = spelling.mended(folded)
    text = folded.text
    moment = Moment(now.astimezone(_berlin()).date())
    found: list[tuple[int, int, Value]] = []
    for start, end, parts in _longest_first(_matches(text, moment, language)):
        for part in parts:
            first = max(start, part.start)
            last = min(end, part.end)
            if part.value is None or first >= last:
                continue
            lead = _LEAD.match(text, first, last)
            found.append((lead.end() if lead else first, last, part.value))
    return list(_entities(folded, sorted(found, key=lambda place: place[0])))


def _entities(folded: Folded, found: list[tuple[int, int, Value]]) -> Iterator[Entity]:
    """Yield the entities in the order of the text: 'Freitag drauf' follows the day before it."""
    before: date | None = None
    for first, last, seen in found:
        resolved = seen.after(before) if isinstance(seen, Later) else seen
        if resolved is None:
            continue
        if not isinstance(resolved, str):
            before = resolved[1] if isinstance(resolved, tuple) else resolved
        kind, value = _written(resolved)
        begin, stop = folded.span(first, last)
        yield Entity(kind, folded.original[begin:stop], begin, stop, value)


_Match = tuple[int, int, tuple[Part, ...]]
_SHARED = german.RULES + seasons.RULES + numeric.RULES + monthless.RULES + times.RULES
_OWN = {"de": foreign.ENGLISH_IN_GERMAN, "tr": foreign.TURKISH, "uk": foreign.UKRAINIAN}
_ALL = foreign.ENGLISH + foreign.TURKISH + foreign.UKRAINIAN
_GUESSED = 32
"""Below so many letters the language is a guess: all of them are tried."""


def _matches(text: str, moment: Moment, language: str) -> list[_Match]:
    """Return all that the rules find; guards only where something was found to be guarded."""
    found: list[_Match] = []
    own = _ALL if len(text) < _GUESSED else _OWN.get(language, foreign.ENGLISH)
    for chapter in _SHARED + own:
        if chapter.cue.search(text):
            for rule in chapter.rules:
                found.extend(_of_rule(rule, text, moment, language))
    for rule in guards.RULES if found else ():
        found.extend(_of_rule(rule, text, moment, language))
    return found


def _of_rule(rule: Rule, text: str, moment: Moment, language: str) -> Iterator[_Match]:
    for match in rule.pattern.finditer(text):
        past = _speaks_of_past(text, match, language)
        parts = rule.resolve(match, replace(moment, past=past))
        if parts is not None:
            yield match.start(), match.end(), parts


def _speaks_of_past(text: str, match: re.Match[str], language: str) -> bool:
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    before = _STOP.split(before)[-1]
    after = _STOP.split(text[match.end() : match.end() + _AFTER])[0]
    own = match.group()
    clause = f"{before} {own} {after}"
    if _leads(SINCE, before, own):
        return True
    if MOVED.search(clause) or (_leads(UNTIL, before, own) and AHEAD.search(before)):
        return False
    if PAST.search(clause) or (language != "de" and WAS.search(clause)):
        return True
    if _leads(FROM, before, own) and not (
        TO.match(after) or TO.search(own) or MOVES.search(clause)
    ):
        return True
    return PARTICIPLE.search(clause) is not None and AHEAD.search(clause) is None


def _leads(words: re.Pattern[str], before: str, own: str) -> bool:
    """Tell whether `words` stand at the end of `before`, or open the match's `own` text."""
    close = before[-35:].rstrip()
    return words.match(own) is not None or any(
        found.end() == len(close) for found in words.finditer(close)
    )


def _longest_first(matches: list[_Match]) -> Iterator[_Match]:
    taken: list[tuple[int, int]] = []
    for start, end, parts in sorted(matches, key=lambda found: (found[0] - found[1], found[0])):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            yield start, end, parts


def _written(value: Fixed) -> tuple[str, str]:
    """Return the entity type of a resolved value and how it is written."""
    if isinstance(value, tuple):
        return "date_range", f"{value[0].isoformat()}/{value[1].isoformat()}"
    if isinstance(value, date):
        return "date", value.isoformat()
    if value.startswith("weekly:"):
        return "weekday", value
    return "time", value
