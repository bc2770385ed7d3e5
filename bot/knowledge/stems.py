"""Words of questions and articles as they are compared: folded, no fillers, stemmed. Pure."""

import re
from functools import lru_cache
from pathlib import Path
from threading import Lock

import snowballstemmer

from nlp.folding import fold_key

_STEMMER = snowballstemmer.stemmer("german")
_ALONE = Lock()  # it holds the word that it works on
_WORD = re.compile(r"[^\W\d_]{2,}")


def _listed(name: str) -> frozenset[str]:
    """Return the words of a list beside this file; a line that begins with # is none."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if line[:1] != "#" for word in line.split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a folded word."""
    with _ALONE:
        return str(_STEMMER.stemWord(word))


_FILLERS = _listed("fillers.txt")
ASKING = _listed("asking.txt")
"""Folded words by which somebody asks or wishes."""
ASPECTS = frozenset(map(stem, _listed("aspects.txt")))
"""Stems that tell what somebody wants to know of a thing, but not of which."""


def of(text: str) -> tuple[str, ...]:
    """Return the stems of the telling words of a text, each once, in their order."""
    words = _WORD.findall(fold_key(text))
    return tuple(dict.fromkeys(stem(word) for word in words if word not in _FILLERS))
