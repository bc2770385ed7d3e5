"""The report as one HTML page: plots beside tables, light and dark, no script, nothing fetched."""

import re
from html import escape

from nlp.evaluation.document import Document, Plot, Section, Table

_CODE = re.compile("`([^`]+)`")
_STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --back: #fff; --grid: #d5d5d5;
  --c0: #0b5cad; --c1: #b3400d; --c2: #2c7a3f; --c3: #8a3ba8; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --back: #161616; --grid: #444;
  --c0: #7db8f5; --c1: #f5a17d; --c2: #85d39a; --c3: #d7a2ec; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
  max-width: 70rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 1rem 0 .25rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--grid); }
.figure { text-align: right; }
.wide { overflow-x: auto; }
figure { margin: 1rem 0; }
figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; font-size: 12px; }
svg text { fill: var(--ink); }
.grid { stroke: var(--grid); }
.s0, .s1, .s2, .s3 { stroke-width: 2; }
.s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); }
.s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); }
.f0 { fill: var(--c0); }
"""


def as_html(document: Document) -> str:
    """Return the page."""
    sections = "".join(_section(section) for section in document.sections)
    title = escape(document.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{_paragraphs(document.paragraphs)}{sections}</main>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    blocks = "".join(
        _plot(block) if isinstance(block, Plot) else _table(block) for block in section.blocks
    )
    heading = f"<h2>{escape(section.title)}</h2>\n"
    return f"<section>\n{heading}{_paragraphs(section.paragraphs)}{blocks}</section>\n"


def _paragraphs(texts: tuple[str, ...]) -> str:
    marked = (_CODE.sub(r"<code>\1</code>", escape(text)) for text in texts)
    return "".join(f"<p>{text}</p>\n" for text in marked)


def _plot(plot: Plot) -> str:
    caption = f"<figcaption>{escape(plot.title)}</figcaption>"
    return f"<figure>{caption}{_scrolling(plot.svg, plot.title)}</figure>\n"


def _table(table: Table) -> str:
    figures = [table.is_numeric(column) for column in range(len(table.header))]
    head = "".join(
        f'<th scope="col"{_class(figure)}>{escape(cell)}</th>'
        for cell, figure in zip(table.header, figures, strict=True)
    )
    body = "".join(_row(row, figures) for row in table.rows)
    written = (
        f"<table><caption>{escape(table.title)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"
    )
    return _scrolling(written, table.title) + "\n"


def _row(row: tuple[str, ...], figures: list[bool]) -> str:
    first, *others = row
    cells = "".join(
        f"<td{_class(figure)}>{escape(cell)}</td>"
        for cell, figure in zip(others, figures[1:], strict=True)
    )
    return f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>\n'


def _class(figure: bool) -> str:  # noqa: FBT001 a mark of a cell
    return ' class="figure"' if figure else ""


def _scrolling(inside: str, title: str) -> str:
    """Let what is too wide for a small screen scroll by itself, with the keyboard, too."""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(title)}">{inside}</div>'
    )
