"""What stands beside an offence: a wish that is answered all the same, or nothing."""

from pathlib import Path

import pytest
import yaml

from nlp import moderation
from nlp.data import table, texts
from nlp.pipeline import Understander
from nlp.types import Context, Decision, Flag

BLIND = table(yaml.safe_load(Path(__file__).with_name("offences.yaml").read_text("utf-8")))


def marks(text: str) -> set[str]:
    return {evidence.target for evidence in moderation.find(text)}


@pytest.mark.parametrize("text", texts(BLIND["abuse"]))
def test_an_insult_at_somebody_is_marked(text: str) -> None:
    assert "abuse" in marks(text)


@pytest.mark.parametrize("text", texts(BLIND["ordinary"]))
def test_swearing_at_things_is_no_insult(text: str) -> None:
    assert marks(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Bazi",
        "Du bist ein Taschenrechner?",
        "Bist du ein Mensch oder ein Toaster?",
        "Ich komme mit der Axt vorbei und helfe beim Baum",
        "Wir kommen mit der Kettensäge und schneiden die Hecke",
        "I have to put the bins out",
        "My bike should be locked up",
        "Am I allowed to bury him in the park?",
        "Başıboş köpekler",
    ],
)
def test_what_only_sounds_like_an_offence_is_none(text: str) -> None:
    assert marks(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Du Bazi",
        "Du Taschenrechner",
        "Ich komm mit der Axt vorbei und schlag euch den Schädel ein",
        "I'd set the town hall alight",
        "They should be shot",
        "Irkçı köpekler",
    ],
)
def test_said_to_somebody_it_is_one(text: str) -> None:
    assert "abuse" in marks(text)


@pytest.mark.parametrize("text", texts(BLIND["spam"]))
def test_advertising_is_marked(text: str) -> None:
    assert "spam" in marks(text)


@pytest.mark.parametrize("text", texts(BLIND["not_spam"]))
def test_a_question_about_wares_is_no_advertising(text: str) -> None:
    assert marks(text) == set()


@pytest.mark.parametrize(
    ("text", "besides"),
    [
        ("Ihr Idioten, die Laterne in der Musterstraße ist kaputt", Decision.ACT),
        ("Ihr Idioten, wann ist der Wochenmarkt in Opladen?", Decision.ACT),
        ("Ihr Idioten, ich will mit einem Menschen sprechen", Decision.ACT),
        ("Halt die Fresse, Hauptstraße 5", Decision.HAND_OVER),
        ("Ihr Versager, seit drei Wochen warte ich auf Antwort zum Antrag", Decision.ACT),
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
