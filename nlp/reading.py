"""What the components of the pipeline have found in one text so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nlp.folding import Folded, fold
from nlp.lexicon import Hit
from nlp.types import Context, Decision, Entity, Evidence, Flag

ANALYSED = 4_000
LONGEST = 20_000


@dataclass(slots=True)
class Reading:
    """The blackboard of one text; offsets of entities and evidence refer to `text`."""

    text: str
    context: Context | None
    folded: Folded = field(default_factory=lambda: fold(""))
    language: str = "de"
    entities: list[Entity] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    intents: dict[str, float] = field(default_factory=dict)
    categories: dict[str, float] = field(default_factory=dict)
    alarm: float = 1.0  # how likely the sentence in which rules heard an emergency is one
    limits: Mapping[str, float] = field(default_factory=dict)
    ranked_intents: list[tuple[str, float]] = field(default_factory=list)
    ranked_categories: list[tuple[str, float]] = field(default_factory=list)
    decision: Decision = Decision.HAND_OVER
    besides: Decision | None = None
    model: str = ""

    def normalise(self) -> None:
        """Fold what is analysed of the text."""
        self.folded = fold(self.text[:ANALYSED])

    def has(self, *types: str) -> bool:
        """Tell whether an entity of one of these types was found."""
        return any(entity.type in types for entity in self.entities)

    def strong(self, target: str) -> bool:
        """Tell whether a lexicon stem, not negated, speaks for `target`."""
        return any(
            hit.target == target and hit.kind == "stems" and not hit.negated for hit in self.hits
        )

    def hinted(self, target: str) -> bool:
        """Tell whether a stem or a hint, not negated, speaks for `target`."""
        return any(
            hit.target == target and hit.kind != "not" and not hit.negated for hit in self.hits
        )

    def excluded(self, target: str) -> bool:
        """Tell whether an exclusion of `target` was found."""
        return any(hit.target == target and hit.kind == "not" for hit in self.hits)

    def negated(self, target: str) -> bool:
        """Tell whether `target` was named only to deny it."""
        own = [hit for hit in self.hits if hit.target == target and hit.kind == "stems"]
        return bool(own) and all(hit.negated for hit in own)
