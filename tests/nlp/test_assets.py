"""The data files: complete, consistent with the taxonomy, and enough to train on."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp import corpus, features, gazetteer, heads, lexicon, taxonomy, train
from nlp.corpus import variants
from nlp.folding import fold
from nlp.training import calibrate, design, fit


def test_every_intent_and_category_has_its_stems() -> None:
    targets = set(lexicon.load().targets)
    assert {f"intents:{name}" for name in taxonomy.intents()} <= targets
    assert {f"categories:{name}" for name in taxonomy.categories()} <= targets
    assert {f"signals:{name}" for name in features.SIGNALS} <= targets


def test_the_corpus_knows_no_sentence_twice_with_another_meaning() -> None:
    meanings: dict[str, set[tuple[str, ...]]] = {}
    for example in corpus.templates():
        meanings.setdefault(example.text, set()).add(example.intents)
    assert [text for text, found in meanings.items() if len(found) > 1] == []


def test_variants_of_a_template_stay_on_one_side_of_the_split() -> None:
    sides: dict[int, set[bool]] = {}
    for example in variants.expand(corpus.templates(), 2, seed=1):
        sides.setdefault(example.group, set()).add(example.held_out)
    assert all(len(found) == 1 for found in sides.values())


def test_expansion_is_the_same_every_time() -> None:
    some = corpus.templates()[:50]
    assert variants.expand(some, 3, seed=5) == variants.expand(some, 3, seed=5)


def test_the_lexicon_finds_stems_compounds_and_slips() -> None:
    def targets(text: str) -> Counter[str]:
        return Counter(
            hit.target for hit in lexicon.load().find(fold(text), "de") if hit.kind == "stems"
        )

    assert targets("Die Fußwegbeleuchtung")["categories:street_light"]
    assert targets("Schlaglcoh")["categories:road_damage"]
    assert not targets("Supermarktkasse")["intents:market_hours"]


def test_a_negated_stem_is_marked() -> None:
    hits = lexicon.load().find(fold("Das ist nicht kaputt"), "de")
    assert {hit.negated for hit in hits if hit.target == "signals:defect"} == {True}


def test_a_gazetteer_survives_being_written() -> None:
    names = gazetteer.demo()
    assert gazetteer.from_table(gazetteer.to_table(names)) == names


def test_a_small_model_can_be_trained_saved_and_loaded(tmp_path: Path) -> None:
    examples = variants.expand(corpus.templates()[::10], 1, seed=3)
    prepared = design.prepare(examples)
    rows = np.arange(len(examples), dtype=np.int64)
    fitted = fit.fit(prepared, rows)
    model = calibrate.calibrate(fitted, [calibrate.judge(fitted, prepared, rows)])
    model = replace(model, name="small")
    heads.save(model, tmp_path)
    loaded = heads.load(tmp_path)
    first = prepared.features[0]
    _, before = model.probabilities(first)
    _, after = loaded.probabilities(first)
    assert max(before, key=lambda name: before[name]) == max(after, key=lambda name: after[name])


def test_the_shipped_model_fits_the_taxonomy() -> None:
    model = heads.shipped()
    assert model.intents.labels == taxonomy.intents()
    assert model.categories.labels == taxonomy.categories()
    assert model.intents.dense.shape[0] == features.dense_size()
    assert model.name == f"{train.VERSION}-{heads.digest(model)}", "its name tells its weights"
