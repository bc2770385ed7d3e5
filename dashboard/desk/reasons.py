"""Why a message was understood as it was, in people's words, and what else it may have meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.learning.queries import Turn
from bot.learning.rules import WITH_CATEGORY, Meaning
from bot.offices import queries as offices
from dashboard.desk.words import FORMER, Words
from nlp.types import Decision, Evidence

SURENESS: Sequence[tuple[float, str]] = (
    (0.9, "sicher"),
    (0.6, "wahrscheinlich"),
    (0.3, "möglich"),
    (0.0, "unwahrscheinlich"),
)
SPEAKS_FOR: Mapping[str, str] = {
    "defect": "Schaden",
    "question": "Frage",
    "wish": "Wunsch",
    "anger": "Ärger",
    "fixed": "schon behoben",
    "first_person": "spricht von sich",
    "office": "Verwaltung",
    "own_matter": "eigene Angelegenheit",
    "street": "Straße",
    "house_number": "Hausnummer",
    "crossing": "Kreuzung",
    "district": "Stadtteil",
    "place": "Ort",
    "market": "Markt",
    "shop": "Laden",
    "product": "Ware",
}
DECISIONS: Mapping[str, str] = {
    Decision.ACT: "selbst beantwortet",
    Decision.ASK: "nachgefragt",
    Decision.HAND_OVER: "an einen Menschen übergeben",
}
NO_CATEGORY = "ohne Kategorie"
_CATEGORIES = 3  # guesses that are shown
_CHIPS = 4  # other meanings that are offered


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess with how sure the model was of it: in a word, and in whole percent."""

    label: str
    sure: str
    percent: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text; a marked one speaks for something."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """What the text says that speaks for something."""

    label: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """A meaning that one press says; `values` are what the form sends."""

    label: str
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a colleague has said of it; `agreed`: that it was right."""

    label: str
    agreed: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reasons:
    """Everything that `desk/_why.html` needs; `seen` is which wording this is."""

    address: str
    seen: str
    pieces: Sequence[Piece]
    intents: Sequence[Guess]
    categories: Sequence[Guess]
    reasons: Sequence[Reason]
    decision: str
    model: str
    said: Chip
    others: Sequence[Chip]
    verdict: Verdict | None


class Labels:
    """The names of intents and of the city's categories, in one language."""

    def __init__(self, session: Session, words: Words) -> None:
        self.words = words
        self.categories = {one.id: one.label(words.language) for one in offices.categories(session)}

    def category(self, code: str) -> str:
        """Return a category's name; one that the city does not have keeps its id."""
        return self.categories.get(code, code)

    def meaning(self, meant: Meaning) -> str:
        """Return a meaning in a line: Mangel melden, Gruß: Straßenlaterne."""
        intents = ", ".join(map(self.words.intent, meant.intents))
        return f"{intents}: {self.category(meant.category)}" if meant.category else intents

    def evidence(self, target: str) -> str:
        """Return what a piece of evidence speaks for."""
        code = target.partition(":")[0]
        if code in self.categories:
            return self.categories[code]
        if code in SPEAKS_FOR:
            return self.words.say(SPEAKS_FOR[code])
        return self.words.intent(code)


def of(turn: Turn, labels: Labels) -> Reasons:
    """Return why a turn was understood so."""
    words = labels.words
    found = [one for one in turn.evidence if turn.text[one.start : one.end] == one.text]
    said = turn.said
    has_category = bool(WITH_CATEGORY & set(said.intents))
    return Reasons(
        address=address(turn.conversation_id, turn.message_id),
        seen=turn.wording,
        pieces=_pieces(turn.text, found),
        intents=[_guess(words.intent(one.id), one.confidence, words) for one in turn.intents],
        categories=[
            _guess(labels.category(one.id), one.confidence, words)
            for one in turn.categories[: _CATEGORIES if has_category else 0]
        ],
        reasons=_reasons(turn.evidence, labels),
        decision=words.say(DECISIONS[turn.decision]) if turn.decision in DECISIONS else "",
        model=turn.model,
        said=_chip(said, labels),
        others=[_chip(one, labels) for one in _others(turn)],
        verdict=_verdict(turn, labels),
    )


def address(conversation_id: int, message_id: int) -> str:
    """Return where a turn is judged."""
    return f"/desk/conversations/{conversation_id}/messages/{message_id}/meaning"


def _guess(label: str, confidence: float, words: Words) -> Guess:
    sure = next(word for least, word in SURENESS if confidence >= least)
    return Guess(label, words.say(sure), round(100 * confidence))


def _pieces(text: str, evidence: Sequence[Evidence]) -> list[Piece]:
    """Cut the text where marks begin and end; what overlaps is one mark."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in _merged(evidence):
        pieces += [Piece(text[end:start], marked=False), Piece(text[start:stop], marked=True)]
        end = stop
    return [piece for piece in (*pieces, Piece(text[end:], marked=False)) if piece.text]


def _merged(evidence: Sequence[Evidence]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((one.start, one.end) for one in evidence):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _reasons(evidence: Sequence[Evidence], labels: Labels) -> list[Reason]:
    """Return the words for each thing that they speak for; those inside longer ones say no more."""
    found: dict[str, list[Evidence]] = {}
    for one in evidence:
        found.setdefault(labels.evidence(one.target), []).append(one)
    return [
        Reason(label, tuple(dict.fromkeys(one.text for one in some if not _is_inside(one, some))))
        for label, some in found.items()
    ]


def _is_inside(one: Evidence, others: Sequence[Evidence]) -> bool:
    length = one.end - one.start
    return any(
        other.start <= one.start and one.end <= other.end and length < other.end - other.start
        for other in others
    )


def _others(turn: Turn) -> list[Meaning]:
    """Return what it may have meant instead, the likelier first."""
    said = turn.said
    others: list[Meaning] = []
    if said.category:
        others += [Meaning(said.intents, one.id) for one in turn.categories[1:_CATEGORIES]]
    for one in turn.intents:
        category = turn.categories[0].id if one.id in WITH_CATEGORY else None
        others.append(Meaning((one.id,), category))
    return [one for one in dict.fromkeys(others) if one != said][:_CHIPS]


def _chip(meant: Meaning, labels: Labels) -> Chip:
    values = [("intents", intent) for intent in meant.intents]
    if meant.category:
        values.append(("category", meant.category))
    return Chip(labels.meaning(meant), values)


def _verdict(turn: Turn, labels: Labels) -> Verdict | None:
    judged = turn.judged
    if judged is None:
        return None
    by = judged.by or labels.words.say(FORMER)
    return Verdict(labels.meaning(judged.meaning), judged.meaning == turn.said, by, judged.at)
