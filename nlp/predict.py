"""The JSON-lines contract of `stadtdraht nlp predict`: a message per line in, its meaning out."""

import json
from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, datetime

from nlp.pipeline import Understander
from nlp.types import Context, Understanding

_FAR = 100  # years to either end of the calendar, so that no date falls behind it


class LineError(ValueError):
    """A line of the input is not what the contract asks for; says which line and why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"line {number}: {reason}")


def predict_lines(
    lines: Iterable[str], understander: Understander, *, now: datetime | None = None
) -> Iterator[str | LineError]:
    """Yield one JSON line (ASCII) per input line, in order; empty lines are passed over.

    `now` counts for lines that bring none. In the place of a line that cannot be read stands its
    error, and the next one is read.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _answer(number, line, understander, now)
            except LineError as error:
                yield error


def _answer(number: int, line: str, understander: Understander, now: datetime | None) -> str:
    identifier, text, context = _parse(number, line, now)
    found = _written(identifier, understander.understand(text, context))
    try:
        # What is not ASCII is escaped: U+2028 ends a line for many who read this.
        return json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise LineError(number, f'"id" is not JSON ({error})') from None


def _parse(number: int, line: str, now: datetime | None) -> tuple[object, str, Context]:
    try:
        line.encode()  # a byte that was no text was read as half a character
        message = json.loads(line)
    except UnicodeEncodeError:
        raise LineError(number, "not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise LineError(number, f"not JSON ({error})") from None
    if not isinstance(message, dict):
        raise LineError(number, "not a JSON object")
    text = message.get("text")
    if not isinstance(text, str):
        raise LineError(number, '"text" is missing or not a string')
    language = message.get("language")
    if language is not None and not isinstance(language, str):
        raise LineError(number, '"language" is not a string')
    return message.get("id"), text, Context(_instant(number, message.get("now"), now), language)


def _instant(number: int, written: object, fallback: datetime | None) -> datetime:
    if written is None:
        if fallback is None:
            raise LineError(number, '"now" is missing, and no time was given for all lines')
        return fallback
    if not isinstance(written, str):
        raise LineError(number, '"now" is not a string')
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise LineError(number, f'"now" is not RFC 3339: {written!r:.40}') from None
    if instant.tzinfo is None:
        raise LineError(number, '"now" has no offset (RFC 3339 asks for one)')
    if not MINYEAR + _FAR <= instant.year <= MAXYEAR - _FAR:
        raise LineError(number, '"now" is too far away')
    return instant


def _written(identifier: object, found: Understanding) -> dict[str, object]:
    return {
        "id": identifier,
        "language": found.language,
        "intents": [{"id": intent.id, "confidence": intent.confidence} for intent in found.intents],
        "category": [
            {"id": guess.id, "group": guess.group, "confidence": guess.confidence}
            for guess in found.category
        ],
        "entities": [
            {
                "type": entity.type,
                "text": entity.text,
                "start": entity.start,
                "end": entity.end,
                "value": entity.value,
            }
            for entity in found.entities
        ],
        "decision": found.decision.value,
        "flags": [flag.value for flag in found.flags],
        "model": found.model,
    }
