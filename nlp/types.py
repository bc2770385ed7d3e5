"""The values of understanding: what goes in beside the text, and what comes out."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Decision(StrEnum):
    """What may be done with an understanding without a person looking at it."""

    ACT = "act"
    ASK = "ask"
    HAND_OVER = "hand_over"


class Flag(StrEnum):
    """What is marked beside the intents; whatever is flagged is also an intent."""

    EMERGENCY = "emergency"
    ABUSE = "abuse"
    SPAM = "spam"


OFFENCES = (Flag.ABUSE, Flag.SPAM)
"""The flags that are for moderation, the graver one first."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish of the message; `confidence` is calibrated, 0 to 1."""

    id: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Category:
    """A ticket category guess; `group` is the coarse class of `docs/taxonomy.md`."""

    id: str
    group: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch `text[start:end]` of the original message with its resolved value.

    `type` is one of market, weekday, date, date_range, time, district, street, house_number,
    crossing (beside its streets; the value is `A / B`), place, product, shop, ticket_number,
    booking_number, letter_number, phone, amount, postcode. A score below .5 is doubtful: named,
    but not where the matter is.
    `value` by type: date `2026-11-21`; date_range `2026-11-21/2026-11-22`; a recurrent day
    `weekly:SAT`; time `07:30`; market, district: the slug of the gazetteer; street: its canonical
    name; the rest: the text, tidied.
    """

    type: str
    text: str
    start: int
    end: int
    value: str
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why: `source` (lexicon, rule, gazetteer, model) found `text[start:end]` for `target`."""

    target: str
    source: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that was understood of one turn. `intents` and `category` are best first, never empty.

    `besides` is what may be done with another wish that stands beside an offence; None: there is
    none, or no offence. `negative` tells that it disapproves of something, or insults.
    """

    language: str
    intents: tuple[Intent, ...]
    category: tuple[Category, ...]
    entities: tuple[Entity, ...]
    decision: Decision
    flags: tuple[Flag, ...]
    evidence: tuple[Evidence, ...]
    model: str
    besides: Decision | None = None
    negative: bool = False

    @property
    def offence(self) -> Flag | None:
        """The offence of the turn, if any. In an emergency nobody's tone is judged."""
        if Flag.EMERGENCY in self.flags:
            return None
        return next((flag for flag in OFFENCES if flag in self.flags), None)

    @property
    def may_be_emergency(self) -> bool:
        """Whether one is doubted: a person looks, and nothing else happens by itself."""
        return Flag.EMERGENCY not in self.flags and self.wants("emergency")

    def without_offence(self) -> "Understanding":
        """Return what is left of it beside the offence: the wish, and what may be done with it."""
        others = tuple(found for found in self.intents if found.id not in OFFENCES)
        return replace(
            self,
            intents=others or (Intent("off_topic", 0.0),),
            decision=self.besides or Decision.HAND_OVER,
            flags=(),
        )

    @property
    def intent(self) -> str:
        """The primary intent."""
        return self.intents[0].id

    def wants(self, intent: str) -> bool:
        """Tell whether `intent` counts: it is first, or at least .5 sure (contract)."""
        return any(
            found.id == intent and (place == 0 or found.confidence >= 0.5)
            for place, found in enumerate(self.intents)
        )

    def first(self, *types: str) -> Entity | None:
        """Return the first entity of one of these types, in the order of the text.

        Doubtful ones (score below .5) do not count: a street where somebody only lives.
        """
        return next(
            (entity for entity in self.entities if entity.type in types and entity.score >= 0.5),
            None,
        )


@dataclass(frozen=True, slots=True)
class Name:
    """An entry of the gazetteer: `value` is what the entity's value becomes."""

    value: str
    label: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names of the city, fed from its database; an empty one is valid."""

    streets: tuple[Name, ...] = ()
    districts: tuple[Name, ...] = ()
    places: tuple[Name, ...] = ()
    markets: tuple[Name, ...] = ()
    shops: tuple[Name, ...] = ()
    products: tuple[Name, ...] = ()
    ticket_prefix: str = "LEV"


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained model as `nlp.heads.save` writes it: `meta.json` and `weights.npz`."""

    meta: bytes
    arrays: bytes


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What understanding knows of a city: its names and its model; None is the shipped one."""

    names: Gazetteer
    weights: Weights | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a message.

    `now` is the message's own time (aware); dates resolve against it in Europe/Berlin.
    `language` is the conversation's language, used where the text is too short to tell.
    """

    now: datetime
    language: str | None = None
