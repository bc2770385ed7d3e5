"""What the assistant says from an article: plain text, with source and date. Pure."""

import datetime as dt

from bot.dialogue.texts import say
from bot.knowledge import markdown
from bot.knowledge.rules import ArticleFacts


def answer(article: ArticleFacts, language: str, *, brief: bool = False) -> str:
    """Return the article as it is told to somebody who speaks `language`.

    Where it is not there in theirs, a sentence says so and the German one follows. `brief` keeps
    to the first paragraph, for places where everybody reads.
    """
    told = article.language(language)
    body = markdown.plain(article.wording(told).body)
    if brief:
        body = body.partition("\n\n")[0]
    # The small print is in the language of what it is about.
    parts = [] if told == language else [say("article_only_german", language)]
    return "\n\n".join([*parts, body, source(article, told)])


def source(article: ArticleFacts, language: str) -> str:
    """Return where it comes from, whether somebody has confirmed it, and how long it holds."""
    if article.checked_on is None:
        said = say("article_unchecked", language, source=article.source)
    else:
        said = say("article_checked", language, source=article.source, day=_day(article.checked_on))
    if article.valid_until is not None:
        said = f"{said} {say('article_until', language, day=_day(article.valid_until))}"
    return f"{said}\n{article.source_url}" if article.source_url else said


def _day(day: dt.date) -> str:
    return f"{day:%d.%m.%Y}"
