"""A report as a value: sections of paragraphs, tables and plots; written as text or Markdown."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

_WIDTH = 100
_NUMERIC = frozenset("0123456789.,%-+–± ()")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts below a header; a long one is only shown where there is room (HTML)."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    long: bool = False

    def is_numeric(self, column: int) -> bool:
        """Tell whether a column holds figures, which stand to the right."""
        return column > 0 and all(set(row[column]) <= _NUMERIC for row in self.rows)


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture (SVG) of figures that a table of the same section holds."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    blocks: tuple[Table | Plot, ...] = ()

    @property
    def tables(self) -> Iterator[Table]:
        """The tables that are short enough for every format."""
        for block in self.blocks:
            if isinstance(block, Table) and not block.long:
                yield block


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]


def as_text(document: Document) -> str:
    """Return the report for a terminal."""
    parts = [document.title, "=" * len(document.title), "", *map(_wrapped, document.paragraphs)]
    for section in document.sections:
        parts += ["", section.title, "-" * len(section.title)]
        parts += map(_wrapped, section.paragraphs)
        for table in section.tables:
            parts += ["", table.title, *_aligned(table)]
    return "\n".join(parts) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, _WIDTH)


def _aligned(table: Table) -> Iterator[str]:
    rows = [table.header, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    right = [table.is_numeric(column) for column in range(len(table.header))]
    for row in rows:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]
        yield "  " + "  ".join(cells).rstrip()


def as_markdown(document: Document) -> str:
    """Return the report for the documentation."""
    parts = [f"# {document.title}", *document.paragraphs]
    for section in document.sections:
        parts += [f"## {section.title}", *section.paragraphs]
        for table in section.tables:
            parts += [f"**{table.title}**", "\n".join(_piped(table))]
    return "\n\n".join(parts) + "\n"


def _piped(table: Table) -> Iterator[str]:
    marks = ["--:" if table.is_numeric(column) else "---" for column in range(len(table.header))]
    yield f"| {' | '.join(table.header)} |"
    yield f"|{'|'.join(marks)}|"
    for row in table.rows:
        cells = (cell.replace("|", r"\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
