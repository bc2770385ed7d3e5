"""docs/security.md names every requirement of ASVS 5.0.0 to level 2, and files that exist."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text("utf-8")

# How many requirements of level 1 and 2 each section of the standard has; those of level 3 come
# behind them.
SECTIONS = {
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
STATES = {"met", "partly", "operator", "no", "n/a"}
# Absences, libraries' own work and rights of files: looked at, not tested.
UNTESTED = {"6.4.2", "11.2.1", "11.2.3", "15.1.1", "15.3.2"}
_NUMBER = r"\d+\.\d+\.\d+"

Requirement = tuple[int, int, int]


def rows() -> Iterator[list[str]]:
    """Return the cells of each row of the tables, without their heads."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.match(_NUMBER, cells[0]):
            yield cells


def numbers(cell: str) -> Iterator[Requirement]:
    """Return the requirements of a first cell: single ones and ranges."""
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        chapter, section, start = (int(number) for number in first.split("."))
        end = int(last.rpartition(".")[2]) if last else start
        assert not last or last.startswith(f"{chapter}.{section}."), part
        yield from ((chapter, section, number) for number in range(start, end + 1))


def test_every_requirement_is_there_once() -> None:
    expected = {
        (chapter, section, number)
        for chapter, sections in SECTIONS.items()
        for section, count in sections.items()
        for number in range(1, count + 1)
    }
    assert len(expected) == 253
    named = Counter(number for row in rows() for number in numbers(row[0]))
    assert {number for number, times in named.items() if times > 1} == set()
    assert set(named) == expected


def test_every_chapter_has_its_heading() -> None:
    chapters = re.findall(r"^## V(\d+) ", PAGE, re.MULTILINE)
    assert chapters == [str(number) for number in range(1, 18)]


def test_every_row_says_its_state_and_why() -> None:
    for row in rows():
        assert len(row) == 4, row
        assert row[1] in STATES, row
        assert row[2], row


def test_every_named_file_is_there() -> None:
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]+|[\w-]+\.(?:md|toml))`", PAGE))
    assert len(named) > 80
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_what_is_met_without_a_test_is_known() -> None:
    bare = {row[0] for row in rows() if row[1] == "met" and "`" not in row[3]}
    assert bare == UNTESTED
