"""The evaluation: what it judges by, what it counts, and its reports from end to end."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import cli
from nlp import corpus, exams, taxonomy
from nlp.corpus import Example
from nlp.evaluation import baselines, card, cases, document, judging, page, report, run
from nlp.evaluation.records import Answer, Record, Said, category, primary
from nlp.evaluation.run import Evaluation
from nlp.exams import Case
from nlp.training import splits
from nlp.types import Decision, Flag


def case(
    text: str = "",
    *,
    intents: tuple[str, ...] = ("report_defect",),
    also: tuple[str, ...] = (),
    category: str | None = None,
    also_category: tuple[str, ...] = (),
    ticket: bool | None = None,
    dates: tuple[str, ...] | None = None,
) -> Case:
    return Case(text, "de", intents, also, category, also_category, ticket, dates, ())


def said(
    *intents: tuple[str, float],
    category: str = "other",
    decision: Decision = Decision.ACT,
    dates: tuple[str, ...] = (),
    flags: tuple[Flag, ...] = (),
) -> Said:
    return Said("de", intents, ((category, 0.8),), decision, dates, flags)


REPORT = said(("report_defect", 0.9))


def test_an_intent_counts_when_it_is_first_or_at_least_half_sure() -> None:
    found = said(("complaint", 0.3), ("report_defect", 0.5), ("thanks", 0.49))
    assert found.counted == {"complaint", "report_defect"}


@pytest.mark.parametrize(
    ("wanted", "right"),
    [
        (case(intents=("report_defect",)), True),
        (case(intents=("complaint", "report_defect")), True),
        (case(intents=("complaint",), also=("report_defect",)), True),
        (case(intents=("complaint",)), False),
    ],
)
def test_a_primary_intent_is_right_when_the_examiner_accepts_it(
    wanted: Case, *, right: bool
) -> None:
    assert primary(Record(wanted, REPORT)).right is right


def test_a_category_is_judged_by_itself_or_by_its_group() -> None:
    record = Record(
        case(category="road_damage"), said(("report_defect", 1), category="footpath_damage")
    )
    assert category(record) == Answer("road_damage", "footpath_damage", 0.8)
    assert category(record, taxonomy.groups()) == Answer("roads_pothole", "roads_pothole", 0.8)
    accepted = case(category="tree", also_category=("footpath_damage",))
    assert category(Record(accepted, record.said)) == Answer("tree", "tree", 0.8)
    assert category(Record(case(), record.said)) is None


def test_flags_are_counted_as_found_and_as_false() -> None:
    alarm = said(("emergency", 0.97), flags=(Flag.EMERGENCY,))
    danger, fire = case(intents=("emergency",)), case(also=("emergency",))
    found = judging.alarms(
        [Record(danger, alarm), Record(danger, REPORT), Record(fire, alarm), Record(case(), alarm)],
        Flag.EMERGENCY,
    )
    assert (found.found, found.wanted, found.false, found.others) == (1, 2, 1, 1)


def test_a_ticket_comes_of_what_is_acted_upon_and_of_no_emergency() -> None:
    asked = said(("report_defect", 0.9), decision=Decision.ASK)
    both = said(("market_hours", 0.9), ("report_defect", 0.6))
    alarm = said(("emergency", 0.97), ("report_defect", 0.6), flags=(Flag.EMERGENCY,))
    assert both.makes_ticket(Decision.ACT)
    assert not asked.makes_ticket(Decision.ACT)
    assert asked.makes_ticket(Decision.ACT, Decision.ASK)
    assert not alarm.makes_ticket(Decision.ACT)
    records = [
        Record(case(ticket=True), asked),
        Record(case(ticket=True), REPORT),
        Record(case(ticket=False), both),
        Record(case(ticket=None), REPORT),
    ]
    found = judging.tickets(records, Decision.ACT)
    assert (found.hits.sum(), found.false.sum(), found.missed.sum()) == (1, 1, 1)


def test_off_topic_texts_are_acted_upon_when_anything_else_is_done() -> None:
    talk = case(intents=("off_topic",))
    records = [
        Record(talk, REPORT),
        Record(talk, said(("report_defect", 0.9), decision=Decision.ASK)),
        Record(talk, said(("off_topic", 0.9))),
        Record(case(), REPORT),
    ]
    found = judging.off_topic_actions(records)
    assert found.value == pytest.approx(1 / 3)
    assert found.of == 3


def test_dates_are_found_and_invented_where_the_examiner_lists_them() -> None:
    day, week = "2026-11-19", "2026-11-23/2026-11-29"
    records = [
        Record(case(dates=(day, week)), said(("market_hours", 1), dates=(day,))),
        Record(case(dates=()), said(("market_hours", 1), dates=(day,))),
        Record(case(dates=()), REPORT),
        Record(case(dates=None), said(("market_hours", 1), dates=(day,))),
    ]
    assert judging.dates(records) == judging.Dates(1, 2, 1, 2)


def test_the_intents_of_a_text_are_judged_together() -> None:
    found = judging.intents(
        [
            Record(
                case(intents=("report_defect", "market_hours"), also=("complaint",)),
                said(("report_defect", 0.9), ("complaint", 0.6), ("thanks", 0.6)),
            )
        ]
    )
    assert (found.hits.sum(), found.false.sum(), found.missed.sum()) == (1, 1, 1)


def test_each_voice_is_held_out_once_and_no_language_wholly() -> None:
    sentences = corpus.templates()
    folds = splits.by_voice(sentences)
    held = Counter(voice for fold in folds for voice in fold.voices)
    assert set(held.values()) == {1}
    german = {example.voice for example in sentences if example.language == "de"}
    assert german <= set(held)
    for fold in folds:
        assert {one.language for one in sentences if not fold.holds(one)} == set(corpus.LANGUAGES)
    sizes = [sum(fold.holds(example) for example in sentences) for fold in folds]
    assert len(folds) == splits.FOLDS
    assert max(sizes) < 2 * min(sizes)


def test_sentences_become_cases_and_say_only_what_is_known() -> None:
    lamp = Example("Lampe aus", "de", ("report_defect",), "street_light", "terse")
    assert cases.case(lamp).ticket is True
    assert cases.case(Example("hier auch", "de", ("report_defect",), None)).ticket is None
    assert cases.case(Example("Wann ist Markt", "de", ("market_hours",), None)).ticket is False
    both = Example("Markt? Lampe aus", "de", ("market_hours", "report_defect"), "street_light")
    assert cases.case(both).ticket is None
    assert cases.case(lamp).dates is None
    assert cases.slices(cases.case(lamp)) == ["language de", "length: short", "voice terse"]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("Die Lampe leuchtet nicht", True),
        ("It doesn't work", True),
        ("Sokak lambası yanmıyor", True),
        ("Не працює", True),
        ("Die Note hängt am Neubau", False),
    ],
)
def test_a_negation_is_told_in_four_languages(text: str, *, negated: bool) -> None:
    assert ("with a negation" in cases.slices(case(text))) is negated


def test_keywords_go_by_most_hits() -> None:
    lamp, nothing = baselines.keywords([case("Die Straßenlaterne ist kaputt"), case("xyz")])
    assert lamp.categories[0][0] == "street_light"
    assert (nothing.intent, nothing.decision) == ("off_topic", Decision.HAND_OVER)


@pytest.fixture(scope="module")
def small() -> Evaluation:
    """Return the evaluation of a small portion: German only, a few voices, a few cases."""
    chance = random.Random(3)
    german = [example for example in corpus.templates() if example.language == "de"]
    picked = [example for example in german if example.voice in {"terse", "plain", "formal"}]
    judged = {run.UNSEEN: chance.sample(exams.read("reports"), 12)}
    return run.full(chance.sample(picked, 60), judged, lambda _, __: None)


def texts(records: Sequence[Record]) -> list[str]:
    return [record.case.text for record in records]


def test_all_systems_are_judged_by_the_same_texts(small: Evaluation) -> None:
    systems = [run.OURS, baselines.KEYWORDS, baselines.NGRAMS, baselines.TEXTCAT]
    for part in small.parts:
        assert list(part.systems) == systems
        assert len({tuple(texts(records)) for records in part.systems.values()}) == 1
    voices = small.part(run.VOICES)
    assert voices
    assert len(voices.ours) == 60  # each voice was held out once
    judged = small.part(run.UNSEEN)
    assert judged
    assert len(judged.ours) == 12
    assert small.speed.texts == 12


def test_the_report_is_written_in_three_forms(small: Evaluation) -> None:
    written = report.write(small, date(2026, 11, 30))
    plain, marked = document.as_text(written), document.as_markdown(written)
    for wanted in (small.model, "2026-11-30", "Primary intent", "spaCy textcat", "street_light"):
        assert wanted in plain
        assert wanted in marked
    assert plain.index("Targets and figures") < plain.index("Confusions")
    shown = Shown()
    shown.feed(page.as_html(written))
    assert shown.elements["svg"] > 5
    assert shown.elements["table"] > shown.elements["svg"]
    assert shown.unnamed == 0
    assert not {"script", "link", "img", "iframe"} & set(shown.elements)
    assert not {"src", "href", "onclick"} & shown.attributes


class Shown(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.unnamed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.unnamed += tag == "svg" and not dict(attrs).get("aria-label")


def test_the_data_card_counts_every_sentence() -> None:
    written = document.as_markdown(card.write(corpus.templates(), run.examinations()))
    assert f"| all |  | {len(corpus.templates()):,} |  |" in written
    for voice in {example.voice for example in corpus.templates()}:
        assert f"| {voice} |" in written
    assert all(f"| {name} |" in written for name in (*taxonomy.intents(), *taxonomy.categories()))


def test_a_voice_without_a_description_is_noticed() -> None:
    assert {example.voice for example in corpus.templates()} == set(card.TONES)


def test_the_command_prints_the_report_and_writes_the_page(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = CliRunner().invoke(cli, ["nlp", "evaluate", "--quick", "--html", str(file)])
    assert done.exit_code == 0, done.output
    assert "Emergencies found" in done.stdout
    assert "Speed and size: one core" in done.stdout
    assert "<svg" in file.read_text("utf-8")
