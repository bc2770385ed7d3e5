"""What a knowledge article is, and how it stands on a day. Pure."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.knowledge.defaults import FALLBACK
from bot.knowledge.states import Problem, Standing

LANGUAGES = ("de", "en")
LONGEST = {"title": 200, "body": 20_000, "questions": 10_000, "source": 200, "source_url": 500}
"""The most characters of each part."""
SOON = dt.timedelta(days=30)
"""So long before its end an article is said to run out."""
OLD = dt.timedelta(days=365)
"""After so long somebody should look at the facts again."""


@dataclass(frozen=True, slots=True)
class Wording:
    """An article in one language; `body` is Markdown, `questions` are examples, a line each."""

    title: str
    body: str
    questions: str = ""


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """An article. `wordings` is by language and holds German at least.

    `checked_on` is when somebody of the city last confirmed it, None: nobody has. It is valid from
    `valid_from` to `valid_until`, both included, in Europe/Berlin. An `internal` one is for staff
    alone. `version` rises with every change.
    """

    slug: str
    wordings: Mapping[str, Wording]
    source: str
    source_url: str | None = None
    checked_on: dt.date | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    internal: bool = False
    version: int = 1

    def is_valid(self, today: dt.date) -> bool:
        """Tell whether it may be used on this day."""
        begun = self.valid_from is None or self.valid_from <= today
        return begun and (self.valid_until is None or today <= self.valid_until)

    def language(self, wanted: str) -> str:
        """Return the language in which it is there for somebody who speaks `wanted`."""
        return wanted if wanted in self.wordings else FALLBACK

    def wording(self, wanted: str) -> Wording:
        """Return its words in this language, or in German."""
        return self.wordings[self.language(wanted)]

    def standing(self, today: dt.date) -> Standing:
        """Return what somebody should know of it on this day, the gravest first."""
        if self.valid_until is not None and self.valid_until < today:
            return Standing.EXPIRED
        if self.valid_from is not None and today < self.valid_from:
            return Standing.UPCOMING
        if self.valid_until is not None and self.valid_until - today <= SOON:
            return Standing.ENDING
        if self.checked_on is None:
            return Standing.UNCHECKED
        return Standing.OLD if today - self.checked_on > OLD else Standing.FINE


_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


def problems(facts: ArticleFacts, today: dt.date) -> dict[str, Problem]:
    """Return what is wrong with an article, by field; words are `title_de`, `body_en` and so on."""
    found = _problems_of_words(facts)
    if not facts.source.strip():
        found["source"] = Problem.MISSING
    elif len(facts.source) > LONGEST["source"]:
        found["source"] = Problem.TOO_LONG
    address = facts.source_url
    if address and (len(address) > LONGEST["source_url"] or not _ADDRESS.fullmatch(address)):
        found["source_url"] = Problem.NO_ADDRESS
    if facts.checked_on and facts.checked_on > today:
        found["checked_on"] = Problem.FUTURE
    if facts.valid_from and facts.valid_until and facts.valid_until < facts.valid_from:
        found["valid_until"] = Problem.BEFORE_BEGIN
    return found


def _problems_of_words(facts: ArticleFacts) -> dict[str, Problem]:
    found: dict[str, Problem] = {}
    for language, wording in facts.wordings.items():
        for part in ("title", "body", "questions"):
            text = getattr(wording, part)
            if not text.strip() and part != "questions":
                found[f"{part}_{language}"] = Problem.MISSING
            elif len(text) > LONGEST[part]:
                found[f"{part}_{language}"] = Problem.TOO_LONG
    return found


def for_citizens(articles: Iterable[ArticleFacts], today: dt.date) -> tuple[ArticleFacts, ...]:
    """Return those that may be told to anybody on this day."""
    return tuple(one for one in articles if one.is_valid(today) and not one.internal)
