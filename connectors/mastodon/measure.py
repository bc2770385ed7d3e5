"""How an instance counts a text, and how a name in it is kept from being an address; pure.

Source: `StatusLengthValidator` of Mastodon: graphemes; a link is 23, of `@name@host` only the
first half counts, and a content warning counts as well.
"""

import re

import regex

from connectors.text import graphemes

LINK = 23
_SHORTEST = 8  # characters of a link
# What is a link is decided there by a list of all endings of the world. Where we are not sure, the
# most that it can be counts, so that a text is rather cut too early than refused.
_ENDINGS = "de|eu|at|ch|com|org|net|info|gov|edu|berlin|hamburg|koeln|cologne|bayern|nrw|ruhr"
_ANY_LINK = re.compile(r"(?:https?|gemini|gopher|xmpp|magnet|dat|ipfs|ipns)://\S+", re.IGNORECASE)
_SURE_LINK = re.compile(
    rf"https?://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_ENDINGS})(?![\w:@-]|\.\w)"
    r"(?:/(?:[\w/.~%-]*[\w/])?)?(?:\?[\w=&.%-]*[\w=&])?",
    re.ASCII | re.IGNORECASE,
)
_SURE_BEFORE = frozenset(" \n\t(")
_NAME = r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?"
_FAR_NAME = re.compile(
    rf"(?<![=/\w@])(@{_NAME})@(?:[a-z0-9-]+\.)+[a-z]{{2,}}(?![\w@-]|\.\w)", re.IGNORECASE
)
_ADDRESSING = re.compile(r"(?<!\w)@(?=\w)")
_BREAKER = "\u2060"  # a word joiner: not to be seen, and no part of a name


def length(text: str) -> int:
    """Return how many characters of a status `text` takes at most."""
    counted = []
    end = 0
    for link in _ANY_LINK.finditer(text):
        counted += [_named(text[end : link.start()]), _counted(text, link)]
        end = link.end()
    return graphemes("".join([*counted, _named(text[end:])]))


def quiet(text: str) -> str:
    """Return `text` so that it addresses nobody: whoever a direct status names reads along."""
    return _ADDRESSING.sub(f"@{_BREAKER}", text)


def shortened(warning: str, most: int) -> str:
    """Return a content warning of at most `most` characters."""
    characters = regex.findall(r"\X", warning)
    if len(characters) <= most:
        return warning
    return f"{''.join(characters[: most - 1]).rstrip()}…" if most > 0 else ""


def _counted(text: str, link: re.Match[str]) -> str:
    before = text[link.start() - 1] if link.start() else " "
    sure = _SURE_LINK.match(link[0]) if before in _SURE_BEFORE else None
    if sure is not None:
        return "x" * LINK + link[0][sure.end() :]
    return link[0] + "x" * (LINK - _SHORTEST)


def _named(text: str) -> str:
    return _FAR_NAME.sub(r"\1", text)
