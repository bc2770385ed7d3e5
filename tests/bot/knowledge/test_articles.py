"""Articles: stored with their version, checked, and valid on the days that they name."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.city import queries as city
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.knowledge import markdown, queries, rules, service
from bot.knowledge.models import ArticleWording
from bot.knowledge.rules import ArticleFacts, Wording
from bot.knowledge.service import ArticleNotFoundError, StaleArticleError
from bot.knowledge.states import Problem, Standing
from tests.bot.knowledge.support import LIBRARY, NOW, OFFICE, add

TODAY = dt.date(2026, 11, 19)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


def stored(database: Database) -> tuple[ArticleFacts, ...]:
    with database.read() as session:
        return queries.articles(session)


def change(database: Database, article: ArticleFacts) -> None:
    with database.unit_of_work() as session:
        service.change_article(session, article, actor=CLI, now=NOW)


def test_what_is_stored_is_what_was_written(database: Database) -> None:
    add(database, OFFICE, LIBRARY)
    assert stored(database) == (LIBRARY, OFFICE)
    with database.read() as session:
        assert city.data_version(session) == 2, "every process reads it anew"
        noted = session.execute(select(AuditEntry.action, AuditEntry.subject_kind)).all()
        changed = queries.last_change(session, OFFICE.slug)
        assert queries.last_change(session, "gibt-es-nicht") is None
    assert noted == [("article.added", "article")] * 2
    assert changed
    assert (changed.name, changed.at) == (None, NOW)


def test_a_change_replaces_everything_and_raises_the_version(database: Database) -> None:
    add(database, OFFICE)
    german = {"de": Wording("Amt", "Neu")}
    change(database, replace(OFFICE, wordings=german, checked_on=None, source="Amtsblatt"))
    [now] = stored(database)
    assert now == replace(OFFICE, wordings=german, checked_on=None, source="Amtsblatt", version=2)


def test_the_second_of_two_changes_is_stopped(database: Database) -> None:
    add(database, OFFICE)
    change(database, replace(OFFICE, source="Erste"))
    with pytest.raises(StaleArticleError):
        change(database, replace(OFFICE, source="Zweite"))
    with pytest.raises(StaleArticleError), database.unit_of_work() as session:
        service.delete_article(session, OFFICE.slug, 1, actor=CLI, now=NOW)
    assert [one.source for one in stored(database)] == ["Erste"]
    with database.unit_of_work() as session:
        service.delete_article(session, OFFICE.slug, 2, actor=CLI, now=NOW)
    assert stored(database) == ()
    with database.read() as session:
        assert session.scalars(select(ArticleWording)).all() == []
    with pytest.raises(ArticleNotFoundError):
        change(database, replace(OFFICE, version=2))


def test_an_article_without_a_name_is_named_after_its_title(database: Database) -> None:
    for title in ("Müll & Straßen", "Müll, Straßen", "New", "???"):
        add(database, LIBRARY, slug="", wordings={"de": Wording(title, "Text")})
    slugs = [one.slug for one in stored(database)]
    assert sorted(slugs) == ["artikel", "muell-strassen", "muell-strassen-2", "new-2"]


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"wordings": {"de": Wording(" ", "Text")}}, "title_de", Problem.MISSING),
        ({"wordings": {"de": Wording("x" * 201, "Text")}}, "title_de", Problem.TOO_LONG),
        (
            {"wordings": {"de": Wording("x", "x"), "en": Wording("x", "")}},
            "body_en",
            Problem.MISSING,
        ),
        ({"source": " "}, "source", Problem.MISSING),
        ({"source": "x" * 201}, "source", Problem.TOO_LONG),
        ({"source_url": "javascript:alert(1)"}, "source_url", Problem.NO_ADDRESS),
        ({"source_url": "https://"}, "source_url", Problem.NO_ADDRESS),
        ({"checked_on": TODAY + dt.timedelta(days=1)}, "checked_on", Problem.FUTURE),
        (
            {"valid_from": TODAY, "valid_until": TODAY - dt.timedelta(days=1)},
            "valid_until",
            Problem.BEFORE_BEGIN,
        ),
    ],
)
def test_what_cannot_be_used_is_not_stored(
    database: Database, changes: dict[str, object], field: str, problem: Problem
) -> None:
    wrong = replace(OFFICE, **changes)  # type: ignore[arg-type]  # the table above is right
    assert rules.problems(wrong, TODAY) == {field: problem}
    with pytest.raises(InvalidError) as refused:
        add(database, wrong)
    assert refused.value.field == field
    assert stored(database) == ()


@given(DAYS, st.none() | DAYS, st.none() | DAYS)
def test_an_article_is_valid_on_its_first_and_last_day_and_never_outside(
    day: dt.date, begin: dt.date | None, end: dt.date | None
) -> None:
    article = replace(OFFICE, valid_from=begin, valid_until=end)
    valid = (begin is None or begin <= day) and (end is None or day <= end)
    assert article.is_valid(day) == valid
    assert (article in rules.for_citizens([article], day)) == valid
    assert rules.for_citizens([replace(article, internal=True)], day) == ()
    outside = article.standing(day) in {Standing.EXPIRED, Standing.UPCOMING}
    assert outside != valid


def test_what_runs_out_comes_before_what_is_old() -> None:
    def after(**days: int) -> Standing:
        changes = {name: TODAY + dt.timedelta(days=many) for name, many in days.items()}
        return replace(OFFICE, **changes).standing(TODAY)  # type: ignore[arg-type]  # dates

    assert after() is Standing.FINE
    assert after(checked_on=-366) is Standing.OLD
    assert after(checked_on=-366, valid_until=30) is Standing.ENDING
    assert after(valid_until=31) is Standing.FINE
    assert after(valid_until=-1, checked_on=-366) is Standing.EXPIRED
    assert after(valid_from=1) is Standing.UPCOMING
    assert replace(OFFICE, checked_on=None).standing(TODAY) is Standing.UNCHECKED


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Eine Zeile\nund ihr Rest.", "Eine Zeile und ihr Rest."),
        ("## Kopf\n\nText **fett** und `Code`.", "Kopf\n\nText fett und Code."),
        ("Liste:\n\n- eins\n- zwei\n\nDanach", "Liste:\n\n– eins\n– zwei\n\nDanach"),
        ("1. eins\n2. zwei", "1. eins\n2. zwei"),
        ("[Amt](https://a.example)", "Amt (https://a.example)"),
        ("<https://a.example>", "https://a.example"),
        ("[Post](mailto:a@b.example)", "Post (a@b.example)"),
        ("a  \nb", "a\nb"),
        ("<b>x</b>", "<b>x</b>"),
        ("", ""),
    ],
)
def test_markdown_is_told_without_its_signs(written: str, said: str) -> None:
    assert markdown.plain(written) == said


@given(st.text(max_size=300))
def test_any_text_can_be_told(text: str) -> None:
    assert isinstance(markdown.plain(text), str)
