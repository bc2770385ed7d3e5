"""Which article answers: measured on questions in many wordings, and on those without an article.

The figures are in `docs/knowledge.md`. What must never happen is a wrong article told for sure.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.demo import entries
from bot.knowledge.finding import Choice, Finder
from tests.bot.knowledge.support import LIBRARY, OFFICE


class Questions(TypedDict):
    """Questions by the article that answers them, and those that none answers."""

    answered: dict[str, list[str]]
    open: list[str]


@cache
def finder() -> Finder:
    return Finder(entries.articles(), city=entries.city().name)


def questions(name: str) -> Questions:
    text = Path(__file__).with_name(f"{name}.yaml").read_text("utf-8")
    return cast("Questions", yaml.safe_load(text))


def chosen(question: str) -> Choice:
    public = [article for article in finder().articles if not article.internal]
    return finder().choose(question, public)


def outcomes(asked: Questions) -> Iterator[str]:
    for slug, wordings in asked["answered"].items():
        for question in wordings:
            choice = chosen(question)
            slugs = [article.slug for article in choice.likely]
            if not slugs:
                yield "person"
            elif slug not in slugs:
                yield f"wrong: {question}"
            else:
                yield "answered" if choice.is_sure else "asked"


@pytest.mark.parametrize(
    ("name", "answered", "helped"),
    [("questions", 0.75, 0.93), ("questions_held_out", 0.55, 0.8)],
)
def test_questions_find_their_article(name: str, answered: float, helped: float) -> None:
    found = Counter(outcomes(questions(name)))
    assert [one for one in found if one.startswith("wrong")] == []
    assert found["answered"] >= answered * found.total()
    assert found["answered"] + found["asked"] >= helped * found.total()


@pytest.mark.parametrize(("name", "most"), [("questions", 0), ("questions_held_out", 1)])
def test_questions_without_an_article_go_to_a_person(name: str, most: int) -> None:
    unanswered = questions(name)["open"]
    choices = [chosen(question) for question in unanswered]
    assert sum(choice.is_sure for choice in choices) <= most
    assert sum(bool(choice.likely) for choice in choices) <= 0.12 * len(choices)


@pytest.mark.parametrize("article", entries.articles(), ids=lambda article: article.slug)
def test_every_example_finds_its_own_article(article: object) -> None:
    """An editor who writes a question down sees it answered, or at least asked about."""
    assert article in finder().articles
    own = next(one for one in finder().articles if one is article)
    for wording in own.wordings.values():
        for line in wording.questions.splitlines():
            found = finder().find(line, finder().articles)
            assert own in [one.article for one in found[:3]], line


@pytest.mark.parametrize("question", ["", "?", "Was?", "Wann?", "🙂", "Öffnungszeiten?", "12345"])
def test_who_asks_for_nothing_gets_nothing(question: str) -> None:
    assert chosen(question) == Choice(())


@pytest.mark.parametrize(
    "told",
    [
        "Der Sperrmüll ist gestern nicht abgeholt worden.",
        "Die Hundesteuer ist viel zu hoch!",
        "Der Wertstoffhof hatte heute zu, obwohl geöffnet sein sollte",
        "Ich habe meinen Termin im Bürgerbüro verpasst",
    ],
)
def test_who_tells_something_is_not_told_an_article(told: str) -> None:
    assert not chosen(told).is_sure


def test_articles_of_the_same_words_are_both_offered() -> None:
    two = [OFFICE, LIBRARY]
    choice = Finder(two).choose("Was ist mit Bürgerbüro und Bibliothek?", two)
    assert sorted(article.slug for article in choice.likely) == [LIBRARY.slug, OFFICE.slug]
    assert not choice.is_sure


def test_nothing_is_found_among_nothing() -> None:
    assert Finder().find("Wann hat das Bürgerbüro auf?", ()) == []
    assert Finder([OFFICE]).find("Wann hat das Bürgerbüro auf?", ()) == []


@given(st.text(max_size=200))
def test_any_text_may_be_asked_and_scores_stay_between_0_and_1(text: str) -> None:
    for found in finder().find(text, finder().articles):
        assert 0 < found.score <= 1


def test_an_endless_question_ends() -> None:
    assert chosen("Bürgerbüro, " * 20_000 + "?").likely
