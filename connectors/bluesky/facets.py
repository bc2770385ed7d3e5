"""Facets: what stands behind a stretch of a text, counted in bytes (app.bsky.richtext.facet)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.shapes import Object, at, identifier, listing, number, obj, text

_LINK = "app.bsky.richtext.facet#link"
_MENTION = "app.bsky.richtext.facet#mention"
_URL = re.compile(r"https?://[^\s<>\"]+")
_TRAILING = ".,;:!?'»“”…"
_HANDLE = re.compile(r"(?<![\w@.])@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_AFTER_NAME = re.compile(r"[\s:,]*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text in bytes, and the link or the account behind it."""

    start: int
    end: int
    link: str | None = None
    mention: str | None = None


def stretches(record: Object) -> list[Stretch]:
    """Return the facets of a post in their order, those that fit its text; none overlap."""
    content = (text(record.get("text")) or "").encode()
    found: list[Stretch] = []
    end = 0
    for one in sorted(_read(record), key=lambda stretch: stretch.start):
        if end <= one.start < one.end <= len(content) and _is_whole(content, one):
            found.append(one)
            end = one.end
    return found


def readable(record: Object, me: str) -> str:
    """Return the text with whole links, without our own name in front of it."""
    content = (text(record.get("text")) or "").encode()
    pieces: list[str] = []
    place = 0
    for one in stretches(record):
        before = content[place : one.start].decode()
        said = content[one.start : one.end].decode()
        pieces.append(before)
        place = one.end
        is_in_front = not "".join(pieces).strip()
        if one.mention == me and is_in_front:
            pieces.clear()
            place += len(_after(content[place:]))
        else:
            pieces.append(one.link or said)
    return "".join([*pieces, content[place:].decode()])


def mentions(record: Object, did: str) -> bool:
    """Tell whether a post mentions an account."""
    return any(one.mention == did for one in stretches(record))


def written(said: str, people: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the facets of a text of ours: its links, and those whose handles are in `people`.

    `people` are accounts (DIDs) by their handle.
    """
    found = []
    for link in _URL.finditer(said):
        url = _without_end(link[0])
        found.append(_facet(said, link.start(), url, {"$type": _LINK, "uri": url}))
    for name in _HANDLE.finditer(said):
        handle = name[1]
        if did := people.get(handle.lower()):
            feature = {"$type": _MENTION, "did": did}
            found.append(_facet(said, name.start(), name[0], feature))
    return found


def _facet(said: str, start: int, piece: str, feature: Object) -> dict[str, object]:
    before = len(said[:start].encode())
    index = {"byteStart": before, "byteEnd": before + len(piece.encode())}
    return {"index": index, "features": [feature]}


def _without_end(url: str) -> str:
    """Return a link without the punctuation of the sentence around it."""
    while url and (url[-1] in _TRAILING or (url[-1] == ")" and "(" not in url)):
        url = url[:-1]
    return url


def _read(record: Object) -> Iterator[Stretch]:
    for facet in listing(record.get("facets")):
        start, end = number(at(facet, "index", "byteStart")), number(at(facet, "index", "byteEnd"))
        if start is None or end is None:
            continue
        features = [obj(one) for one in listing(at(facet, "features"))]
        link = next((text(one.get("uri")) for one in features if one.get("$type") == _LINK), None)
        who = (identifier(one.get("did")) for one in features if one.get("$type") == _MENTION)
        mention = next(who, None)
        if link or mention:
            yield Stretch(start, end, link, mention)


def _is_whole(content: bytes, stretch: Stretch) -> bool:
    """Tell whether neither end lies inside a character."""
    return not any(
        place < len(content) and content[place] & 0xC0 == 0x80
        for place in (stretch.start, stretch.end)
    )


def _after(content: bytes) -> bytes:
    found = _AFTER_NAME.match(content.decode())
    return found[0].encode() if found else b""
