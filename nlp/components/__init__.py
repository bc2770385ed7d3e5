"""spaCy components of the pipeline; importing this package registers their factories."""

from spacy.language import Language

from nlp.components import content, heads, tokenizer

TOKENIZER = tokenizer.NAME
_MODULES = (content, heads, tokenizer)


def register() -> None:
    """Make sure that the factories are known; raises RuntimeError where one is missing."""
    if not Language.has_factory("stadtdraht_decide"):
        raise RuntimeError(f"the factories of {[module.__name__ for module in _MODULES]} are gone")
