"""Where things are, which language a bare street is in, and wishes that are clear by themselves."""

import pytest

from nlp.pipeline import Understander
from nlp.types import Context, Decision


@pytest.mark.parametrize(
    ("text", "crossing"),
    [
        ("Ampel Humboldtstraße Ecke Kölner Straße aus", "Humboldtstraße / Kölner Straße"),
        ("Kreuzung Feldstraße und Goethestraße: Ampel aus", "Feldstraße / Goethestraße"),
        ("Müll Goethe-/Schillerstraße", "Goethestraße / Schillerstraße"),
        ("Feldstr. 5/Ecke Goethestr.", "Feldstraße / Goethestraße"),
        ("Ecke Humboldt-/Kölner Straße", "Humboldtstraße / Kölner Straße"),
        ("corner of Feldstraße and Goethestraße", "Feldstraße / Goethestraße"),
    ],
)
def test_a_crossing_names_both_streets(
    understander: Understander, context: Context, text: str, crossing: str
) -> None:
    found = understander.understand(text, context)
    entity = found.first("crossing")
    assert entity is not None
    assert entity.value == crossing
    assert [e.value for e in found.entities if e.type == "street"] == crossing.split(" / ")


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("ich wohne in der Feldstraße 12, die Laterne in der Goethestraße ist aus", "Goethestraße"),
        ("I live at Feldstraße 12, the light on Goethestraße is out", "Goethestraße"),
        ("Der Typ aus der Feldstraße 9 parkt immer in der Goethestraße", "Goethestraße"),
        ("Herr Beispiel aus der Gartenstr. 3 wirft Müll in den Wald", None),
        ("Wir wohnen in der Feldstraße 3 und die Laterne vor dem Haus ist aus", "Feldstraße"),
    ],
)
def test_a_home_is_not_the_place_of_the_matter(
    understander: Understander, context: Context, text: str, street: str | None
) -> None:
    found = understander.understand(text, context).first("street")
    assert (found.value if found else None) == street


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Spielplatz am Ophovener Weiher: Schaukel kaputt", "Spielplatz am Ophovener Weiher"),
        ("Rheinufer in Hitdorf voller Müll", "Rheinufer in Hitdorf"),
        ("auf der Brücke Küppersteg fehlt das Geländer", "Brücke Küppersteg"),
        ("Am Busbahnhof Wiesdorf ist die Scheibe kaputt", "Busbahnhof Wiesdorf"),
        ("hinter der Rathaus-Galerie liegt Müll", "Rathaus-Galerie"),
        ("Schlagloch B8 Höhe Aral", "B8 Höhe Aral"),
    ],
)
def test_a_landmark_keeps_its_name(
    understander: Understander, context: Context, text: str, place: str
) -> None:
    found = understander.understand(text, context).first("place")
    assert found is not None
    assert found.value == place


def test_a_number_before_its_street_and_no_preposition(
    understander: Understander, context: Context
) -> None:
    found = understander.understand("Laterne Hausnummer 7, Alkenrather Straße defekt", context)
    number = found.first("house_number")
    assert number is not None
    assert number.value == "7"
    street = understander.understand("In der Gartenstraße 3 liegt Müll", context).first("street")
    assert street is not None
    assert street.value == "Gartenstraße"


@pytest.mark.parametrize(
    "text",
    [
        "Gibt es am 1. Mai Markt in Rheindorf?",
        "Markt am 24.12.?",
        "Ist am Ostermontag Markt?",
        "Markt Totensonntag?",
        "Ist an Weiberfastnacht Markt?",
        "Pfingsten Markt?",
        "Markt übermorgen in Rheindorf",
        "markets next weekend?",
        "Are there markets in December?",
        "Чи є ринок 1 травня?",
    ],
)
def test_a_bare_market_question_is_answered(
    understander: Understander, context: Context, text: str
) -> None:
    found = understander.understand(text, context)
    assert found.intent == "market_hours"
    assert found.decision is Decision.ACT
    assert found.first("date", "date_range") is not None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Gibt es am 1. Mai Fisch auf dem Markt?", "market_product"),
        ("Was gibt es auf dem Markt in Opladen?", "market_product"),
        ("Auf dem Marktplatz in Opladen liegt Müll", "report_defect"),
        ("Ist der Supermarkt am 1. Mai offen?", "shop_search"),
    ],
)
def test_other_questions_stay_what_they_are(
    understander: Understander, context: Context, text: str, intent: str
) -> None:
    assert understander.understand(text, context).intent == intent


@pytest.mark.parametrize(
    ("text", "prior", "language"),
    [
        ("Kölner Straße 99", "en", "en"),
        ("Bismarckstraße 20", "en", "en"),
        ("Bismarckstraße 20", None, "de"),
        ("12", "en", "en"),
        ("a", None, "de"),
        ("A", "uk", "uk"),
        ("no", "de", "de"),
        ("bu", "en", "en"),
        ("help", None, "en"),
        ("agent", None, "en"),
        ("near Kölner Straße 5", None, "en"),
        ("Laterne kaputt Kölner Straße", "en", "de"),
        ("Хочу оскаржити штраф", None, "uk"),
    ],
)
def test_the_language_of_short_texts(
    understander: Understander, context: Context, text: str, prior: str | None, language: str
) -> None:
    found = understander.understand(text, Context(context.now, prior))
    assert found.language == language


@pytest.mark.parametrize(
    ("text", "contested"),
    [
        ("Ich lege Widerspruch gegen den Bescheid ein", True),
        ("Das Knöllchen zahle ich nicht!", True),
        ("I want to appeal the fine", True),
        ("Park cezasına itiraz etmek istiyorum", True),
        ("Kann ich das Bußgeld in Raten zahlen?", False),
        ("Ich beantrage Stundung", False),
        ("Ich möchte keinen Widerspruch einlegen, nur später zahlen", False),
    ],
)
def test_contesting_a_letter_is_told_apart(
    understander: Understander, context: Context, text: str, *, contested: bool
) -> None:
    found = understander.understand(text, context)
    assert found.intent == "letter_question"
    targets = {evidence.target for evidence in found.evidence}
    assert ("letter_question:contest" in targets) is contested


@pytest.mark.parametrize(
    "text",
    ["Ich möchte einen Mangel melden", "Ich möchte etwas melden", "I want to report something"],
)
def test_a_bare_report_is_asked_what_it_is(
    understander: Understander, context: Context, text: str
) -> None:
    found = understander.understand(text, context)
    assert (found.intent, found.decision) == ("report_defect", Decision.ASK)


@pytest.mark.parametrize(
    "text",
    ["Was kannst du?", "hilfe", "Bist du ein Roboter?", "Do you speak English?", "Ти бот?", "help"],
)
def test_questions_about_the_assistant_are_small_talk(
    understander: Understander, context: Context, text: str
) -> None:
    found = understander.understand(text, context)
    assert (found.intent, found.decision) == ("greeting", Decision.ACT)
