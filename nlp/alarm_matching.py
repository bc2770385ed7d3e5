"""What a table finds in a text: its concepts near one another, and the guards around them."""

import re
from collections.abc import Iterator
from itertools import pairwise

from nlp.alarm_tables import Rule, Table
from nlp.alarm_terms import Copy

_PAUSE = re.compile(r" (?:[.!?;\n,:]|und|and|ve|ta|i)(?= )")
_STOP = re.compile(r" [.!?;\n](?= )")
_DENIED = frozenset({"fire", "gas", "help", "explosion", "power"})  # kinds a "not" may follow
_GAP = 1  # blanks between a negation and what it denies
_WATCHED = 220  # how far before and after a finding its guards are looked for, at most
_NEAR = 75  # characters of the matching copy between the concepts of a rule


def findings(table: Table, copy: Copy) -> Iterator[tuple[str, int, int]]:
    """Yield what the rules find in a copy: the kind and its stretch, each kind once."""
    suspected = table.suspected(frozenset(copy.words))
    if not suspected:
        return
    text = table.without_idioms(copy.text)
    kinds: set[str] = set()
    for rule in table.rules:
        if rule.needs[0] not in suspected or rule.kind in kinds:
            continue
        if any(table.find(name, copy.text) for name in rule.never):
            continue
        for core in table.concepts[rule.needs[0]].pattern.finditer(text):
            span = _together(table, rule, text, core)
            if span and not _guarded(table, rule, text, core.start() + 1, *span):
                kinds.add(rule.kind)
                yield rule.kind, *span
                break

    if not kinds:
        yield from _grave(table, text, suspected)


def _grave(table: Table, text: str, suspected: set[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the first two grave concepts that stand apart and near one another."""
    names = table.grave.keys() & suspected
    if len(names) < 2:
        return
    found = sorted(
        (match.start(), match.end(), name)
        for name in names
        if (match := table.find(name, text)) is not None
    )
    for (first, end, name), (start, last, _) in pairwise(found):
        near = end - 1 <= start < end + _NEAR
        if near and not _guarded(table, table.grave[name], text, first + 1, first + 1, last):
            yield table.grave[name].kind, first + 1, last
            return


def _together(table: Table, rule: Rule, text: str, core: re.Match[str]) -> tuple[int, int] | None:
    """Return the stretch in which all concepts of the rule meet around its core."""
    start, end = core.start() + 1, core.end()
    for name in rule.needs[1:]:
        after = table.find(name, text, core.start(), core.end() + _NEAR)
        met = after or table.last(name, text, core.start() - _NEAR, core.start() + 1)
        if met is None:
            return None
        start, end = min(start, met.start() + 1), max(end, met.end())
    return start, end


def _guarded(table: Table, rule: Rule, text: str, core: int, start: int, end: int) -> bool:
    left, right = _bounds(_STOP, text, start, end)
    if any(table.find(name, text, left, right) for name in rule.unless):
        return True
    if rule.firm:
        return False
    if table.find("told", text, left, right):
        return True
    imagined = table.last("imagined", text, left, core)
    if imagined and " , " not in text[imagined.end() : core] and core - imagined.end() < _NEAR:
        return True
    negation = table.last("negation", text, max(left, core - 24), core)
    if negation and text[negation.end() : core].count(" ") <= _GAP:
        return True
    denial = table.find("denial", text, end, end + 24)
    if rule.kind in _DENIED and denial and text[end : denial.start()].count(" ") <= 1:
        return True
    if table.find("now", text, left, right):
        return False
    clause = _bounds(_PAUSE, text, start, end)
    return bool(table.find("past", text, left, right) or table.find("past_verb", text, *clause))


def _bounds(mark: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of what a mark divides around a stretch, at most `_WATCHED` away."""
    left = max(0, start - _WATCHED)
    for stop in mark.finditer(text, left, start):
        left = stop.end()
    after = mark.search(text, end, end + _WATCHED)
    return left, after.end() + 1 if after else min(len(text), end + _WATCHED)
