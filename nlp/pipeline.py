"""The one door to understanding: a text and its context in, an Understanding out."""

import threading
from collections.abc import Iterable
from pathlib import Path

import spacy
from spacy.language import Language

from nlp import (
    components,
    emergency,
    gazetteer,
    heads,
    identifier,
    lexicon,
    moderation,
    taxonomy,
    tone,
)
from nlp.components.content import GazetteerComponent
from nlp.components.heads import HeadsComponent
from nlp.components.tokenizer import attach
from nlp.reading import LONGEST, Reading
from nlp.types import Category, Context, Flag, Gazetteer, Intent, Knowledge, Understanding

ORDER = (
    "stadtdraht_langid",
    "stadtdraht_normaliser",
    "stadtdraht_emergency",
    "stadtdraht_offences",
    "stadtdraht_dates",
    "stadtdraht_gazetteer",
    "stadtdraht_lexicon",
    "stadtdraht_heads",
    "stadtdraht_decide",
)


class Understander:
    """Understands texts; safe to share among threads."""

    def __init__(self, nlp: Language, model: heads.Model | None) -> None:
        self._nlp = nlp
        self._model = model
        self._lock = threading.Lock()

    @property
    def nlp(self) -> Language:
        """The spaCy pipeline inside; not to be called from several threads at once."""
        return self._nlp

    @property
    def model(self) -> str:
        """The name of the model in use."""
        return self._model.name if self._model else ""

    def understand(self, text: str, context: Context) -> Understanding:
        """Return what `text` means; never raises for its content, in bounded time."""
        return _understanding(self.read(text, context))

    def understand_many(self, texts: Iterable[tuple[str, Context]]) -> list[Understanding]:
        """Return the understandings of several texts, in order."""
        return [self.understand(text, context) for text, context in texts]

    def read(self, text: str, context: Context) -> Reading:
        """Return all that the components found in `text`; used by training and evaluation."""
        reading = Reading(text[:LONGEST], context)
        with self._lock, self._nlp.memory_zone():
            doc = attach(self._nlp.make_doc(reading.text), reading)
            self._nlp(doc)
        return reading

    def to_disk(self, folder: Path) -> None:
        """Save as a spaCy pipeline."""
        self._nlp.to_disk(folder)


def load(knowledge: Knowledge | None = None) -> Understander:
    """Return an understander of a city; without `knowledge` the shipped one of the demo city.

    Raises DataError where the city's model does not fit this version.
    """
    identifier.warm_up()
    lexicon.load()
    emergency.warm_up()
    moderation.warm_up()
    known = knowledge or Knowledge(gazetteer.demo())
    model = heads.read(known.weights) if known.weights else heads.shipped()
    return _build(model, known.names)


def untrained(names: Gazetteer) -> Understander:
    """Return one without a model, as training needs it; only rules decide."""
    return _build(None, names)


def with_model(model: heads.Model, names: Gazetteer) -> Understander:
    """Return one with a model that is in memory only, as judging a candidate needs it."""
    return _build(model, names)


def from_disk(folder: Path) -> Understander:
    """Return an understander that `Understander.to_disk` saved."""
    components.register()
    nlp = spacy.load(folder)
    return Understander(nlp, heads.load(folder / "stadtdraht_heads"))


def _build(model: heads.Model | None, names: Gazetteer) -> Understander:
    components.register()
    nlp = spacy.blank("de", config={"nlp": {"tokenizer": {"@tokenizers": components.TOKENIZER}}})
    for name in ORDER:
        pipe = nlp.add_pipe(name)
        if isinstance(pipe, GazetteerComponent):
            pipe.use(names)
        if isinstance(pipe, HeadsComponent) and model is not None:
            pipe.use(model)
    return Understander(nlp, model)


def _understanding(reading: Reading) -> Understanding:
    groups = taxonomy.groups()
    entities = sorted(reading.entities, key=lambda entity: (entity.start, entity.end))
    return Understanding(
        language=reading.language,
        intents=tuple(Intent(name, round(chance, 4)) for name, chance in reading.ranked_intents),
        category=tuple(
            Category(name, groups[name], round(chance, 4))
            for name, chance in reading.ranked_categories
        ),
        entities=tuple(entities),
        decision=reading.decision,
        flags=tuple(reading.flags),
        evidence=tuple(reading.evidence),
        model=reading.model,
        besides=reading.besides,
        negative=Flag.ABUSE in reading.flags or tone.is_negative(reading.folded),
    )
