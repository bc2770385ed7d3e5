"""What is kept from a fit to be judged by: voices, and templates."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.corpus import Example

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Split:
    """A fit that does not see the examples that it holds: of some voices, or of some templates."""

    voices: frozenset[str]

    @property
    def name(self) -> str:
        """Which examples it holds."""
        return ", ".join(sorted(self.voices)) or "templates"

    def holds(self, example: Example) -> bool:
        """Tell whether `example` is judged by and not learned from."""
        return example.voice in self.voices if self.voices else example.held_out


BY_TEMPLATE = Split(frozenset())


def by_voice(examples: Sequence[Example]) -> list[Split]:
    """Return splits of about the same size; each voice that may be judged by is in one of them.

    A language's only voice, or by far its largest, is in none: without it there would be no fair
    model of that language.
    """
    sizes = Counter(example.voice for example in examples)
    languages = Counter(example.language for example in examples)
    spoken = {example.voice: example.language for example in examples}
    folds: dict[int, list[str]] = defaultdict(list)
    for voice, size in sizes.most_common():
        if 2 * size <= languages[spoken[voice]]:
            lightest = min(
                range(FOLDS), key=lambda fold: sum(sizes[other] for other in folds[fold])
            )
            folds[lightest].append(voice)
    return [Split(frozenset(voices)) for voices in folds.values() if voices]
