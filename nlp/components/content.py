"""Components that find things: language, numbers, places, dates, alarms, lexicon hits."""

import json
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from nlp import (
    clear_cases,
    dates,
    emergency,
    gazetteer,
    identifier,
    language,
    lexicon,
    moderation,
    numbers,
)
from nlp.components.tokenizer import reading_of
from nlp.data import table
from nlp.places import PlaceFinder
from nlp.reading import ANALYSED
from nlp.types import Entity, Evidence, Flag, Gazetteer

_EXCLUSIVE = frozenset(
    {"date", "date_range", "weekday", "time", "ticket_number", "booking_number", "letter_number"}
    | {"phone", "amount", "postcode"}
)


@Language.component("stadtdraht_langid")
def find_language(doc: Doc) -> Doc:
    """Find the language; the conversation's own counts where the text is short."""
    reading = reading_of(doc)
    prior = reading.context.language if reading.context else None
    reading.language = language.detect(reading.text, prior, identifier.rank)
    return doc


@Language.component("stadtdraht_normaliser")
def normalise(doc: Doc) -> Doc:
    """Make the folded copy that all that follows is matched against."""
    reading_of(doc).normalise()
    return doc


@Language.component("stadtdraht_emergency")
def find_emergency(doc: Doc) -> Doc:
    """Look for emergencies in the whole text, not only in what is analysed."""
    reading = reading_of(doc)
    is_whole = len(reading.text) <= ANALYSED
    found = emergency.detect_folded(reading.folded) if is_whole else emergency.detect(reading.text)
    if found:
        reading.flags.append(Flag.EMERGENCY)
        reading.evidence.extend(found)
    return doc


@Language.component("stadtdraht_offences")
def find_offences(doc: Doc) -> Doc:
    """Mark insults, threats and advertising."""
    reading = reading_of(doc)
    found = moderation.find_folded(reading.folded)
    reading.flags.extend(Flag(target) for target in dict.fromkeys(one.target for one in found))
    reading.evidence.extend(found)
    return doc


@Language.component("stadtdraht_dates")
def find_dates(doc: Doc) -> Doc:
    """Resolve dates and times against the message's own time."""
    reading = reading_of(doc)
    if reading.context is not None:
        now = reading.context.now
        _add(reading.entities, dates.find(reading.folded, now, reading.language))
    return doc


@Language.component("stadtdraht_lexicon")
def find_stems(doc: Doc) -> Doc:
    """Look the text up in the lexicon."""
    reading = reading_of(doc)
    reading.hits = lexicon.load().find(reading.folded, reading.language)
    for hit in reading.hits:
        if hit.kind == "stems" and not hit.negated:
            start, end = reading.folded.plain_span(hit.start, hit.end)
            target = hit.target.split(":", maxsplit=1)[1]
            reading.evidence.append(
                Evidence(target, "lexicon", reading.text[start:end], start, end)
            )
    reading.evidence.extend(clear_cases.contesting(reading.folded))
    return doc


class GazetteerComponent:
    """Finds the city's names and numbers; carries the gazetteer when the pipeline is saved."""

    _FILE = "gazetteer.json"

    def __init__(self, names: Gazetteer) -> None:
        self._finder = PlaceFinder(names)

    def __call__(self, doc: Doc) -> Doc:
        """Add numbers first, then places that do not lie in them."""
        reading = reading_of(doc)
        prefix = self._finder.gazetteer.ticket_prefix
        _add(reading.entities, numbers.find(reading.folded, prefix))
        places = self._finder.find(reading.folded)
        _drop_dates_inside(reading.entities, places)
        _add(reading.entities, places)
        for entity in places:
            if entity.score >= 0.8 and entity.type != "product":
                reading.evidence.append(
                    Evidence(entity.type, "gazetteer", entity.text, entity.start, entity.end)
                )
        return doc

    def use(self, names: Gazetteer) -> None:
        """Take another gazetteer."""
        self._finder = PlaceFinder(names)

    def to_disk(self, path: str | Path, *, exclude: object = ()) -> None:  # noqa: ARG002 spaCy's
        """Save the gazetteer."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        content = gazetteer.to_table(self._finder.gazetteer)
        (folder / self._FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")

    def from_disk(
        self,
        path: str | Path,
        *,
        exclude: object = (),  # noqa: ARG002 spaCy's signature
    ) -> "GazetteerComponent":
        """Load the gazetteer."""
        content = json.loads((Path(path) / self._FILE).read_text("utf-8"))
        self.use(gazetteer.from_table(table(content)))
        return self


@Language.factory("stadtdraht_gazetteer")
def create_gazetteer(nlp: Language, name: str) -> GazetteerComponent:  # noqa: ARG001 spaCy's
    """Return the component, empty until `use` or `from_disk`."""
    return GazetteerComponent(Gazetteer())


def _drop_dates_inside(known: list[Entity], places: list[Entity]) -> None:
    """Forget days that are part of a street's name: Straße des 17. Juni, Nikolaus-Groß-Straße."""
    streets = [place for place in places if place.type == "street"]
    known[:] = [
        entity
        for entity in known
        if entity.type != "date"
        or not any(street.start <= entity.start < entity.end <= street.end for street in streets)
    ]


def _add(known: list[Entity], found: list[Entity]) -> None:
    """Add entities that do not lie across a number or date that is known already."""
    for entity in found:
        clash = any(
            other.start < entity.end
            and entity.start < other.end
            and (other.type in _EXCLUSIVE or entity.type in _EXCLUSIVE)
            for other in known
        )
        if not clash:
            known.append(entity)
