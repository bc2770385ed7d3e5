"""Words of the date grammars: what a pattern matches has a meaning, and nothing ever raises."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import dates
from nlp.dates import feasts, foreign, german, guards, monthless, numeric, seasons, times, words
from nlp.folding import fold

TABLES = {
    f"{module.__name__} {name}": value
    for module in (words, feasts, foreign)
    for name, value in vars(module).items()
    if isinstance(value, words.Words) and not name.startswith("_")
}
CHAPTERS = (
    *german.RULES,
    *seasons.RULES,
    *numeric.RULES,
    *monthless.RULES,
    *times.RULES,
    *foreign.ENGLISH,
    *foreign.TURKISH,
    *foreign.UKRAINIAN,
)
LANGUAGES = ("de", "en", "tr", "uk", "und")
FIRST, LAST = datetime(2020, 1, 1), datetime(2040, 12, 31)  # noqa: DTZ001 hypothesis adds UTC
WHEN = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
BETWEEN = st.sampled_from(("", " ", "  ", ", ", ". ", ".", "-", "/", " - ", ":", "\n", "'"))
GLUE_WORDS = (
    "am an bis seit ab vom zum im in vor nach von den der dem des und oder jeden immer alle um"
    " nächsten übernächste letzte diesen woche wochenende monat jahr tagen wochen kw anfang"
    " mitte ende uhr halb viertel frueh abend on next last every week in from to the of her"
    " günü gelecek hafta sonra önce у в на до з через тому тижня straße version nr. frau ein"
)
GLUE = st.sampled_from(GLUE_WORDS.split())
DIGITS = st.from_regex(r"[0-9]{1,4}[.:/-]?", fullmatch=True)


def texts() -> st.SearchStrategy[str]:
    """Return texts made of fragments of dates: words, figures, punctuation, slips."""
    word = st.sampled_from(sorted(TABLES)).flatmap(spelling)
    slip = st.tuples(word, st.integers(0, 12), st.characters(codec="utf-8")).map(
        lambda slipped: slipped[0][: slipped[1]] + slipped[2] + slipped[0][slipped[1] + 1 :]
    )
    piece = st.tuples(st.one_of(word, slip, DIGITS, GLUE), BETWEEN).map("".join)
    return st.lists(piece, max_size=12).map("".join)


def spelling(table: str) -> st.SearchStrategy[str]:
    return st.from_regex(TABLES[table].pattern, fullmatch=True)


@pytest.mark.parametrize("table", TABLES)
@given(data=st.data())
def test_what_a_pattern_matches_has_one_meaning(table: str, data: st.DataObject) -> None:
    word = data.draw(spelling(table))
    vocabulary = TABLES[table]
    meanings = {number for number, form in vocabulary.table.items() if re.fullmatch(form, word)}
    assert meanings == {vocabulary.number(word)}


def test_another_word_has_no_meaning() -> None:
    with pytest.raises(KeyError):
        words.WEEKDAYS.number("markt")


@given(WHEN, st.sampled_from(LANGUAGES), texts())
def test_no_text_makes_the_grammar_fail(now: datetime, language: str, text: str) -> None:
    for entity in dates.find(fold(text), now, language):
        assert text[entity.start : entity.end] == entity.text
        assert entity.text.strip()


@given(texts())
def test_a_chapters_cue_is_in_all_that_its_rules_find(text: str) -> None:
    folded = fold(text).text
    for chapter in CHAPTERS:
        if chapter.cue.search(folded) is None:
            assert not any(rule.pattern.search(folded) for rule in chapter.rules)


@given(WHEN, st.sampled_from(LANGUAGES), texts())
def test_found_stretches_do_not_overlap(now: datetime, language: str, text: str) -> None:
    found = dates.find(fold(text), now, language)
    for first, second in pairwise(found):
        assert first.end <= second.start


@pytest.mark.parametrize("weekday", range(7))
@given(data=st.data())
def test_every_spelling_of_a_weekday_is_found(weekday: int, data: st.DataObject) -> None:
    word = data.draw(st.from_regex(words.WEEKDAYS.table[weekday], fullmatch=True))
    monday = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
    (found,) = dates.find(fold(f"Ist am {word} Markt?"), monday, "de")
    assert found.value == (monday + timedelta(days=weekday)).date().isoformat()


def test_guards_alone_find_nothing() -> None:
    assert dates.find(fold("Frau Müller, Version 2, Zimmer 3"), datetime.now(UTC), "de") == []
    assert guards.RULES
