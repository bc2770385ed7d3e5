"""Components that judge: the linear heads, and the decision."""

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from nlp import deciding, features, heads
from nlp.components.tokenizer import reading_of


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
            reading.limits = self._limits
            reading.model = self._model.name
        return doc

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
