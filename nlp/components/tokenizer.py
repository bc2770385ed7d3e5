"""A bounded tokenizer, and how a Doc carries its Reading."""

import re
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from nlp.reading import ANALYSED, Reading

NAME = "stadtdraht_tokenizer.v1"
_KEY = "stadtdraht"
_PIECE = re.compile(r"\w{1,40}|\s{1,40}|[^\w\s]")


class PieceTokenizer:
    """Cuts a text into words, blanks and signs; linear in its length, whatever it contains."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return a Doc whose text is `text`, cut to what is analysed."""
        clean = text[:ANALYSED].encode("utf-8", "replace").decode("utf-8")
        words = _PIECE.findall(clean)
        return Doc(self.vocab, words=words, spaces=[False] * len(words))

    def to_disk(self, path: str | Path, *, exclude: object = ()) -> None:
        """Nothing to save."""

    def from_disk(
        self,
        path: str | Path,  # noqa: ARG002 spaCy's signature
        *,
        exclude: object = (),  # noqa: ARG002 spaCy's signature
    ) -> "PieceTokenizer":
        """Return the tokenizer: there is nothing to load."""
        return self


def create_tokenizer() -> object:
    """Return what makes the tokenizer for a pipeline."""

    def make(nlp: Language) -> PieceTokenizer:
        return PieceTokenizer(nlp.vocab)

    return make


registry.tokenizers.register(NAME, func=create_tokenizer)


def attach(doc: Doc, reading: Reading) -> Doc:
    """Give `doc` its reading."""
    doc.user_data[_KEY] = reading
    return doc


def reading_of(doc: Doc) -> Reading:
    """Return the reading of `doc`; a Doc made without one gets one without context."""
    found = doc.user_data.get(_KEY)
    if isinstance(found, Reading):
        return found
    reading = Reading(doc.text, None)
    doc.user_data[_KEY] = reading
    return reading
