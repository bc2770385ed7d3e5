"""What stands beside an offence: a wish that is answered all the same, or nothing."""

import pytest

from nlp.pipeline import Understander
from nlp.types import Context, Decision, Flag


@pytest.mark.parametrize(
    ("text", "besides"),
    [
        ("Ihr Idioten, die Laterne in der Musterstraße ist kaputt", Decision.ACT),
        ("Ihr Idioten, wann ist der Wochenmarkt in Opladen?", Decision.ACT),
        ("Ihr Idioten, ich will mit einem Menschen sprechen", Decision.ACT),
        ("Halt die Fresse, Hauptstraße 5", Decision.ASK),
        ("Ihr Versager, seit drei Wochen warte ich auf Antwort zum Antrag", Decision.HAND_OVER),
        ("Ihr Idioten", None),
        ("Hallo ihr Idioten", None),
        ("Ihr faulen Schweine, macht endlich eure Arbeit", None),
        ("Verdienen Sie 5000 Euro pro Tag mit Bitcoin: https://gewinn.example", None),
        ("Die Laterne ist kaputt", None),
    ],
)
def test_a_wish_beside_an_offence_is_seen(
    understander: Understander, context: Context, text: str, besides: Decision | None
) -> None:
    found = understander.understand(text, context)
    assert found.besides is besides
    if found.offence:
        assert found.decision is Decision.HAND_OVER, "the contract of `nlp predict`"
        rest = found.without_offence()
        assert rest.offence is None
        assert rest.intent not in {"abuse", "spam"}
        assert rest.decision is (besides or Decision.HAND_OVER)


def test_in_an_emergency_there_is_no_offence(understander: Understander, context: Context) -> None:
    found = understander.understand("Ihr Idioten, Hilfe, es brennt!", context)
    assert Flag.ABUSE in found.flags
    assert found.offence is None
