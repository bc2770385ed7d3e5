"""Text in and out: harmless, complete, in parts of the right length."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import text as texts

Measure = Callable[[str], int]

measures = st.sampled_from([len, texts.utf16, texts.utf8, texts.graphemes])
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
spaces = st.sampled_from([" ", "  ", "\n", "\n\n", "\t", ". ", "\xa0", "\u2003"])
prose = st.lists(st.tuples(words, spaces), max_size=12).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
letters = st.text("abcä€😀", min_size=1, max_size=12)
sentences = st.lists(st.tuples(letters, spaces), max_size=60).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Hallo", "Hallo"),
        ("  Hallo \n", "Hallo"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b\x07c\x1b[31md\x7f\x85", "abc[31md"),
        ("a\tb", "a\tb"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("\u202eabc\u202c \u2066x\u2069", "abc x"),
        ("soft\u00adhyphen", "softhyphen"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("lone \ud800 half", "lone ? half"),
        ("\u200b\u202e\x00 \n", ""),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("ä ö ß – „x“", "ä ö ß – „x“"),
    ],
)
def test_cleaning(dirty: str, clean: str) -> None:
    assert texts.clean(dirty) == clean


@given(st.text(st.characters(), max_size=300))
def test_a_clean_text_is_harmless_and_stays_as_it_is(dirty: str) -> None:
    clean = texts.clean(dirty)
    clean.encode()
    assert texts.clean(clean) == clean
    assert clean == clean.strip()
    assert not [c for c in clean if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not set(
        "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ) & set(clean)


@given(words)
def test_lengths(text: str) -> None:
    assert texts.utf8(text) == len(text.encode())
    assert texts.utf16(text) == sum(2 if ord(c) > 0xFFFF else 1 for c in text)
    assert texts.graphemes(text) <= len(text)


def test_a_reader_counts_what_is_seen() -> None:
    family, flag, accent = "👩\u200d👩\u200d👧", "🇩🇪", "e\u0301"
    assert texts.graphemes(f"Tür {family}{flag}{accent}") == 7


@given(prose, st.integers(4, 120), measures)
def test_no_part_is_too_long_or_empty_and_nothing_is_lost(
    text: str, limit: int, measure: Measure
) -> None:
    parts = texts.split(text, limit, measure)
    assert parts
    assert all(measure(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if text.strip():
        assert all(part.strip() for part in parts)
    for part in parts:
        part.encode()


@given(sentences, st.integers(48, 120), measures)
def test_words_are_never_cut_where_each_fits(text: str, limit: int, measure: Measure) -> None:
    """No word is longer than 48 bytes here."""
    parts = texts.split(text, limit, measure)
    assert " ".join(parts).split() == text.split()


@given(st.text("abc ", max_size=80), st.integers(80, 100), measures)
def test_what_fits_is_one_part(text: str, limit: int, measure: Measure) -> None:
    assert texts.split(text, limit, measure) == [text.strip()]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 10, [""]),
        ("eins zwei drei", 10, ["eins zwei", "drei"]),
        ("Ein Satz. Noch einer.", 15, ["Ein Satz.", "Noch einer."]),
        ("Absatz eins\n\nAbsatz zwei", 20, ["Absatz eins", "Absatz zwei"]),
        ("Zeile eins\nZeile zwei", 15, ["Zeile eins", "Zeile zwei"]),
        ("a" * 25, 10, ["a" * 10, "a" * 10, "a" * 5]),
        ("ab " + "c" * 28, 30, ["ab", "c" * 28]),
        ("eins\tzwei", 6, ["eins", "zwei"]),
        ("\n\n" + "a" * 12, 10, ["a" * 10, "aa"]),
        ("a" * 10 + " " * 30, 10, ["a" * 10]),
        ("Ein Satz. Noch einer.", 9, ["Ein Satz.", "Noch", "einer."]),
        ("Am Markt, z. B. Samstag um acht.", 22, ["Am Markt, z. B.", "Samstag um acht."]),
        ("Hier: https://stadt.example/a?b=c", 30, ["Hier:", "https://stadt.example/a?b=c"]),
    ],
)
def test_where_it_is_cut(text: str, limit: int, parts: list[str]) -> None:
    assert texts.split(text, limit, len) == parts


def test_a_picture_sign_is_never_cut_in_half() -> None:
    parts = texts.split("😀" * 7, 5, texts.utf16)
    assert parts == ["😀😀", "😀😀", "😀😀", "😀"]
    family = "👩\u200d👩\u200d👧"
    assert texts.split(family * 3, 10, len) == [family * 2, family]
