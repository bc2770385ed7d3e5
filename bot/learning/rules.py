"""How much a turn is worth a person's look, and what a message can mean. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp import taxonomy
from nlp.types import Category, Intent, Understanding

NEEDED = 20  # judgements before training is worth it
WORTH_ASKING = 0.1  # of doubt; what the model is surer of fills no list
COUNTS = 0.5  # from here on a further intent counts (contract)
WITH_CATEGORY = frozenset({"report_defect", "complaint", "suggestion"})
"""The intents whose category matters: offices and tickets follow from it."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message wants: its intents, the first one first, and its category if one matters."""

    intents: tuple[str, ...]
    category: str | None

    @property
    def is_known(self) -> bool:
        """Whether there are such intents and such a category."""
        return (
            0 < len(self.intents) == len(set(self.intents))
            and set(self.intents) <= set(taxonomy.intents())
            and (self.category is None or self.category in taxonomy.categories())
        )


def meaning(intents: Sequence[Intent], categories: Sequence[Category]) -> Meaning:
    """Return what was understood: the intents that count, and the category where one matters."""
    counting = tuple(
        found.id for place, found in enumerate(intents) if not place or found.confidence >= COUNTS
    )
    has_category = WITH_CATEGORY & set(counting) and categories
    return Meaning(counting, categories[0].id if has_category else None)


def doubt(understood: Understanding) -> float | None:
    """Return how unsure the model is, 0 to 1; None where nobody needs to be asked.

    It is the least sure of what counts: the first intent, and the category where one matters.
    """
    if understood.model == "none":  # the rules alone: the model has said nothing
        return None
    sure = [understood.intents[0].confidence]
    if understood.intents[0].id in WITH_CATEGORY:
        sure.append(understood.category[0].confidence)
    found = 1.0 - min(sure)
    return round(found, 4) if found > WORTH_ASKING else None
