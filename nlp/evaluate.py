"""How good the heads are on sentences they have not seen: a table per intent and category."""

from collections.abc import Iterable

from nlp import train
from nlp.corpus import Example
from nlp.heads import Model
from nlp.train import Prepared

Pair = tuple[frozenset[str], frozenset[str]]


def report() -> str:
    """Fit without the held-out templates, score on them, and return the tables as text."""
    _, model, prepared = train.build()
    rows = prepared.rows(lambda example: example.held_out)
    intents = [
        (frozenset(prepared.examples[row].intents), _counting(model, prepared, row)) for row in rows
    ]
    categories = [
        (frozenset({category}), frozenset({_best_category(model, prepared, row)}))
        for row in rows
        if (category := _category(prepared.examples[row])) is not None
    ]
    return "\n".join(
        [
            f"model {model.name}",
            "",
            *_table("intents", intents),
            "",
            *_table("categories", categories),
        ]
    )


def _category(example: Example) -> str | None:
    return example.category


def _counting(model: Model, prepared: Prepared, row: int) -> frozenset[str]:
    """Return the intents that count: the first, and all at least .5 sure."""
    chances = model.intent_probabilities(prepared.features[row])
    best = max(chances, key=lambda name: chances[name])
    return frozenset({best, *(name for name, chance in chances.items() if chance >= 0.5)})


def _best_category(model: Model, prepared: Prepared, row: int) -> str:
    chances = model.category_probabilities(prepared.features[row])
    return max(chances, key=lambda name: chances[name])


def _table(title: str, pairs: list[Pair]) -> list[str]:
    labels = sorted({label for wanted, found in pairs for label in wanted | found})
    lines = [f"{title:24} {'precision':>9} {'recall':>9} {'F1':>9} {'texts':>6}"]
    scores = []
    for label in labels:
        precision, recall, harmonic = _scores([label], pairs)
        texts = sum(label in wanted for wanted, _ in pairs)
        if texts:
            scores.append(harmonic)
        lines.append(f"{label:24} {precision:9.3f} {recall:9.3f} {harmonic:9.3f} {texts:6d}")
    precision, recall, harmonic = _scores(labels, pairs)
    lines.append(f"{'micro':24} {precision:9.3f} {recall:9.3f} {harmonic:9.3f} {len(pairs):6d}")
    mean = sum(scores) / max(1, len(scores))
    lines.append(f"{'macro F1':24} {'':9} {'':9} {mean:9.3f}")
    return lines


def _scores(labels: Iterable[str], pairs: list[Pair]) -> tuple[float, float, float]:
    counted = frozenset(labels)
    right = sum(len(wanted & found & counted) for wanted, found in pairs)
    said = sum(len(found & counted) for _, found in pairs)
    meant = sum(len(wanted & counted) for wanted, _ in pairs)
    precision = right / said if said else 0.0
    recall = right / meant if meant else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0
