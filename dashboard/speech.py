"""A sentence in the language of the page: German in the code, English in the catalogue."""

from functools import cache

from dashboard.render import Texts


@cache
def _texts(language: str) -> Texts:
    return Texts(language)


def say(language: str, text: str, **fields: object) -> str:
    """Return `text` in the page's language, filled."""
    found = _texts(language).gettext(text)
    return found % fields if fields else found
