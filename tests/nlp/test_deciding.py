"""What may be done with a text, by what the heads say of it and which words speak for it."""

import pytest

from nlp import deciding, lexicon, taxonomy
from nlp.reading import Reading
from nlp.sounds import sounds
from nlp.types import Decision


def judged(text: str, **chances: float) -> Decision:
    """Return the decision on a text of which the heads say this."""
    reading = Reading(text, None)
    reading.normalise()
    reading.hits = lexicon.load().find(reading.folded, "de")
    reading.intents = chances
    reading.categories = {"street_light": 0.99}
    deciding.decide(reading)
    return reading.decision


def test_what_may_be_private_talk_is_acted_upon_in_no_way() -> None:
    lamp = "Die Laterne ist kaputt"
    assert judged(lamp, report_defect=0.95, off_topic=0.3) is Decision.ACT
    assert judged(lamp, report_defect=0.95, off_topic=0.4) is Decision.HAND_OVER


@pytest.mark.parametrize(
    ("chance", "answer", "ticket"),
    [
        (0.7, Decision.HAND_OVER, Decision.HAND_OVER),
        (0.85, Decision.ASK, Decision.ASK),
        (0.99, Decision.ACT, Decision.ASK),
    ],
)
def test_without_a_word_for_it_an_answer_needs_certainty_and_a_ticket_a_question(
    chance: float, answer: Decision, ticket: Decision
) -> None:
    nothing = "Xylo brumm zett"
    assert judged(nothing, city_info=chance) is answer
    for wish in taxonomy.TICKETS:
        assert judged(nothing, **{wish: chance}) is ticket, wish


@pytest.mark.parametrize(
    "text", ["Guten Tag, ich bin Eva", "Hallo, mein Name ist Udo Kern.", "Hello, I'm Grace!"]
)
def test_who_tells_a_name_greets(text: str) -> None:
    assert judged(text, off_topic=0.5) is Decision.ACT


@pytest.mark.parametrize("text", ["Guten Tag, ich bin umgezogen", "Ich bin Eva", "Hallo, ich bin"])
def test_who_tells_something_else_does_not(text: str) -> None:
    assert judged(text, off_topic=0.5) is Decision.HAND_OVER


def test_what_says_no_word_is_for_a_person() -> None:
    assert judged("<p></p>", city_info=0.99) is Decision.HAND_OVER


@pytest.mark.parametrize(
    ("by_ear", "spelt"),
    [
        ("foll", "voll"),
        ("gaputt", "kaputt"),
        ("strase", "strasse"),
        ("wek", "weg"),
        ("zan", "zahn"),
    ],
)
def test_what_sounds_alike_is_heard_alike(by_ear: str, spelt: str) -> None:
    assert sounds(f" {by_ear} ") == sounds(f" {spelt} ")


@pytest.mark.parametrize(("one", "other"), [("tonne", "duenne"), ("baum", "bem"), ("rad", "rot")])
def test_what_sounds_different_is_told_apart(one: str, other: str) -> None:
    assert sounds(f" {one} ") != sounds(f" {other} ")
