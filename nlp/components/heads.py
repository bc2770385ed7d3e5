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

_SENTENCE_ENDS = re.compile(r"[.!?\n]+\s*")
_CLAUSE_ENDS = re.compile(r"[.!?\n,;:]+\s*|\s(?:und|and|ve|i|та|й)\s")


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
                reading.alarming = self._of_alarms(self._model, reading)
            reading.limits = self._limits
            reading.model = self._model.name
        return doc

    def _of_alarms(self, model: heads.Model, reading: Reading) -> dict[str, float]:
        """Return the intents of the sentence, and of the clause, in which rules found an emergency.

        What else the message wants must not drown it: of both the likelier emergency counts, and
        the less likely other wish.
        """
        found = [one for one in reading.evidence if one.target.startswith("emergency:")]
        first = min(one.start for one in found)
        last = max(one.end for one in found)
        sentence, clause = (
            self._intents(model, _around(reading.text, first, last, ends), reading.language)
            for ends in (_SENTENCE_ENDS, _CLAUSE_ENDS)
        )
        lower = {name: min(chance, clause[name]) for name, chance in sentence.items()}
        return lower | {"emergency": max(sentence["emergency"], clause["emergency"])}

    @staticmethod
    def _intents(model: heads.Model, text: str, language: str) -> dict[str, float]:
        folded = fold(text[:ANALYSED])
        hits = lexicon.load().find(folded, language)
        return model.probabilities(features.extract(folded, hits, (), language))[0]

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


def _around(text: str, first: int, last: int, ends: re.Pattern[str]) -> str:
    """Return the stretch between two ends that holds all from `first` to `last`."""
    start = max((end.end() for end in ends.finditer(text, 0, first)), default=0)
    after = ends.search(text, last)
    return text[start : after.end() if after else len(text)]


@Language.factory("stadtdraht_heads")
def create_heads(nlp: Language, name: str) -> HeadsComponent:  # noqa: ARG001 spaCy's signature
    """Return the component, without a model until `use` or `from_disk`."""
    return HeadsComponent(None)


@Language.component("stadtdraht_decide")
def decide(doc: Doc) -> Doc:
    """Rank intents and categories, and decide."""
    deciding.decide(reading_of(doc))
    return doc
