"""The model that ranks the languages of a text, where words alone do not tell."""

import threading
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp import language

_LOCK = threading.Lock()


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*language.KNOWN, *language.OTHERS])
    return identifier


def warm_up() -> None:
    """Load the model now, so that the first message does not wait for it."""
    with _LOCK:
        _identifier()


def rank(text: str) -> dict[str, float]:
    """Return how likely each language is, 0 to 1."""
    with _LOCK:
        return dict(_identifier().rank(text))
