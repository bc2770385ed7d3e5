"""Numbers the heads see: hashed n-grams of letters, words and sounds, lexicon hits, plain facts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.folding import Folded
from nlp.lexicon import Hit
from nlp.sounds import sounds
from nlp.types import Entity

CHAR_BUCKETS = 1 << 17
WORD_BUCKETS = 1 << 15
SOUND_BUCKETS = 1 << 15
WORDS_END = CHAR_BUCKETS + WORD_BUCKETS
BUCKETS = WORDS_END + SOUND_BUCKETS
_SOUND = 0.7  # what the sounds of a text weigh beside its letters and words
LONGEST_SAMPLE = 1200
SIGNALS = ("defect", "question", "wish", "anger", "fixed", "first_person", "office", "own_matter")
_ENTITY_TYPES = (
    "street", "house_number", "market", "district", "place", "date", "date_range", "weekday",
    "time", "ticket_number", "booking_number", "letter_number", "amount", "product", "shop",
    "phone",
)  # fmt: skip
_LANGUAGES = ("de", "en", "tr", "uk")
_QUESTION_START = re.compile(
    r"\W*(?:wann|wo|wie|was|wer|welche\w*|wieso|warum|weshalb|gibt|ist|sind|hat|haben|kann|koennen"
    r"|darf|when|where|what|which|who|how|is|are|do|does|can|could)\b"
)


@dataclass(frozen=True, slots=True)
class Features:
    """One text: sparse n-gram buckets with their counts, and the dense part."""

    buckets: NDArray[np.int32]
    counts: NDArray[np.float32]
    dense: NDArray[np.float32]


def targets() -> tuple[str, ...]:
    """Return what lexicon hits are counted for, in fixed order."""
    return (
        *(f"intents:{name}" for name in taxonomy.intents()),
        *(f"categories:{name}" for name in taxonomy.categories()),
        *(f"signals:{name}" for name in SIGNALS),
    )


def dense_size() -> int:
    """Return the length of the dense part."""
    return 4 * len(targets()) + len(_ENTITY_TYPES) + len(_LANGUAGES) + 8


def extract(
    folded: Folded, hits: Iterable[Hit], entities: Iterable[Entity], language: str
) -> Features:
    """Return the features of one text."""
    buckets, counts = ngrams(folded.plain[:LONGEST_SAMPLE])
    return Features(buckets, counts, _dense(folded, hits, entities, language))


def _dense(
    folded: Folded, hits: Iterable[Hit], entities: Iterable[Entity], language: str
) -> NDArray[np.float32]:
    names = targets()
    place = {name: number for number, name in enumerate(names)}
    table = np.zeros((4, len(names)), dtype=np.float32)
    for hit in hits:
        column = place.get(hit.target)
        if column is None:
            continue
        if hit.kind == "not":
            table[3, column] = 1.0
        elif hit.negated:
            table[2, column] = 1.0
        else:
            table[0 if hit.kind == "stems" else 1, column] += 1.0
    table[:2] = np.sqrt(np.minimum(table[:2], 4.0))
    types = {entity.type for entity in entities}
    words = folded.plain.count(" ") - 1
    facts = [
        *(float(name in types) for name in _ENTITY_TYPES),
        *(float(language == name) for name in _LANGUAGES),
        float("?" in folded.text),
        float(_QUESTION_START.match(folded.text) is not None),
        float("!" in folded.text),
        float(words <= 2),
        float(words <= 5),
        float(words >= 15),
        float(words >= 40),
        1.0,
    ]
    return np.concatenate([table.ravel(), np.array(facts, dtype=np.float32)])


def weigh(features: Features, idf: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return what each bucket weighs: letters and words are a vector of length 1 each."""
    weights = features.counts * idf[features.buckets]
    words, heard = np.searchsorted(features.buckets, (CHAR_BUCKETS, WORDS_END))
    letters, spelt, sound = weights[:words], weights[words:heard], weights[heard:]
    parts = [_unit(letters), _unit(spelt), _SOUND * _unit(sound)]
    return np.concatenate(parts).astype(np.float32)


def _unit(weights: NDArray[np.floating]) -> NDArray[np.floating]:
    length = float(np.sqrt(np.square(weights).sum()))
    return weights / length if length > 0.0 else weights


def ngrams(plain: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the hashed buckets of char 2-5-grams, word 1-2-grams and sounds, counted sublinearly.

    They are in ascending order.
    """
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    parts = []
    rolling = codes * np.uint64(0x9E3779B1)
    for size in range(2, 6):
        if len(codes) < size:
            break
        rolling = rolling[:-1] * np.uint64(0x01000193) + codes[size - 1 :] * np.uint64(0x9E3779B1)
        parts.append(_bucket(rolling + np.uint64(size * 7919), CHAR_BUCKETS))
    words = _hashes(plain)
    if len(words):
        parts.append(_bucket(words, WORD_BUCKETS) + CHAR_BUCKETS)
        parts.append(_bucket(_hashes(sounds(plain)), SOUND_BUCKETS) + WORDS_END)
    if len(words) > 1:
        pairs = words[:-1] * np.uint64(0x01000193) + words[1:]
        parts.append(_bucket(pairs, WORD_BUCKETS) + CHAR_BUCKETS)
    if not parts:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    unique, counts = np.unique(np.concatenate(parts), return_counts=True)
    return unique.astype(np.int32), (1.0 + np.log(counts)).astype(np.float32)


def _hashes(text: str) -> NDArray[np.uint64]:
    return np.array([_word_hash(word) for word in text.split()], dtype=np.uint64)


_MASK = (1 << 64) - 1


def _word_hash(word: str) -> int:
    value = 0xCBF29CE484222325
    for byte in word.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


def _bucket(hashes: NDArray[np.uint64], size: int) -> NDArray[np.int64]:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return ((mixed >> np.uint64(20)) % np.uint64(size)).astype(np.int64)
