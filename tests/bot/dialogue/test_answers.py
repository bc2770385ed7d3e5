"""Short answers: labels, numbers, yes and no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue import answers
from bot.dialogue.texts import LANGUAGES, say, supported, table
from bot.dialogue.turn import Question
from connectors.base import Button

YES_NO = (Button("yes", "Ja, melden"), Button("no", "Etwas anderes"))
PLACE = (Button("unknown_place", "Ich kenne den Ort nicht"),)

words = st.text(max_size=40)
options = st.lists(st.builds(Button, words, words), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("Ja, melden", "yes"),
        ("ja melden!", "yes"),
        ("JA", "yes"),
        ("ja bitte", "yes"),
        ("yes", "yes"),
        ("Genau", "yes"),
        ("1", "yes"),
        ("1.", "yes"),
        ("2", "no"),
        ("no", "no"),
        ("Nein", "no"),
        ("etwas anderes", "no"),
        ("3", None),
        ("ja aber das ist in der Parkstraße", None),
        ("vielleicht", None),
        ("", None),
        ("12", None),
    ],
)
def test_choosing_between_yes_and_no(text: str, chosen: str | None) -> None:
    assert answers.chosen(text, YES_NO) == chosen


@pytest.mark.parametrize("text", ["ja", "nein", "Ort", "2"])
def test_what_was_not_offered_is_not_chosen(text: str) -> None:
    assert answers.chosen(text, PLACE) is None


@pytest.mark.parametrize(
    "text",
    [
        "nein",
        "Nö!",
        "stopp",
        "no thanks",
        "nein danke",
        "nein danke, hat sich erledigt",
        "vergiss es",
        "lieber doch nicht",
        "never mind",
        "Abbrechen bitte",
    ],
)
def test_a_plain_no_or_cancel(text: str) -> None:
    assert answers.is_cancel(text)


@pytest.mark.parametrize(
    "text", ["", "nein in der Parkstraße fünf", "Neinstraße", "ja", "nee doch 14", "Kölner Straße"]
)
def test_what_is_no_cancel(text: str) -> None:
    assert not answers.is_cancel(text)


@pytest.mark.parametrize(
    "text", ["weiß nicht", "Keine Ahnung", "weiß ich leider nicht", "I don't know", "no idea"]
)
def test_not_knowing(text: str) -> None:
    assert answers.is_unknown(text)
    assert not answers.is_unknown("Weißer Weg 5")


@pytest.mark.parametrize(
    "text", ["vor dem Rewe", "Hauptbahnhof", "14", "Kölner Str.", "next to the church", "Am Park"]
)
def test_places(text: str) -> None:
    assert answers.is_place(text)


@pytest.mark.parametrize("text", ["", "hä", "wie bitte meinen sie das jetzt", "Wo denn?"])
def test_no_places(text: str) -> None:
    assert not answers.is_place(text)


@given(words, options)
def test_only_offered_options_are_ever_chosen(text: str, offered: tuple[Button, ...]) -> None:
    chosen = answers.chosen(text, offered)
    assert chosen is None or chosen in {option.id for option in offered}


@given(words, words, st.dictionaries(words, words), options)
def test_a_question_survives_storing(
    skill: str, asked: str, slots: dict[str, str], offered: tuple[Button, ...]
) -> None:
    question = Question(skill, asked, slots, offered)
    assert Question.from_json(question.to_json()) == question


def test_every_text_exists_in_every_language() -> None:
    assert LANGUAGES == ("de", "en")
    assert table("de").keys() == table("en").keys()
    assert supported("tr") == supported(None) == "de"
    assert say("demo", "uk") == say("demo", "de")
