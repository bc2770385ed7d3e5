"""What must not be said in public, and where a text says it. Pure.

In doubt a text is stopped: a person can word it anew, a published telephone number cannot be taken
back. Texts with a name of a household word, or of a street, are the exception: see `people`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.guard import folding, people, quotes, telephone
from bot.guard.folding import Folded, Span


class Kind(StrEnum):
    """What a public text must not hold."""

    LINK = "link"  # the secret address of a ticket, or the code that opens it
    EMAIL = "email"
    IBAN = "iban"
    PHONE = "phone"
    NAME = "name"
    TICKET = "ticket"  # what somebody told us, or what we noted about it


@dataclass(frozen=True, slots=True)
class Finding:
    """A place in the text that must not be said; `words` is what stands there."""

    kind: Kind
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a conversation's public texts could give away.

    `names` of its people, `texts` and `places` of their tickets, `keys` that open these, and
    the `emails` and `phones` of who reported them.
    """

    names: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Published:
    """What the city says itself.

    `fixed` passages pass as they are; telephone numbers and addresses that stand in `contacts`
    pass; `names` are of places and offices, and no person's.
    """

    fixed: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_AT = r"\s?(?:@|[(\[{<]\s?at\s?[)\]}>])\s?"
_DOT = r"(?:\.|\s?[(\[{<]\s?(?:dot|punkt|\.)\s?[)\]}>]\s?)"
_EMAIL = re.compile(  # "@name@host" is an account of the Fediverse, and public
    rf"(?<![\w.+%\-])(?<!(?<!\w)@)(?:[\w.+%\-]*\w{_AT}\w[\w\-]*(?:{_DOT}\w[\w\-]*)+"
    r"|[\w.+\-]+\sat\s[\w\-]+\s(?:dot|punkt)\s\w+)",
    re.IGNORECASE,
)
_SLASH = r"(?:/|\\|\u2044|\u2215|&#0*47;|&#x0*2f;|&sol;|%(?:25)*2f)"
_LINK = re.compile(rf"{_SLASH}{{1,3}}(?:t|%(?:25)*[57]4){_SLASH}{{1,3}}[\w%\-]+", re.IGNORECASE)
_HOST = re.compile(r"[\w.:/%\-]*$")
_LONGEST_HOST = 260

Search = Callable[[Folded, str, Secrets], Iterable[Span]]
# In this order; what one has found the next ones do not see.
_SEARCHES: tuple[tuple[Kind, Search], ...] = (
    (Kind.LINK, lambda folded, _, secrets: [*_links(folded), *_keys(folded, secrets.keys)]),
    (
        Kind.EMAIL,
        lambda folded, _, secrets: [*_spans(_EMAIL, folded), *_keys(folded, secrets.emails)],
    ),
    (Kind.IBAN, lambda folded, *_: telephone.ibans(folded.text)),
    (
        Kind.PHONE,
        lambda folded, _, secrets: [
            *telephone.telephones(folded.text),
            *telephone.occurrences(folded.text, secrets.phones),
        ],
    ),
    (Kind.NAME, lambda folded, text, secrets: people.names(folded, text, secrets.names)),
    (Kind.TICKET, lambda folded, _, secrets: quotes.quoted(folded, secrets.texts, secrets.places)),
)
_NEVER_PUBLISHED = frozenset({Kind.LINK})


def findings(text: str, secrets: Secrets, published: Published) -> tuple[Finding, ...]:
    """Return what `text` must not say in public, from left to right."""
    folded = folding.fold(text)
    folded = folded.masked(_passages(folded, published.fixed))
    ours = list(_passages(folded, published.names, whole_words=True))
    found: list[Finding] = []
    for kind, search in _SEARCHES:
        if kind is Kind.EMAIL:  # a link is one whoever has published it
            folded = folded.masked(_contacts(folded, published))
        spans = [
            span
            for span in _merged(search(folded, text, secrets))
            if kind not in {Kind.NAME, Kind.TICKET} or not _inside(span, ours)
        ]
        folded = folded.masked(spans)
        for span in spans:
            start, end = folded.origin(span)
            found.append(Finding(kind, start, end, text[start:end]))
    return tuple(sorted(found, key=lambda one: one.start))


def fixed_part(text: str, fixed: Sequence[str]) -> str:
    """Return only the `fixed` passages of a text, in their order; "" where it has none."""
    held = [(text.find(passage), passage) for passage in fixed if passage and passage in text]
    return "\n".join(passage for _, passage in sorted(held))


def _contacts(folded: Folded, published: Published) -> Iterable[Span]:
    """Return where the text says what the city has published."""
    texts = [folding.fold(one).text for one in published.contacts]
    addresses = {found.group().casefold() for text in texts for found in _EMAIL.finditer(text)}
    numbers = {text[slice(*span)] for text in texts for span in telephone.telephones(text)}
    numbers |= {text for text in texts if not re.search(r"[^\W\d_]", text)}
    accounts = {text[slice(*span)] for text in texts for span in telephone.ibans(text)}
    spans = [
        found.span()
        for found in _EMAIL.finditer(folded.text)
        if found.group().casefold() in addresses
    ]
    spans += telephone.occurrences(folded.text, sorted(numbers))
    known = {_bare(account) for account in accounts}
    spans += (
        span for span in telephone.ibans(folded.text) if _bare(folded.text[slice(*span)]) in known
    )
    return spans


def _bare(account: str) -> str:
    return "".join(filter(str.isalnum, account)).upper()


def _passages(
    folded: Folded, passages: Iterable[str], *, whole_words: bool = False
) -> Iterable[Span]:
    edge = r"\b" if whole_words else ""
    for passage in passages:
        wanted = folding.fold(passage.strip()).text
        if wanted:
            flags = re.IGNORECASE if whole_words else 0
            pattern = rf"{edge}{re.escape(wanted)}{edge}"
            yield from (found.span() for found in re.finditer(pattern, folded.text, flags))


def _links(folded: Folded) -> Iterable[Span]:
    """Return the secret addresses, with the host that stands before them."""
    for found in _LINK.finditer(folded.text):
        before = folded.text[max(found.start() - _LONGEST_HOST, 0) : found.start()]
        host = _HOST.search(before)
        yield found.start() - len(host.group() if host else ""), found.end()


def _keys(folded: Folded, keys: Iterable[str]) -> Iterable[Span]:
    for key in keys:
        spelled = r"[\s\-.]?".join(map(re.escape, folding.fold(key).text))
        pattern = rf"(?<!\w){spelled}(?!\w)"
        yield from (found.span() for found in re.finditer(pattern, folded.text, re.IGNORECASE))


def _spans(pattern: re.Pattern[str], folded: Folded) -> Iterable[Span]:
    return (found.span() for found in pattern.finditer(folded.text))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _inside(span: Span, others: Iterable[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)
