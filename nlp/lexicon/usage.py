"""Which entries of the lexicon fire on a text, and which never do."""

from collections import Counter
from collections.abc import Callable

from nlp import corpus, exams, lexicon
from nlp.corpus import variants
from nlp.folding import fold
from nlp.lexicon import Entry, Hit

_SEED = 1

Tell = Callable[[float], None]
"""Told which share is done, 0 to 1."""


def fired(text: str, language: str) -> list[tuple[Hit, str]]:
    """Return the hits in `text`, each with the words it was found in, in their order."""
    folded = fold(text)
    found = sorted(lexicon.load().find(folded, language), key=lambda hit: (hit.start, hit.end))
    return [(hit, text[slice(*folded.plain_span(hit.start, hit.end))]) for hit in found]


def uses(tell: Tell) -> dict[Entry, int]:
    """Return in how many sentences of the corpus and the frozen examinations each entry fires."""
    sentences = variants.expand(corpus.templates(), 1, _SEED)
    texts = [(example.text, example.language) for example in sentences]
    texts += [(case.text, case.language) for name in exams.FROZEN for case in exams.read(name)]
    counted: Counter[Entry] = Counter()
    for number, (text, language) in enumerate(texts, start=1):
        counted.update({hit.entry for hit in lexicon.load().find(fold(text), language)})
        tell(number / len(texts))
    return {entry: counted[entry] for entry in lexicon.load().entries}
