"""HTML of a mail as text: pure, in one pass, so that nobody can make it take long."""

import html
import re

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]{1,2000})"|'([^']{1,2000})')""", re.IGNORECASE)
_TAG_SIZE = 8000
_DEEPEST = 20
_SKIPPED = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "title", "head", "template", "textarea", "svg")
}
_LINES = frozenset(
    {
        "address",
        "article",
        "aside",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "pre",
        "section",
        "table",
        "tr",
        "ul",
    }
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"})
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")


class _Page:
    """The lines that a reader would see; quotations get `> ` in front of each of theirs."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0

    def write(self, text: str) -> None:
        text = _SPACE.sub(" ", text)
        if text != " " or self._line:
            self._line.append(text)

    def end_line(self) -> None:
        line = _SPACE.sub(" ", "".join(self._line)).strip()
        self._line = []
        if line:
            self.lines.append("> " * self._quotes + line)

    def end_paragraph(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def quote(self, step: int) -> None:
        self.end_paragraph()
        self._quotes = min(max(self._quotes + step, 0), _DEEPEST)


def to_text(source: str) -> str:
    """Return what a reader sees: no scripts, no styles; addresses of links behind their words."""
    page = _Page()
    place, link = 0, ""
    while place < len(source):
        opening = source.find("<", place)
        if opening < 0:
            page.write(html.unescape(source[place:]))
            break
        page.write(html.unescape(source[place:opening]))
        if source.startswith("<!--", opening):
            place = _behind(source, "-->", opening + 4)
            continue
        tag = _TAG.match(source, opening)
        if tag is None:
            named = source[opening + 1 : opening + 2] in {"!", "?", "/"}
            if not named:
                page.write("<")
            place = _behind(source, ">", opening) if named else opening + 1
            continue
        place = _behind(source, ">", tag.end())
        closing, name = bool(tag[1]), tag[2].lower()
        if not closing and name in _SKIPPED:
            end = _SKIPPED[name].search(source, place)
            place = _behind(source, ">", end.end()) if end else len(source)
            continue
        if name == "a":
            if closing and link:
                page.write(f" ({link})")
            link = "" if closing else _target(source, tag.end(), place)
        _lay_out(page, name, closing=closing)
    page.end_line()
    return "\n".join(page.lines).strip()


def _lay_out(page: _Page, name: str, *, closing: bool) -> None:
    if name == "blockquote":
        page.quote(-1 if closing else 1)
    elif name in _PARAGRAPHS:
        page.end_paragraph()
    elif name in _LINES:
        page.end_line()
    elif name in _CELLS and closing:
        page.write(" ")
    if name == "li" and not closing:
        page.write("- ")


def _target(source: str, start: int, end: int) -> str:
    """Return where a link leads, unless its words say it or it leads nowhere on the web."""
    found = _HREF.search(source[start : min(end, start + _TAG_SIZE)])
    target = html.unescape(found[1] or found[2]) if found else ""
    shown = source[end : end + len(target) + 20]
    bare = target.removeprefix("https://").removeprefix("http://").rstrip("/")
    is_web = target.lower().startswith(("http://", "https://"))
    return target if is_web and bare not in shown else ""


def _behind(source: str, mark: str, place: int) -> int:
    """Return the place behind the next mark; without one the rest is part of it."""
    found = source.find(mark, place)
    return len(source) if found < 0 else found + len(mark)
