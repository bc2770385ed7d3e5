"""What a status says: from the HTML of any server of the Fediverse to plain text; pure."""

import re
from collections.abc import Container
from dataclasses import dataclass, field
from html.parser import HTMLParser

from connectors.text import clean

_PARAGRAPHS = frozenset({"p", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = frozenset({"br", "li", "div"})
_UNSEEN = frozenset({"script", "style", "template", "head"})
_US = "\ufdd0"  # stands for our own name; nobody can write it
_LEADING = re.compile(rf"(?:\s*(?:@[\w.-]*\w(?:@[\w.-]*\w)?|{_US})(?=\s|\Z))+")
_LINKED = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Content:
    """The text, without our own name before it, and whom it addresses (addresses of profiles)."""

    text: str
    addressed: frozenset[str]


@dataclass(slots=True)
class _Link:
    """A link that is being read: its text with the parts that browsers hide."""

    href: str
    kinds: Container[str]
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Takes the text out; no tag and no attribute but a link's address gets through."""

    def __init__(self, ours: Container[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.addressed: set[str] = set()
        self._ours = ours
        self._link: _Link | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _PARAGRAPHS:
            self._break("\n\n")
        elif tag in _LINES:
            self._break("\n- " if tag == "li" else "\n")
        elif tag == "a":
            self.end_link()
            named = dict(attrs)
            kinds = f"{named.get('class') or ''} {named.get('rel') or ''}".split()
            self._link = _Link((named.get("href") or "").strip(), kinds)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _PARAGRAPHS:
            self._break("\n\n")
        elif tag == "a":
            self.end_link()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            data = data.replace(_US, "")
            (self._link.words if self._link else self.found).append(data)

    def end_link(self) -> None:
        """Write the link that is open, if there is one."""
        link, self._link = self._link, None
        if link is None:
            return
        words = "".join(link.words)
        if "hashtag" in link.kinds or "tag" in link.kinds:
            self.found.append(words)
        elif "mention" in link.kinds:
            self.addressed.add(address(link.href))
            self.found.append(_US if address(link.href) in self._ours else words)
        elif not link.href.startswith(_LINKED):
            self.found.append(words)
        elif not words.strip() or _bare(words) == _bare(link.href):
            self.found.append(link.href)
        else:
            self.found.append(f"{words} ({link.href})")

    def _break(self, mark: str) -> None:
        (self._link.words if self._link else self.found).append(mark)


def read(html: str, ours: Container[str], name: str) -> Content:
    """Return what a status says; `ours` are the `address`es of our profile, `name` is our own."""
    reader = _Reader(ours)
    reader.feed(_closed(html))
    reader.close()
    reader.end_link()
    said = clean("".join(reader.found))
    if leading := _LEADING.match(said):
        others = leading[0].replace(_US, "").split()
        said = f"{' '.join(others)}{said[leading.end() :]}"
    lines = said.replace(_US, f"@{name}").split("\n")
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip(" \t") for line in lines))
    return Content(said.strip(), frozenset(reader.addressed))


def _closed(html: str) -> str:
    """Return HTML in which each mark that opens something has an end.

    The parser looks for the end of each to the end of the text. No instance gives out comments.
    """
    whole, end, rest = html.replace("<!", "&lt;!").rpartition(">")
    return whole + end + rest.replace("<", "&lt;")


def address(url: str) -> str:
    """Return the address of a profile as all write it."""
    return url.strip().rstrip("/").lower()


def _bare(url: str) -> str:
    return url.strip().partition("://")[2].rstrip("/") or url.strip().rstrip("/")
