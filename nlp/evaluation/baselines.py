"""Three simpler systems to compare with: keywords, n-grams alone, spaCy's own text classifier.

Each learns from the same texts and is told the language. None has rules, a gate or calibration: it
would act from a confidence of .5.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import spacy
from spacy.language import Language
from spacy.training import Example as Taught
from thinc.util import fix_random_seed

from nlp import heads, lexicon, taxonomy
from nlp.evaluation.records import SURE, Ranking, Said
from nlp.exams import Case
from nlp.features import Features
from nlp.folding import fold
from nlp.training import fit
from nlp.training.design import Design, Rows
from nlp.types import Decision

KEYWORDS = "keywords"
NGRAMS = "n-grams alone"
TEXTCAT = "spaCy textcat"
_LISTED = 0.15  # as the pipeline lists further intents
_BATCH = 32
_RATE = 0.01
_PASSES = 2
_WIDTH = 1 << 15


def keywords(cases: Sequence[Case]) -> list[Said]:
    """Count the lexicon's stems: most hits win, and how clearly is the confidence."""
    known = lexicon.load()
    found = []
    for case in cases:
        hits = Counter(
            hit.target
            for hit in known.find(fold(case.text), case.language)
            if hit.kind == "stems" and not hit.negated
        )
        named = _most("categories", hits, "other")
        nothing = "report_defect" if named[0][0] != "other" else "off_topic"
        found.append(_said(case, _most("intents", hits, nothing), named))
    return found


def _most(section: str, hits: Counter[str], nothing: str) -> Ranking:
    own = [(target, count) for target, count in hits.most_common() if target.startswith(section)]
    total = sum(count for _, count in own)
    ranked = tuple((target.partition(":")[2], count / (total + 1)) for target, count in own)
    return ranked or ((nothing, 0.0),)


def _plain(features: Features) -> Features:
    dense = np.zeros_like(features.dense)
    dense[-1] = 1.0
    return replace(features, dense=dense)


def ngrams(design: Design, rows: Rows) -> heads.Model:
    """Fit the heads as ours are on `rows`, without the dense features but the constant."""
    return fit.fit(replace(design, features=[_plain(each) for each in design.features]), rows)


def ngrams_say(model: heads.Model, cases: Sequence[Case], found: Sequence[Features]) -> list[Said]:
    """Return what n-grams alone say of `cases`, whose features are `found`."""
    said = []
    for case, features in zip(cases, map(_plain, found), strict=True):
        intents, categories = model.probabilities(features)
        said.append(_said(case, _ranked(intents), _ranked(categories)))
    return said


class TextCat:
    """Two bag-of-words classifiers of spaCy: the primary intent, and the category."""

    def __init__(self, design: Design, rows: Rows) -> None:
        self._reader = spacy.blank("de")
        texts = [design.examples[row].text for row in rows]
        labelled = design.labelled(rows)
        kinds = [design.examples[row].text for row in labelled]
        categories = taxonomy.categories()
        wanted = [categories[int(design.categories[row].argmax())] for row in labelled]
        self._intents = self._taught(
            taxonomy.intents(), texts, [design.examples[row].intents[0] for row in rows]
        )
        self._categories = self._taught(categories, kinds, wanted)

    def _taught(
        self, labels: Sequence[str], texts: Sequence[str], wanted: Sequence[str]
    ) -> Language:
        fix_random_seed(fit.SEED)
        pipeline = spacy.blank("de")
        model = {
            "@architectures": "spacy.TextCatBOW.v3",
            "exclusive_classes": True,
            "ngram_size": 2,
            "length": _WIDTH,
            "no_output_layer": False,
        }
        pipeline.add_pipe("textcat", config={"model": model})
        shown = [self._example(texts[0], wanted[0], labels)]
        optimizer = pipeline.initialize(lambda: shown)
        optimizer.learn_rate = _RATE
        for batch in _batches(texts, wanted):
            pipeline.update([self._example(*each, labels) for each in batch], sgd=optimizer)
        return pipeline

    def _example(self, text: str, wanted: str, labels: Sequence[str]) -> Taught:
        cats = {label: float(label == wanted) for label in labels}
        return Taught.from_dict(self._reader.make_doc(text), {"cats": cats})

    def say(self, cases: Sequence[Case]) -> list[Said]:
        """Return what it says of `cases`."""
        texts = [case.text for case in cases]
        return [
            _said(case, _ranked(wish.cats), _ranked(kind.cats))
            for case, wish, kind in zip(
                cases, self._intents.pipe(texts), self._categories.pipe(texts), strict=True
            )
        ]


def _batches(texts: Sequence[str], wanted: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    pairs = list(zip(texts, wanted, strict=True))
    chance = random.Random(fit.SEED)  # noqa: S311 reproducible, not secret
    for _ in range(_PASSES):
        chance.shuffle(pairs)
        for begin in range(0, len(pairs), _BATCH):
            yield pairs[begin : begin + _BATCH]


def _ranked(chances: Mapping[str, float]) -> Ranking:
    ranked = sorted(chances.items(), key=lambda entry: -entry[1])
    return tuple(entry for place, entry in enumerate(ranked) if place == 0 or entry[1] >= _LISTED)


def _said(case: Case, intents: Ranking, categories: Ranking) -> Said:
    sure = intents[0][1] >= SURE
    decision = Decision.ACT if sure else Decision.HAND_OVER
    return Said(case.language, intents, categories, decision)
