"""Whatever is written: nothing raises, and every offset fits the text as it was written."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import taxonomy
from nlp.folding import fold
from nlp.pipeline import Understander
from nlp.types import Context, Decision, Understanding

PIECES = st.sampled_from(
    [
        "Laterne",
        "kaputt",
        "Kölner Straße 12",
        "in der Düsseldorfer Str. 3a",
        "am 20.3. um 8 Uhr",
        "nächsten Samstag",
        "LEV-2026-000123",
        "Markt in Opladen",
        "0214 5550199",
        "12,50 €",
        "hilfeeeee",
        "\u200b",
        "\u202e",
        "ü".replace("ü", "u\u0308"),
        "ẞ",
        "ﬁ",
        "İ",
        "😡👍🏽",
        "<b>",
        "\x00",
        "\ud800",
        "пожежа",
        "ё",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=25).map(" ".join),
    st.lists(PIECES, max_size=25).map("".join),
)


def check(text: str, found: Understanding) -> None:
    for entity in found.entities:
        assert text[entity.start : entity.end] == entity.text
        assert entity.text
    for evidence in found.evidence:
        assert text[evidence.start : evidence.end] == evidence.text
    assert found.intents
    assert {intent.id for intent in found.intents} <= set(taxonomy.intents())
    assert found.category
    assert {guess.id for guess in found.category} <= set(taxonomy.categories())
    assert all(flag.value in {intent.id for intent in found.intents} for flag in found.flags)


@given(text=TEXTS, language=st.sampled_from([None, "de", "en", "tr", "uk", "xx"]))
@settings(max_examples=300, deadline=None)
def test_offsets_always_fit(
    understander: Understander, context: Context, text: str, language: str | None
) -> None:
    check(text, understander.understand(text, Context(context.now, language)))


@given(st.text(max_size=200))
def test_folding_keeps_its_way_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(start < end for start, end in zip(folded.starts, folded.ends, strict=True))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1.",
        "brennt ",
        "Straße ",
        "er ",
        "-",
        "((",
        "am ",
        "12 ",
        "ä\u0308",
        "😀",
        "Ecke ",
        "Laterne kaputt ",
        "лампа lamba Laterne \u2028",
        "\n",
        "-a",
    ],
)
def test_a_hundred_thousand_characters_are_no_trouble(
    understander: Understander, context: Context, piece: str
) -> None:
    text = (piece * 100_000)[:100_000]
    check(text, understander.understand(text, context))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "😀", "\u200b\u200b", "<p></p>"])
def test_what_says_nothing_is_handed_over(
    understander: Understander, context: Context, text: str
) -> None:
    assert understander.understand(text, context).decision is Decision.HAND_OVER


def test_threads_may_share_one_understander(understander: Understander, context: Context) -> None:
    texts = ["Laterne kaputt", "Wann ist Markt?", "Hallo", "Einspruch gegen Knöllchen"] * 25
    alone = [understander.understand(text, context) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: understander.understand(text, context), texts))
    assert together == alone
