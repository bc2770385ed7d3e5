"""Components that judge: the linear heads, and the decision."""

import re
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from nlp import deciding, features, heads, lexicon
from nlp.components.tokenizer import reading_of
from nlp.folding import fold
from nlp.reading import ANALYSED, Reading
from nlp.types import Flag

_ENDS = re.compile(r"[.!?\n]+\s*")
_TELLING = 60  # characters


class HeadsComponent:
    """Gives every intent and category its probability."""

    def __init__(self, model: heads.Model | None) -> None:
        self._model = model
        self._limits: dict[str, float] = {}

    def use(self, model: heads.Model) -> None:
        """Take another model."""
        self._model = model
        self._limits = model.limits()

    def __call__(self, doc: Doc) -> Doc:
        """Score the reading; without a model only rules decide."""
        reading = reading_of(doc)
        if self._model is not None:
            seen = features.extract(
                reading.folded, reading.hits, reading.entities, reading.language
            )
            reading.intents, reading.categories = self._model.probabilities(seen)
            if Flag.EMERGENCY in reading.flags:
                reading.alarm = self._of_alarm(self._model, reading)
            reading.limits = self._limits
            reading.model = self._model.name
        return doc

    def _of_alarm(self, model: heads.Model, reading: Reading) -> float:
        """Return how likely the sentence in which rules heard an emergency is one.

        It is judged for itself, so that no other wish drowns it. A short one tells the heads too
        little.
        """
        found = [one for one in reading.evidence if one.target.startswith("emergency:")]
        first, last = min(one.start for one in found), max(one.end for one in found)
        start = max((end.end() for end in _ENDS.finditer(reading.text, 0, first)), default=0)
        after = _ENDS.search(reading.text, last)
        sentence = reading.text[start : after.end() if after else len(reading.text)]
        if len(sentence) < _TELLING:
            return 1.0
        folded = fold(sentence[:ANALYSED])
        hits = lexicon.load().find(folded, reading.language)
        seen = features.extract(folded, hits, (), reading.language)
        return model.probabilities(seen)[0]["emergency"]

    def to_disk(self, path: str | Path, *, exclude: object = ()) -> None:  # noqa: ARG002 spaCy's
        """Save the model."""
        if self._model is not None:
            heads.save(self._model, Path(path))

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: object = (),  # noqa: ARG002 spaCy's signature
    ) -> "HeadsComponent":
        """Load the model."""
        self.use(heads.load(Path(path)))
        return self


@Language.factory("stadtdraht_heads")
def create_heads(nlp: Language, name: str) -> HeadsComponent:  # noqa: ARG001 spaCy's signature
    """Return the component, without a model until `use` or `from_disk`."""
    return HeadsComponent(None)


@Language.component("stadtdraht_decide")
def decide(doc: Doc) -> Doc:
    """Rank intents and categories, and decide."""
    deciding.decide(reading_of(doc))
    return doc
