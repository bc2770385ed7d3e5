"""The shape of a rule of the date grammars."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from nlp.dates.moment import Moment

Fixed = date | tuple[date, date] | str


@dataclass(frozen=True, slots=True)
class Later:
    """A weekday after another day of the text, as in 'Freitag drauf'; None: the same weekday."""

    weekday: int | None
    alone: date | None
    """The day that is meant where the text names none before it."""

    def after(self, day: date | None) -> date | None:
        """Return the day that is meant when `day` was named before it."""
        if day is None:
            return self.alone
        number = day.weekday() if self.weekday is None else self.weekday
        return day + timedelta(days=(number - day.weekday() - 1) % 7 + 1)


Value = Fixed | Later


@dataclass(frozen=True, slots=True)
class Part:
    """One value a match resolves to, and the stretch of the folded text it stands on."""

    start: int
    end: int
    value: Value | None


Resolve = Callable[[re.Match[str], Moment], tuple[Part, ...] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern on folded text; `resolve` gives its parts, None when it is no date after all."""

    pattern: re.Pattern[str]
    resolve: Resolve


@dataclass(frozen=True, slots=True)
class Chapter:
    """Rules of one kind. Without the cheap `cue` in the text none of them can match."""

    cue: re.Pattern[str]
    rules: tuple[Rule, ...]


def chapter(cue: str, *rules: Rule) -> Chapter:
    """Return the chapter of `rules` for texts in which the pattern `cue` is found."""
    return Chapter(re.compile(cue), rules)


def several(pattern: str, parts: Resolve) -> Rule:
    """Return a rule whose match holds several values."""
    return Rule(re.compile(pattern), parts)


def one(pattern: str, value: Callable[[re.Match[str], Moment], Value | None]) -> Rule:
    """Return a rule whose whole match is one value; a None value is no match."""

    def resolve(match: re.Match[str], moment: Moment) -> tuple[Part, ...] | None:
        found = value(match, moment)
        return None if found is None else (Part(match.start(), match.end(), found),)

    return Rule(re.compile(pattern), resolve)


def blocked(pattern: str) -> Rule:
    """Return a rule whose matches look like dates and are none."""

    def resolve(match: re.Match[str], moment: Moment) -> tuple[Part, ...]:  # noqa: ARG001 same shape
        return (Part(match.start(), match.end(), None),)

    return Rule(re.compile(pattern), resolve)
