"""Disapproval: what a community manager would call a critical comment, and what not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.folding import fold
from nlp.pipeline import Understander
from nlp.tone import is_negative
from nlp.types import Context

DISAPPROVING = [
    "So ein Blödsinn!",
    "Das ist eine FRECHHEIT",
    "Keine gute Idee",
    "Das finde ich gar nicht gut.",
    "Gefällt mir überhaupt nicht",
    "Geldverschwendung. Wer braucht das?",
    "Das braucht kein Mensch",
    "Na toll, wieder eine Baustelle",
    "Vielen Dank für nichts",
    "Soll das ein Witz sein?",
    "Scheiß Stadt",
    "Danke, aber das ist lächerlich und peinlich",
    "👎👎",
    "What a waste of money",
    "Not a good idea",
    "This is a disgrace",
    "Rezalet!",
    "Hiç güzel değil",
    "Çok kötü bir karar",
    "Ганьба!",
    "Мені не подобається",
    "Це жахливо",
]
OTHERS = [
    "Danke, super Idee!",
    "Kein Blödsinn, sondern überfällig",
    "Nicht schlecht",
    "Das ist keine Schande",
    "Endlich! Darauf freue ich mich",
    "Guten Tag, wo finde ich das Rathaus?",
    "Wann ist Wochenmarkt?",
    "Die Laterne in der Dorfstraße ist kaputt",
    "Das Schlagloch ist gefährlich",
    "Müll liegt seit Tagen herum",
    "Ist das barrierefrei?",
    "👍",
    "Thank you, great job",
    "The street light is broken",
    "Not bad",
    "Çok güzel, teşekkürler",
    "Fena değil",
    "Sokak lambası bozuk",
    "Дякую!",
    "Непогано",
    "Ліхтар не працює",
    "",
]


@pytest.mark.parametrize("text", DISAPPROVING)
def test_disapproval_is_seen(text: str) -> None:
    assert is_negative(fold(text))


@pytest.mark.parametrize("text", OTHERS)
def test_approval_reports_and_questions_are_no_disapproval(text: str) -> None:
    assert not is_negative(fold(text))


def test_irony_is_out_of_reach() -> None:
    assert not is_negative(fold("Das habt ihr ja wunderbar hinbekommen, bravo"))


@given(st.text(max_size=400))
def test_more_disapproval_never_makes_a_text_kinder(text: str) -> None:

    assert is_negative(fold(f"{text}\nSo ein Blödsinn")) or not is_negative(fold(text))


@given(st.sampled_from(DISAPPROVING), st.sampled_from(["Danke", "Super", "Great", "Дякую"]))
def test_enough_approval_outweighs_disapproval(text: str, praise: str) -> None:
    assert not is_negative(fold(f"{text}. " + f"{praise}! " * 6))


def test_the_tone_travels_with_the_understanding(
    understander: Understander, context: Context
) -> None:
    def negative(text: str) -> bool:
        return understander.understand(text, context).negative

    assert negative("Das ist eine Frechheit")
    assert negative("Ihr Idioten"), "abuse disapproves as well"
    assert not negative("Die Laterne in der Dorfstraße ist kaputt")
