"""The measures of an evaluation: against examples worked out by hand, and against their meaning."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.evaluation import measures
from nlp.evaluation.measures import Bin
from nlp.evaluation.records import Answer

LABELS = ("lamp", "tree", "bin")
ANSWERS = st.builds(
    Answer,
    st.sampled_from(LABELS),
    st.sampled_from(LABELS),
    st.integers(0, 20).map(lambda twentieths: twentieths / 20),
)


def answers(*pairs: tuple[str, str], chance: float = 0.5) -> list[Answer]:
    return [Answer(wanted, said, chance) for wanted, said in pairs]


FOUR = answers(("lamp", "lamp"), ("lamp", "tree"), ("tree", "tree"), ("bin", "tree"))


def test_precision_recall_and_f1_of_each_class() -> None:
    lamp, tree, bin_ = measures.per_class(measures.outcomes(FOUR, LABELS))
    assert (lamp.label, lamp.support) == ("lamp", 2)
    assert (lamp.precision.value, lamp.recall.value) == (1.0, 0.5)
    assert lamp.f1.value == pytest.approx(2 / 3)
    assert tree.precision.value == pytest.approx(1 / 3)
    assert (tree.recall.value, tree.f1.value) == (1.0, 0.5)
    assert math.isnan(bin_.precision.value)
    assert (bin_.recall.value, bin_.f1.value) == (0.0, 0.0)


def test_macro_f1_is_the_mean_of_the_classes_and_micro_f1_that_of_the_texts() -> None:
    found = measures.outcomes(FOUR, LABELS)
    assert measures.macro_f1(found).value == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert measures.micro_f1(found).value == pytest.approx(0.5)


def test_what_is_only_accepted_is_neither_a_hit_nor_a_mistake() -> None:
    found = measures.outcomes_of_sets(
        wanted=[{"lamp"}, {"tree"}],
        accepted=[{"bin"}, set()],
        said=[{"lamp", "bin"}, {"bin"}],
        labels=LABELS,
    )
    assert measures.precision(found).value == 0.5  # bin was wrong once only
    assert measures.recall(found).value == 0.5


def test_confusions_are_counted_by_wanted_and_said() -> None:
    counts = measures.confusions(FOUR)
    assert counts["lamp", "tree"] == 1
    assert counts["bin", "tree"] == 1
    assert sum(counts.values()) == 4


def test_an_interval_is_that_of_theory() -> None:
    found = measures.share([True, False] * 50)
    error = 1.96 * math.sqrt(0.5 * 0.5 / 100)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - error, abs=0.02)
    assert found.high == pytest.approx(0.5 + error, abs=0.02)
    assert found.of == 100


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_an_interval_holds_its_figure_and_is_the_same_every_time(hits: list[bool]) -> None:
    found = measures.share(hits)
    assert 0 <= found.low <= found.value + 1e-6
    assert found.value - 1e-6 <= found.high <= 1
    assert found.value == pytest.approx(sum(hits) / len(hits))
    assert measures.share(hits) == found


def test_nothing_measured_is_no_figure() -> None:
    assert math.isnan(measures.share([]).value)
    assert math.isnan(measures.macro_f1(measures.outcomes([], LABELS)).value)
    assert math.isnan(measures.calibration_error([]))
    assert measures.coverage([], 0.9) == 0.0


def test_calibration_compares_confidence_with_truth() -> None:
    sure = [*answers(("lamp", "lamp"), ("lamp", "lamp"), ("tree", "bin"), chance=0.95)]
    unsure = answers(("lamp", "tree"), chance=0.25)
    low, high = measures.calibration([*sure, *unsure])
    assert low == Bin(0.2, 0.3, 0.25, 0.0, 1)
    assert high.count == 3
    assert high.chance == pytest.approx(0.95)
    assert high.right == pytest.approx(2 / 3)
    error = (1 * 0.25 + 3 * (0.95 - 2 / 3)) / 4
    assert measures.calibration_error([low, high]) == pytest.approx(error)


@given(st.lists(ANSWERS, min_size=1, max_size=50))
def test_calibration_loses_no_answer(found: list[Answer]) -> None:
    bins = measures.calibration(found)
    assert sum(each.count for each in bins) == len(found)
    assert all(each.low - 1e-9 <= each.chance <= each.high + 1e-9 for each in bins)
    assert 0 <= measures.calibration_error(bins) <= 1


def test_coverage_is_the_largest_share_that_is_precise_enough() -> None:
    ranked = [
        Answer("lamp", said, chance)
        for said, chance in (("lamp", 0.9), ("lamp", 0.8), ("tree", 0.7), ("lamp", 0.6))
    ]
    assert measures.coverage(ranked, 0.75) == 1.0
    assert measures.coverage(ranked, 0.9) == 0.5
    assert measures.coverage(answers(("lamp", "tree"), ("lamp", "lamp")), 0.9) == 0.0


@given(st.lists(ANSWERS, min_size=1, max_size=40), st.sampled_from((0.5, 0.9, 0.95)))
def test_coverage_is_what_trying_every_threshold_finds(found: list[Answer], least: float) -> None:
    best = 0.0
    for threshold in {answer.chance for answer in found}:
        decided = [answer.right for answer in found if answer.chance >= threshold]
        if np.mean(decided) >= least:
            best = max(best, len(decided) / len(found))
    assert measures.coverage(found, least) == pytest.approx(best)
