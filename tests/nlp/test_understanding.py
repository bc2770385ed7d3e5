"""The whole pipeline through its door: intents, categories, entities, decisions."""

from pathlib import Path

import pytest

from nlp import pipeline, taxonomy
from nlp.pipeline import Understander
from nlp.types import Context, Decision, Flag, Gazetteer, Knowledge, Name

REPORTS = [
    ("Die Laterne vor Dhünnstraße 14 ist kaputt", "street_light"),
    ("Bei uns ist seit Tagen die Straßenlampe aus", "street_light"),
    ("There is a huge pothole on Kölner Straße", "road_damage"),
    ("Ampel Goethestraße Ecke Schillerstraße ausgefallen", "traffic_light"),
    ("In der Düsseldorfer Str. liegt ein Haufen Sperrmüll auf dem Gehweg", "illegal_dumping"),
    ("Auf dem Spielplatz Feldstraße ist die Schaukel gerissen", "playground"),
    ("Der Gully vor Haus 12 ist verstopft", "drain_blocked"),
]
WISHES = [
    ("Wann ist Markt in Opladen?", "market_hours"),
    ("Ist an Fronleichnam Markt?", "market_hours"),
    ("Welcher Markt ist heute?", "market_hours"),
    ("When is the market in Schlebusch?", "market_hours"),
    ("Ich widerspreche dem Bußgeldbescheid", "letter_question"),
    ("Einspruch gegen Knöllchen", "letter_question"),
    ("Was ist mit meiner Meldung LEV-2026-000123?", "ticket_status"),
    ("Ich möchte mit einem Menschen sprechen", "human_handoff"),
    ("Bitte löschen Sie alle meine Daten", "data_request"),
    ("ja", "context_reply"),
    ("2", "context_reply"),
    ("Hallo", "greeting"),
    ("Danke", "thanks"),
]


@pytest.mark.parametrize(("text", "category"), REPORTS)
def test_an_ordinary_report_is_acted_upon(
    understander: Understander, context: Context, text: str, category: str
) -> None:
    found = understander.understand(text, context)
    assert found.intent == "report_defect"
    assert found.category[0].id == category
    assert found.category[0].group == taxonomy.groups()[category]
    assert found.decision is Decision.ACT


@pytest.mark.parametrize(("text", "intent"), WISHES)
def test_a_wish_is_understood(
    understander: Understander, context: Context, text: str, intent: str
) -> None:
    found = understander.understand(text, context)
    assert found.intent == intent
    assert found.decision is Decision.ACT


def test_place_and_number_of_a_report(understander: Understander, context: Context) -> None:
    found = understander.understand("Laterne vor Dhuennstr. 14a kaputt", context)
    street, number = found.first("street"), found.first("house_number")
    assert street is not None
    assert number is not None
    assert (street.value, number.value) == ("Dhünnstraße", "14a")


def test_market_district_and_day(understander: Understander, context: Context) -> None:
    found = understander.understand("Ist am Samstag Markt in Schlebusch?", context)
    values = {entity.type: entity.value for entity in found.entities}
    assert values["market"] == "schlebusch"
    assert values["district"] == "schlebusch"
    assert values["date"] == "2026-03-21"


@pytest.mark.parametrize(
    "text",
    [
        "Nein, nicht kaputt, nur dunkel angestrichen",
        "Alles in Ordnung, da ist nichts kaputt",
        "Die Laterne leuchtet wieder, danke!",
    ],
)
def test_what_is_denied_makes_no_ticket(
    understander: Understander, context: Context, text: str
) -> None:
    found = understander.understand(text, context)
    assert not (found.intent == "report_defect" and found.decision is Decision.ACT)


@pytest.mark.parametrize(
    "text",
    [
        "Wann ist Markt? Und hier brennt ein Auto!",
        "Die Laterne vor Haus 5 flackert und im Keller nebenan brennt es, da sind noch Leute drin",
        "Wollte Sperrmüll anmelden, aber mein Mann ist umgekippt und atmet nicht",
        "Der Gehweg ist seit Wochen kaputt. Jetzt ist meine Nachbarin gestürzt und bewusstlos.",
    ],
)
def test_an_emergency_comes_first_beside_other_wishes(
    understander: Understander, context: Context, text: str
) -> None:
    found = understander.understand(text, context)
    assert found.intent == "emergency"
    assert found.flags == (Flag.EMERGENCY,)
    assert found.decision is Decision.ACT


def test_insults_and_advertising_go_to_a_person(
    understander: Understander, context: Context
) -> None:
    insult = understander.understand("Ihr seid alle Idioten", context)
    assert insult.intent == "abuse"
    advert = understander.understand(
        "Bitcoin Gewinn garantiert! Jetzt klicken: https://gewinn.top", context
    )
    assert advert.intent == "spam"
    assert {insult.decision, advert.decision} == {Decision.HAND_OVER}


def test_ordinary_anger_is_no_insult(understander: Understander, context: Context) -> None:
    text = "Es ist eine Sauerei, dass die Ratten an den Containern keinen interessieren"
    assert Flag.ABUSE not in understander.understand(text, context).flags


@pytest.mark.parametrize(
    ("text", "prior", "language"),
    [
        ("Die Laterne ist kaputt", None, "de"),
        ("The street light is broken", None, "en"),
        ("Sokak lambası yanmıyor", None, "tr"),
        ("Коли працює ринок?", None, "uk"),
        ("Isch d Latärne no kaputt bi eus?", None, "de"),
        ("Bonjour, je voudrais savoir quand le marché est ouvert", None, "und"),
        ("Здравствуйте, когда работает рынок?", None, "und"),
        ("ok", "en", "en"),
        ("2", "tr", "tr"),
    ],
)
def test_languages(
    understander: Understander, context: Context, text: str, prior: str | None, language: str
) -> None:
    found = understander.understand(text, Context(context.now, prior))
    assert found.language == language
    if language == "und":
        assert found.decision is Decision.HAND_OVER


def test_a_city_brings_its_own_names(understander: Understander, context: Context) -> None:
    names = Gazetteer(
        streets=(Name("Q-Allee", "Quellenallee"),),
        districts=(Name("nord", "Nordviertel"),),
        markets=(Name("nord", "Wochenmarkt Nordviertel"),),
        ticket_prefix="ABC",
    )
    other = pipeline.load(Knowledge(names))
    found = other.understand("Laterne Quellenalle 3 aus, siehe ABC-2026-7", context)
    values = {entity.type: entity.value for entity in found.entities}
    assert values["street"] == "Q-Allee"
    assert values["ticket_number"] == "ABC-2026-000007"
    market = other.understand("Wann ist Markt im Nordviertel?", context).first("market")
    assert market is not None
    assert market.value == "nord"


def test_an_empty_gazetteer_still_sees_what_is_shaped_like_a_street(
    understander: Understander, context: Context
) -> None:
    bare = pipeline.load(Knowledge(Gazetteer()))
    found = bare.understand("In der Mannheimer Straße 12 ist die Laterne aus", context)
    street = found.first("street")
    assert street is not None
    assert street.value == "Mannheimer Straße"
    assert bare.understand("Der Radweg ist kaputt", context).first("street") is None


def test_a_saved_pipeline_understands_the_same(
    understander: Understander, context: Context, tmp_path: Path
) -> None:
    understander.to_disk(tmp_path / "saved")
    loaded = pipeline.from_disk(tmp_path / "saved")
    for text, _ in REPORTS:
        ours = understander.understand(text, context)
        theirs = loaded.understand(text, context)
        assert theirs.intent == ours.intent
        assert theirs.category[0].id == ours.category[0].id
        assert theirs.entities == ours.entities


def test_many_are_understood_in_order(understander: Understander, context: Context) -> None:
    texts = [(text, context) for text, _ in WISHES]
    assert [found.intent for found in understander.understand_many(texts)] == [
        intent for _, intent in WISHES
    ]
