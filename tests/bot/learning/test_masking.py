"""Masking: what tells a person is gone, what tells the matter stays."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.learning.masking import LONGEST, SLOTS, mask
from nlp.corpus import variants

_PIECES = (
    *("Anna Berger", "Frau Schmitz", "LG Tom", "ich heiße Ayşe Yılmaz", "@anna_b"),
    *("Dhünnstraße 14a", "Am Markt 3", "Hausnr. 7-9", "51373 Leverkusen", "{number}", "{x}", "}{"),
    *("0171 5550123", "+49 214 5550199", "anna@example.com", "https://a.example/x?y=1"),
    *(
        "DE89 3704 0044 0532 0130 00",
        "LEV-2026-000123",
        "Kto. 12345678",
        "4711.0815.2",
        "12.5.1970",
    ),
    *(
        "12.5.1970",
        "um 14:30 Uhr",
        "seit 3 Wochen",
        "128,50 Euro",
        "Linie 203",
        "А" * 5,
        "٣٤٥٦٧",
        "\u2028",
    ),
)
texts = st.lists(st.sampled_from(_PIECES) | st.text(max_size=12), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Die Laterne Dhünnstraße 14a ist aus", "Die Laterne Dhünnstraße {number} ist aus"),
        ("Am Markt 3, 51373 Leverkusen", "Am Markt {number}, {letter} Leverkusen"),
        ("Rufen Sie an: 0171 5550123", "Rufen Sie an: {phone}"),
        ("Mail: anna.berger@example.com", "Mail: name@example.org"),
        ("Siehe https://evil.example/x?id=7", "Siehe https://example.org"),
        ("Siehe www.foo.example/bar", "Siehe https://example.org"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN {letter}"),
        ("Mein Fall LEV-2026-000123", "Mein Fall {ticket}"),
        ("Aktenzeichen 4711.0815.2", "Aktenzeichen {letter}"),
        ("geboren am 12.5.1970", "geboren am {date}"),
        ("Warum 128,50 Euro?", "Warum {amount} Euro?"),
        ("Herr Müller sagte das", "N. N. sagte das"),
        ("Ich heiße Karl-Heinz Groß und warte", "Ich heiße N. N. und warte"),
        ("My name is Sam Miller, hello", "My name is N. N., hello"),
        ("Benim adım Ayşe Yılmaz", "Benim adım N. N."),
        ("Мене звати Олена Коваль", "Мене звати N. N."),
        ("Danke! Viele Grüße\nTom Tester", "Danke! Viele Grüße\nN. N."),
        ("Hier ist Bergers Anna", "Hier ist N. N. N. N."),
        ("Hier schreibt @anna_b", "Hier schreibt N. N."),
        ("Ich will {street} und }{", "Ich will (street) und )("),
    ],
)
def test_what_tells_a_person_is_gone(text: str, masked: str) -> None:
    assert mask(text, ["Anna Berger", "anna_b"]) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Um 14:30 Uhr oder 7.30 Uhr, von 7-12 Uhr",
        "Seit 3 Wochen, 50 cm tief, 2 Stunden, 10x angerufen",
        "Linie 203, die A59 und die B8",
        "Die Laterne vor der Dhünnstraße flackert",
        "Grüße an alle",
        "Danke",
    ],
)
def test_what_tells_the_matter_stays(text: str) -> None:
    assert mask(text, ["Anna Berger"]) == text


@given(texts)
def test_no_long_number_is_left(text: str) -> None:
    assert not re.search(r"\d{4}", mask(text))


@given(texts)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text, ["Anna Berger"])
    assert mask(once, ["Anna Berger"]) == once


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_known_name_is_gone_wherever_it_stands(before: str, after: str) -> None:
    assert "Anna Berger" not in mask(f"{before} Anna Berger {after}", ["Anna Berger"])


@given(texts)
def test_training_fills_whatever_was_masked(text: str) -> None:
    """The slots are those of the corpus, and nothing else is taken for one."""
    masked = mask(text)
    choices: dict[str, tuple[str, ...]] = dict.fromkeys(SLOTS, ("7",))
    assert "{" not in variants.fill(masked, choices, random.Random(1))


def test_a_long_text_ends_where_the_model_ends_reading() -> None:
    assert len(mask("Wort " * 30_000)) == LONGEST
