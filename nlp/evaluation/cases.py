"""Sentences of the corpus as cases of an examination, and the slices that a case belongs to."""

import re

from nlp.corpus import Example
from nlp.exams import Case
from nlp.taxonomy import TICKETS

SHORT, LONG = 40, 160  # characters
_NEGATION = re.compile(
    r"\b(?:nicht|kein\w*|nie|niemals|ohne|weder|net|nit|nischt|not|no|never|without|n't|değil|yok"
    r"|не|ні|немає|без)\b|n't\b|\w+m[ıiuü]yor",
    re.IGNORECASE,
)


def case(example: Example) -> Case:
    """Return a sentence of the corpus as a case; where a ticket is debatable, none is judged.

    The corpus does not say which dates its sentences name.
    """
    return Case(
        text=example.text,
        language=example.language,
        intents=example.intents,
        also=(),
        category=example.category,
        also_category=(),
        ticket=_ticket(example),
        dates=None,
        slices=(f"voice {example.voice}",),
    )


def _ticket(example: Example) -> bool | None:
    primary, *others = example.intents
    if primary not in TICKETS:
        return None if TICKETS & set(others) else False
    vague = primary in {"report_defect", "suggestion"} and example.category is None
    return None if vague else True


def example(judged: Case) -> Example:
    """Return a case as training would see it, for systems that read features."""
    return Example(judged.text, judged.language, judged.intents, judged.category)


def slices(judged: Case) -> list[str]:
    """Return all slices of a case: language, length, denial, and what its writer marked."""
    length = len(judged.text)
    size = "short" if length <= SHORT else "long" if length > LONG else "middling"
    found = [f"language {judged.language}", f"length: {size}"]
    if _NEGATION.search(judged.text):
        found.append("with a negation")
    return found + list(judged.slices)
