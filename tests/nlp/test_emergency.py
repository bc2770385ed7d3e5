"""Emergencies: found in four languages, and not seen where a word only sounds like one."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import deciding, emergency
from nlp.data import table, texts
from nlp.exams import NOW
from nlp.pipeline import Understander
from nlp.reading import Reading
from nlp.types import Context, Decision, Flag
from tests.nlp.test_emergency_signs import SIGNS

BLIND = table(yaml.safe_load(Path(__file__).with_name("cries.yaml").read_text("utf-8")))
EMERGENCIES = [
    "Es brennt im Keller!",
    "Hilfe, meine Wohnung brennt",
    "Dichter Rauch aus dem Dachstuhl gegenüber",
    "Bei uns im Haus riecht es stark nach Gas",
    "gasgeruch im treppenhaus was soll ich tun",
    "Ein Mann liegt bewusstlos vor dem Rathaus",
    "Meine Oma ist zusammengebrochen und atmet nicht mehr",
    "Radfahrer angefahren, liegt auf der Straße und blutet",
    "schwerer unfall, mehrere Verletzte, eine Person eingeklemmt",
    "Ich will nicht mehr leben",
    "Da steht jemand auf der Brücke und will springen",
    "Mein Mann schlägt mich, bitte helft mir",
    "Am Bahnhof bedroht einer Leute mit einem Messer",
    "Ein Kind ist in den Rhein gefallen!",
    "Nach dem Sturm hängt ein Stromkabel auf die Straße runter und sprüht Funken",
    "Beißender Geruch vom Chempark, die Augen brennen allen",
    "Wir haben beim Graben eine Bombe gefunden",
    "Hier sitzen Leute im Aufzug fest, einer bekommt keine Luft",
    "ES BRENNT!!!!",
    "et brennt he bei uns em huus",
    "Der Müllcontainer brennt lichterloh",
    "Im Papierkorb am Spielplatz brennt es",
    "Das ist ein Notfall, kommen Sie schnell",
    "meine Nachbarin ist die Treppe runtergefallen und bewegt sich nicht",
    "Im Treppenhaus ist alles voller Qualm!!",
    "Am Bahnhof wird gerade jemand zusammengeschlagen",
    "Bei uns riechts nach Gas",
    "da will sich einer von der Brücke stürzen",
    "Einbrecher im Haus!!",
    "Der Baum ist auf ein Auto gefallen, da sitzt noch jemand drin",
    "Gasleitung vom Bagger getroffen, es zischt",
    "There is a fire in my building",
    "My neighbour is unconscious and not breathing",
    "I can smell gas in the hallway",
    "A man with a knife is threatening people",
    "I want to kill myself",
    "a car crash, two people are badly injured",
    "Evde yangın var, yardım edin",
    "Annem bayıldı, nefes almıyor",
    "Apartmanda gaz kokusu var",
    "У сусідньому будинку пожежа!",
    "Чоловік без свідомості, не дихає",
    "Сильно пахне газом у під'їзді",
    "Ick hör ihr schreien, jemand drückt meene Frau inne Jebüsche",
    "Er hat gesagt, wenn ich rausgehe bringt er mich um",
    "De Papa atmet nemmi",
    "dä Jung is im Rhing",
    "Ein Kind ist in der Tür vom Bus eingeklemmt und der fährt weiter",
    "He's got a knife",
    "my brother is walking between the rails",
]

ORDINARY = [
    "Ich brenne für den Markt",
    "Das brennt mir schon lange auf der Seele",
    "Die Laterne brennt den ganzen Tag",
    "Die Straßenlampe brennt nicht",
    "Es brennt noch Licht im Rathaus",
    "Gestern hat es in der Kölner Straße gebrannt, ist die Straße noch gesperrt?",
    "Letzte Woche gab es hier einen Unfall mit Verletzten, bitte stellen Sie ein Schild auf",
    "Wann ist der Tag der offenen Tür bei der Feuerwehr?",
    "Die Feuerwehrzufahrt ist zugeparkt",
    "Was mache ich, wenn es brennt?",
    "Wen rufe ich bei Gasgeruch an?",
    "Tiefes Schlagloch, Unfallgefahr!",
    "Muss erst jemand verletzt werden, bevor hier etwas passiert?",
    "Das Autowrack ist ausgebrannt und steht seit Wochen da",
    "Wir ersticken im Müll",
    "Bei den Preisen bekomme ich einen Herzinfarkt",
    "Der Lärm bringt mich noch um",
    "In dieser Stadt will ich nicht mehr leben",
    "Ist der Messerschleifer am Samstag auf dem Markt?",
    "Findet am Donnerstag die Sirenenprobe statt? Es ist doch Warntag",
    "Am Gehweg wachsen Brennnesseln",
    "Wann ist das Osterfeuer?",
    "Ich habe mir den Fuß verstaucht, ist im Bürgerbüro ein Aufzug?",
    "Der Rauchmelder im Treppenhaus der Schule piept",
    "Das Unkraut schießt in die Höhe",
    "Die Kosten explodieren",
    "Im Film gestern hat das ganze Haus gebrannt",
    "Die Ampel ist ausgefallen, gefährliche Kreuzung",
    "Ein Baum ist auf den Weg gefallen, niemand wurde verletzt",
    "Ich brauche Hilfe beim Antrag",
    "Eine tote Katze liegt auf der Straße",
    "Lebensgefahr! Gullydeckel fehlt",
    "Es raucht aus dem Schornstein vom Nachbarn",
    "Schlägerei gestern Abend am Busbahnhof, mehr Kontrollen bitte",
    "Meine Tochter ist auf dem Spielplatz gestürzt, bitte reparieren Sie die Schaukel",
    "Kind braucht einen Kitaplatz, das ist ein Notfall",
    "Bei uns wurde eingebrochen, wo bekomme ich eine Bescheinigung?",
    "When is the fire station open day?",
    "The street light is burning all day",
    "This traffic is killing me",
    "I can't breathe through this bureaucracy",
    "Meine Mutter wird nicht auf die Warteliste gesetzt",
    "Mein Sohn tritt immer in die Pfützen vor der Schule",
    "Mein Mann baut im Keller eine Ritterburg",
    "Yangın tüpü nereden alabilirim?",
    "Ліхтар не горить",
    "",
    "Jemand hat Farbe auf die Bank gekippt",
    "Mir ist auf dem schiefen Pflaster der Trolley umgekippt",
    "Der Verkäufer am Markt ruft mir nach",
    "Was soll ich sagen, sie hat viel gesagt, die Dame am Schalter",
    "Meine Mutter wurde mit dem Rollator eingeklemmt, der Pförtner hält die Tür mit dem Fuß",
    "An Schlaf ist nicht zu denken, jetzt fährt der Bus auch nachts",
    "do brennt nix meh, sit drei Obed",
    "Seit meinem Schlaganfall kann ich nicht lange stehen, geht das per Post?",
    "Der Rauchmelder im Flur piept alle 40 Sekunden, nur die Batterie",
    "milk came out of my son's nose",
    "I clicked twice by accident and now hold two bookings",
]


@pytest.mark.parametrize("text", EMERGENCIES)
def test_an_emergency_is_found(text: str) -> None:
    found = emergency.detect(text)
    assert found
    for evidence in found:
        assert text[evidence.start : evidence.end] == evidence.text


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_message_is_none(text: str) -> None:
    assert emergency.detect(text) == ()


def test_it_is_found_at_the_very_end_of_a_long_text() -> None:
    text = "Die Bank im Park ist alt. " * 700 + "Hilfe, hier brennt es im Haus!"
    assert emergency.detect(text)


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_whatever_is_detected_is_an_emergency(text: str) -> None:
    for evidence in emergency.detect(text + " es brennt " + text):
        assert evidence.target.startswith("emergency:")


def test_it_needs_neither_spacy_nor_numpy() -> None:
    code = (
        "import sys, nlp.emergency as e; e.detect('es brennt'); "
        "sys.exit(bool({'spacy', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


HAZARDS = [
    "Strommast ist umgekippt, Kabel liegt auf der Straße",
    "Ein Baum ist auf die Oberleitung gefallen",
    "Ein Kabel hängt vom Mast auf die Straße runter",
    "In der Laterne sind offene Kabel, da spielen Kinder",
    "Chemiegeruch und Sirene in Wiesdorf",
    "In Wiesdorf heult die Sirene und es stinkt nach Chemie",
    "Jemand schießt in der City",
    "Mann mit Waffe am Bahnhof",
    "Mein Opa ist gestürzt",
    "Ich bin hingefallen und kann nicht aufstehen",
    "Eine alte Frau liegt auf dem Gehweg und kommt nicht hoch",
    "Baum umgestürzt, jemand liegt darunter",
    "es richt nach gaß",
    "Notruf",
    "112",
    "SOS",
    "A power pole has fallen and cables are on the road",
    "There are exposed wires in the lamp post, kids are playing there",
    "Someone is shooting in the city",
    "My grandpa fell and can't get up",
    "Elektrik direği devrildi, kablolar yolda",
    "Birisi ateş ediyor",
    "Dedem düştü kalkamıyor",
    "Електричний стовп впав, кабель лежить на дорозі",
    "Чоловік зі зброєю біля школи",
    "Мій дідусь впав і не може встати",
]
NO_HAZARDS = [
    "Kabel liegt auf dem Sperrmüll",
    "Kabel für den Markt liegen auf der Straße, Stolpergefahr",
    "Kabel hängen aus der Straßenlaterne heraus, Gefahr für Kinder",
    "Am Strommast hängt ein Plakat",
    "Laternenmast ist umgeknickt",
    "Ein Baum liegt quer über der Straße",
    "Wird die Sirene am Samstag getestet?",
    "Probealarm",
    "Warum heulen die Sirenen heute?",
    "Chemiegeruch gestern Abend in Wiesdorf, was war da los?",
    "Die Farbe riecht nach Chemie",
    "Bayer schießt Leverkusen zur Meisterschaft",
    "Jemand schießt ständig den Ball in unseren Garten",
    "In Köln wurde geschossen, steht in der Zeitung",
    "Ich habe ein Messer gefunden, Fundbüro?",
    "Mein Opa ist letztes Jahr gestürzt",
    "Meine Mutter ist an der Haltestelle hingefallen, da ist ein Absatz",
    "Gehwegplatten lose. Meine Mutter ist gestürzt.",
    "Das Kind ist in den Brunnen gefallen",
    "Es riecht nach Gras",
    "Wie ist die Nummer der 112-Feier",
    "Kölner Straße 112",
    "SOS-Kinderdorf Spendenaktion",
    "Die Notrufsäule ist kaputt",
    "We are shooting a film in the city, need a permit",
    "A tree has fallen on the road",
    "What is the emergency number?",
    "Dedem geçen yıl düştü",
    "Мій дідусь впав минулого року",
]


@pytest.mark.parametrize("text", HAZARDS)
def test_a_hazard_is_found(text: str) -> None:
    assert emergency.detect(text)


@pytest.mark.parametrize("text", NO_HAZARDS)
def test_what_only_sounds_like_a_hazard_is_none(text: str) -> None:
    assert emergency.detect(text) == ()


def blind(section: str) -> list[str]:
    """Return the texts of a section, of all languages."""
    return [text for listed in table(BLIND[section]).values() for text in texts(listed)]


@pytest.mark.parametrize("text", blind("emergencies"))
def test_a_cry_is_heard(text: str) -> None:
    assert emergency.detect(text)


@pytest.mark.parametrize("text", blind("ordinary"))
def test_what_sounds_like_a_cry_is_none(text: str) -> None:
    assert emergency.detect(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Es breent im Kellr, Hilfe",
        "meine oma ist bewustlos",
        "BEWUẞTLOSE PERSON IM PARK",
        "pozhezha u budynku",
        "bogazina yemek kacti nefes alamiyor",
        "Gas-Geruch im Flur",
    ],
)
def test_panic_has_its_own_spelling(text: str) -> None:
    assert emergency.detect(text)


@pytest.mark.parametrize(
    "piece",
    [
        "er ",
        "brennt ",
        "nicht ",
        "mein mann ",
        "liegt auf dem ",
        "wird ",
        "a",
        "дитина ",
        "- ",
        "!",
    ],
)
def test_a_hostile_text_is_read_to_its_end(piece: str) -> None:
    text = (piece * 20_000)[:19_980] + ". Es brennt im Haus!"
    assert emergency.detect(text)


def test_whatever_else_is_doubted_a_cry_is_heard(understander: Understander) -> None:
    known = (*EMERGENCIES, *SIGNS, *blind("emergencies"))
    cries = [text for text in known if emergency.detect(text)]
    assert len(cries) > 400
    read = {text: understander.understand(text, Context(NOW)) for text in cries}
    assert [text for text, found in read.items() if Flag.EMERGENCY not in found.flags] == []


def judged(
    chance: float, text: str = "Die wehrt sich nicht mehr", alarm: float = 1.0, **others: float
) -> Reading:
    """Return a text as rules and heads judge it together; the heads are told what they say."""
    reading = Reading(text, None)
    reading.normalise()
    found = emergency.detect(reading.text)
    reading.evidence.extend(found)
    reading.flags = [Flag.EMERGENCY] if found else []
    reading.intents = {"emergency": chance} | others
    reading.alarm = alarm
    deciding.decide(reading)
    return reading


def test_the_heads_raise_what_no_rule_knows() -> None:
    found = judged(0.9, report_defect=0.9)
    assert found.flags == [Flag.EMERGENCY]
    assert found.decision is Decision.ACT
    assert [one.source for one in found.evidence] == ["model"]
    assert judged(0.75, complaint=0.9).flags == [Flag.EMERGENCY]


@pytest.mark.parametrize(("chance", "report"), [(0.65, 0.1), (0.8, 0.9)])
def test_a_doubted_emergency_goes_to_a_person(chance: float, report: float) -> None:
    found = judged(chance, report_defect=report)
    assert found.flags == []
    assert ("emergency", chance) in found.ranked_intents
    assert found.decision is Decision.HAND_OVER


def test_what_only_sounds_like_one_goes_to_a_person_too() -> None:
    found = judged(0.0005, "Es brennt im Haus", alarm=0.0005)
    assert found.flags == []
    assert "emergency" in dict(found.ranked_intents)
    assert found.decision is Decision.HAND_OVER


@pytest.mark.parametrize(
    ("text", "chance", "alarm"),
    [
        ("Es brennt im Haus", 0.1, 0.0005),
        ("Es brennt im Haus", 0.0005, 0.1),
        ("Hilfe!!", 0.0005, 0.0005),
    ],
)
def test_what_is_not_certainly_none_is_one(text: str, chance: float, alarm: float) -> None:
    assert judged(chance, text, alarm, report_defect=0.99).flags == [Flag.EMERGENCY]
