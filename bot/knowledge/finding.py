"""Finding the articles that answer a question. In memory and pure.

A question is taken sentence by sentence. Each of its telling words is looked up among the words of
the articles: by stem, as part of a compound, or as a likely misspelling. It weighs the more the
fewer articles have it, and much where none has it: so it shows that nobody has written the answer
yet. The score of an article is the share of that weight which it covers, and how well one of its
titles or example questions fits the whole; 0 to 1.
"""

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import fuzz, process

from bot.knowledge import stems
from bot.knowledge.rules import ArticleFacts
from nlp.folding import fold_key

ANSWERS = 0.6
"""From this score an article answers by itself; `docs/knowledge.md` tells how it was measured."""
ASKS = 0.45
"""From here it is worth asking whether it is meant."""
CLOSE = 0.08
"""Two that differ by less are about equally good."""

_SUBJECT, _ONCE, _BODY = 1.0, 0.85, 0.6  # how much a word says of its article
_INSIDE, _AROUND = 0.8, 0.3  # a word inside a longer one of the article's, or the reverse
_MISSPELT, _ALIKE = 0.9, 86.0
_SHORTEST_PART, _SHORTEST_MISSPELT, _SHORTEST_COMPOUND = 4, 6, 7
_UNKNOWN, _ASPECT = 0.75, 0.25  # weights of words that no article has, and of mere aspects
_FITTING = 0.25  # the part of the score that a fitting example gives
_SIDE_WORD = 0.75  # what is left of a score that rests on one word beside the subject
_MOST_ASKED = 3
_FEW = 20  # articles: where there are less, a word is as rare as among so many
_LEAST = 0.15  # a smaller part of a question is not looked at
_LONGEST = 2000  # characters of a question that are read
_MOST_WORDS, _MOST_PIECES = 40, 24  # telling words of a sentence, sentences and clauses
_SENTENCE = re.compile(r"[.!?;\n]+")
_EXAMPLE = re.compile(r"[,?\n]+")
_BRIEF = 4  # words
_JOINTS = ("", "s", "n", "e", "en", "er", "es")


@dataclass(frozen=True, slots=True)
class Found:
    """An article and how well it answers, 0 to 1."""

    article: ArticleFacts
    score: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What a question may be about: one article for sure, a few, or (empty) none."""

    likely: tuple[ArticleFacts, ...]
    is_sure: bool = False


class Finder:
    """Finds among `articles`. The name of the `city` tells nothing: everything is about it."""

    def __init__(self, articles: Sequence[ArticleFacts] = (), *, city: str = "") -> None:
        self.articles = tuple(articles)
        self.city = city
        self._ignored = frozenset(stems.of(city))
        self._words = _Words(self.articles)

    def choose(self, question: str, among: Collection[ArticleFacts]) -> Choice:
        """Return what to do with a question: a wrong article is worse than none.

        Who does not ask but tells ("Der Sperrmüll wurde nicht abgeholt") may mean something else.
        """
        found = self.find(question, among)
        best = found[0].score if found else 0.0
        if best < ASKS:
            return Choice(())
        close = tuple(one.article for one in found if best - one.score < CLOSE)
        is_sure = len(close) == 1 and best >= ANSWERS and _asks(question)
        return Choice(close[:_MOST_ASKED], is_sure)

    def find(self, question: str, among: Collection[ArticleFacts]) -> list[Found]:
        """Return what may answer, best first."""
        slugs = {article.slug for article in among}
        best: dict[int, float] = {}
        for words in islice(self._pieces(question[:_LONGEST]), _MOST_PIECES):
            for place, score in self._words.scores(words).items():
                best[place] = max(score, best.get(place, 0.0))
        found = [Found(self.articles[place], score) for place, score in best.items()]
        found = [one for one in found if one.article.slug in slugs]
        return sorted(found, key=lambda one: (-one.score, one.article.slug))

    def _pieces(self, question: str) -> Iterable[tuple[str, ...]]:
        """Yield the telling words of every sentence, and of clauses that say enough alone."""
        for sentence in _SENTENCE.split(question):
            yield self._telling(sentence)
            clauses = sentence.split(",")
            for clause in clauses if len(clauses) > 1 else ():
                words = self._telling(clause)
                if len(set(words) - stems.ASPECTS) > 1:
                    yield words

    def _telling(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in self._words.parted(text) if word not in self._ignored)


class _Words:
    """The words of all articles, and what they say of which."""

    def __init__(self, articles: Sequence[ArticleFacts]) -> None:
        self._count = max(len(articles), _FEW)
        self._strength: dict[str, dict[int, float]] = defaultdict(dict)
        self._passages: list[list[frozenset[str]]] = []
        for place, article in enumerate(articles):
            self._read(place, article)
        self._all = sorted(self._strength)
        self._backwards = sorted(word[::-1] for word in self._all)

    def _read(self, place: int, article: ArticleFacts) -> None:
        wordings = article.wordings.values()
        titles = [frozenset(stems.of(wording.title)) for wording in wordings]
        lines = [line for wording in wordings for line in wording.questions.splitlines()]
        examples = [stems.of(piece) for line in lines for piece in _EXAMPLE.split(line)]
        self._passages.append([*titles, *map(frozenset, filter(None, examples))])
        for wording in wordings:
            for word in stems.of(wording.body):
                self._strength[word][place] = _BODY
        for word, times in Counter(word for line in lines for word in stems.of(line)).items():
            self._strength[word][place] = _SUBJECT if times > 1 else _ONCE
        for word in frozenset().union(*titles):
            self._strength[word][place] = _SUBJECT

    def parted(self, text: str) -> tuple[str, ...]:
        """Return the telling words of a text, unknown compounds in their parts."""
        parts = (part for word in stems.of(text) for part in self._parts(word))
        return tuple(dict.fromkeys(parts))

    def _parts(self, word: str) -> tuple[str, ...]:
        """Return the two known words that make up an unknown one, else itself."""
        if word in self._strength or len(word) < _SHORTEST_COMPOUND:
            return (word,)
        for cut in range(len(word) - 3, 2, -1):  # the longest beginning first
            tail = stems.stem(word[cut:])
            if tail not in self._strength and tail not in stems.ASPECTS:
                continue
            for joint in _JOINTS:
                head = stems.stem(word[:cut].removesuffix(joint))
                if max(len(head), len(tail)) >= _SHORTEST_PART and self._is_beginning(head):
                    return head, tail
        return (word,)

    def _is_beginning(self, head: str) -> bool:
        known = head in self._strength
        return known or (len(head) >= _SHORTEST_PART and bool(_led_by(self._all, head)))

    def scores(self, words: Collection[str]) -> dict[int, float]:
        """Return the score of each article that has much of a question's telling words."""
        words = tuple(words)[:_MOST_WORDS]
        if set(words) <= stems.ASPECTS:
            return {}
        same = {word: self._same(word) for word in words}
        shares = {word: self._shares(same[word]) for word in words}
        weights = {word: self._weight(word, shares[word]) for word in words}
        whole = sum(weights.values())
        telling = [word for word in words if word not in stems.ASPECTS]
        scores = {}
        for place in {place for word in telling for place in shares[word]}:
            covered = sum(weights[word] * shares[word].get(place, 0.0) for word in words) / whole
            if covered < _LEAST:
                continue
            fitting = max(self._fit(one, same, weights) for one in self._passages[place])
            score = (1 - _FITTING) * covered + _FITTING * fitting
            held = [word for word in telling if place in shares[word]]
            is_subject = len(held) > 1 or self._is_subject(same[held[0]], place)
            scores[place] = score if is_subject else score * _SIDE_WORD
        return scores

    def _same(self, word: str) -> Mapping[str, float]:
        """Return the words of the articles that may be the same, with how much they are."""
        same: dict[str, float] = {}
        if len(word) >= _SHORTEST_PART:
            around = [*_led_by(self._all, word)]
            around += [other[::-1] for other in _led_by(self._backwards, word[::-1])]
            same.update(dict.fromkeys(around, _INSIDE))
        for cut in range(_SHORTEST_PART + 1, len(word)):
            for part in (word[:cut], word[-cut:]):
                if part in self._strength:
                    same.setdefault(part, _AROUND)
        if len(word) >= _SHORTEST_MISSPELT and word not in self._strength:
            alike = process.extract(
                word, self._all, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5
            )
            same.update({other: _MISSPELT for other, *_ in alike})
        if word in self._strength:
            same[word] = 1.0
        return same

    def _shares(self, same: Mapping[str, float]) -> Mapping[int, float]:
        shares: dict[int, float] = {}
        for word, likeness in same.items():
            for place, strength in self._strength[word].items():
                shares[place] = max(likeness * strength, shares.get(place, 0.0))
        return shares

    def _weight(self, word: str, shares: Mapping[int, float]) -> float:
        """Return how much a word tells: 1 in one article only, less the more have it."""
        holders = sum(share >= _INSIDE * _ONCE for share in shares.values())
        weight = self._rarity(holders) if holders else _UNKNOWN
        return min(weight, _ASPECT) if word in stems.ASPECTS else weight

    def _rarity(self, holders: int) -> float:
        rare = math.log(1 + (self._count - holders + 0.5) / (holders + 0.5))
        return rare / math.log(1 + (self._count + 0.5) / 0.5)

    def _fit(
        self,
        passage: frozenset[str],
        same: Mapping[str, Mapping[str, float]],
        weights: Mapping[str, float],
    ) -> float:
        """Return how alike a passage and the question are (Dice)."""
        both = sum(
            weight * max((same[word].get(other, 0.0) for other in passage), default=0.0)
            for word, weight in weights.items()
        )
        own = sum(self._own_weight(word) for word in passage)
        return min(1.0, 2 * both / (sum(weights.values()) + own))

    def _own_weight(self, word: str) -> float:
        rare = self._rarity(len(self._strength[word]))
        return min(rare, _ASPECT) if word in stems.ASPECTS else rare

    def _is_subject(self, same: Mapping[str, float], place: int) -> bool:
        return any(
            self._strength[word].get(place) == _SUBJECT
            for word, likeness in same.items()
            if likeness > _AROUND
        )


def _asks(text: str) -> bool:
    """Tell whether somebody asks or wishes, or throws down a few words as into a search box."""
    words = fold_key(text).split()
    return "?" in text or len(words) <= _BRIEF or not stems.ASKING.isdisjoint(words)


def _led_by(ordered: Sequence[str], beginning: str) -> list[str]:
    """Return the words of an ordered list that begin so and go on."""
    found = []
    for word in ordered[bisect_left(ordered, beginning) :]:
        if not word.startswith(beginning):
            break
        if word != beginning:
            found.append(word)
    return found
