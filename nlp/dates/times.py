"""Times of day: 8 Uhr, 8.30 Uhr, halb neun, Viertel vor acht, 7 bis 13 Uhr, half past eight."""

import re

from nlp.dates.moment import Moment
from nlp.dates.rules import Chapter, Part, Rule, Value, chapter, one
from nlp.dates.words import HOURS, NUMBERS

_EVENING = re.compile(
    r"(?:abends?|nachmittags?|in the (?:evening|afternoon)|tonight|aksam|ogleden sonra|вечора)\b"
)
_HOUR = rf"(?P<hour>\d{{1,2}}|{HOURS.pattern})"


def _clock(hour: int, minute: int) -> str | None:
    if hour == 24 and minute == 0:
        hour = 0
    return f"{hour:02d}:{minute:02d}" if 0 <= hour < 24 and 0 <= minute < 60 else None


def _hour(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.number(word)


def _shifted(match: re.Match[str], hour: int) -> int:
    """Move the hour after noon where the words around it say so."""
    around = match.string[max(0, match.start() - 22) : match.end() + 18]
    return hour + 12 if 0 < hour < 12 and _EVENING.search(around) else hour


def _oclock(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001 shape of a rule
    minute = int(match["minute"] or match["late"] or 0)
    return _clock(_shifted(match, _hour(match["hour"])), minute)


def _figures(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001 shape of a rule
    return _clock(_shifted(match, int(match["hour"])), int(match["minute"]))


def _before(minutes: int) -> Rule:
    """Return the rule for words that count down to the hour named: halb, dreiviertel."""
    word = {30: "halb", 15: "(?:dreiviertel|viertel vor|quarter to)"}[minutes]

    def value(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001
        total = (_shifted(match, _hour(match["hour"])) * 60 - minutes) % (24 * 60)
        if _hour(match["hour"]) == 1 and not re.search(r"nacht|frueh", match.string):
            total = (13 * 60 - minutes) % (24 * 60)
        return _clock(total // 60, total % 60)

    return one(rf"\b{word}\s+{_HOUR}(?:\s?uhr)?(?![\w.,]|\s?(?:meter|euro|€|%))", value)


def _beside_half(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001
    minutes = int(match["minutes"]) if match["minutes"].isdigit() else _hour(match["minutes"])
    total = _shifted(match, _hour(match["hour"])) * 60 - 30
    total = (total - minutes if match["side"] == "vor" else total + minutes) % (24 * 60)
    return _clock(total // 60, total % 60)


def _full_hour(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001
    return _clock(_shifted(match, _hour(match["hour"])), 0)


def _past_hour(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001
    minutes = 30 if match["word"].startswith("half") else 15
    return _clock(_shifted(match, _hour(match["hour"])), minutes)


def _am_pm(match: re.Match[str], moment: Moment) -> Value | None:  # noqa: ARG001
    hour = int(match["hour"])
    if not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return _clock(hour, int(match["minute"] or 0))


def _span(match: re.Match[str], moment: Moment) -> tuple[Part, ...] | None:  # noqa: ARG001
    first = _clock(int(match["hour"]), int(match["minute"] or 0))
    last = _clock(int(match["until"]), int(match["until_minute"] or 0))
    if first is None or last is None:
        return None
    return (
        Part(match.start("hour"), match.end("minute" if match["minute"] else "hour"), first),
        Part(match.start("until"), match.end(), last),
    )


_FREE_STANDING = (
    r"(?=\s*(?:$|[.,!?;)])|\s+(?:und|oder|ist|war|wird|wurde|komm\w*|bin|kann|geht|da|hier|los|frueh"
    r"|morgens|abends|mittags|nachmittags|nachts|noch|schon|auf|zu|statt|rum|herum)\b)"
)

RULES: tuple[Chapter, ...] = (
    chapter(
        r"\d|uhr|halb|viertel|quarter|half|\b(?:um|gegen|kurz)\b",
        one(
            rf"\b(?:um\s+|ab\s+|bis\s+|gegen\s+|vor\s+|nach\s+)?{_HOUR}(?:[:.](?P<minute>\d{{2}}))?\s?uhr"
            r"(?:\s(?P<late>[0-5]\d)(?!\d|\.|:))?(?!\w)",
            _oclock,
        ),
        one(
            r"(?<![\d.:/-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?![\d:])(?:\s?uhr)?",
            _figures,
        ),
        one(r"\b(?:um|ab|at)\s+(?P<hour>[01]?\d|2[0-3])[.:](?P<minute>[0-5]\d)(?![\d.])", _figures),
        one(
            r"(?<![\w.,])(?P<hour>[01]?\d|2[0-3])h(?P<minute>[0-5]\d)?(?!\w)",
            lambda match, _: _clock(int(match["hour"]), int(match["minute"] or 0)),
        ),
        one(
            r"\bsaat\s+(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d))?(?P<late>)(?!\d)",
            _oclock,
        ),
        _before(30),
        _before(15),
        one(
            rf"\b(?P<minutes>fuenf|zehn|5|10)\s+(?P<side>vor|nach)\s+halb\s+{_HOUR}(?!\w)",
            _beside_half,
        ),
        one(
            rf"\b(?:um|gegen|kurz (?:vor|nach))\s+(?P<hour>{HOURS.pattern}){_FREE_STANDING}",
            _full_hour,
        ),
        one(
            rf"\b(?P<word>viertel nach|viertel|quarter past)\s+{_HOUR}(?:\s?uhr)?(?!\w)",
            _past_hour,
        ),
        one(
            r"\b(?P<word>half past)\s+(?P<hour>\d{1,2}|" + NUMBERS.pattern + r")(?!\w)",
            _past_hour,
        ),
        one(
            r"\b(?:at\s+)?(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s?(?P<half>[ap])\.?m\.?(?!\w)",
            _am_pm,
        ),
        Rule(
            re.compile(
                r"(?<![\d.:/-])(?:von\s+|zwischen\s+)?(?P<hour>[01]?\d|2[0-3])"
                r"(?:[:.](?P<minute>[0-5]\d))?(?:\s?uhr)?"
                r"\s?(?:bis|-|und)\s?(?P<until>[01]?\d|2[0-4])(?:[:.](?P<until_minute>[0-5]\d))?\s?uhr\b"
            ),
            _span,
        ),
    ),
)
