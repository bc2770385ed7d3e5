"""Streets, house numbers, crossings and landmarks in texts; the tables lie in `streets/`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlp.pipeline import Understander
from nlp.types import Context, Entity

TABLES = Path(__file__).parent / "streets"


@dataclass(frozen=True)
class Case:
    """A text, and what must be found in it: nothing more, except places beside the named one."""

    text: str
    streets: frozenset[str]
    number: str | None
    crossing: str | None
    place: str | None
    is_known_miss: bool


def read(table: str) -> Iterator[Case]:
    """Read `text | S street | N house number | X crossing | P place`; `?` is a known miss."""
    for line in (TABLES / table).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, *marked = line.removeprefix("? ").split(" | ")
        found = [(field[0], field[2:]) for field in marked]
        crossing = next((value for mark, value in found if mark == "X"), None)
        yield Case(
            text=text,
            streets=frozenset(
                [value for mark, value in found if mark == "S"]
                + (crossing.split(" / ") if crossing else [])
            ),
            number=next((value for mark, value in found if mark == "N"), None),
            crossing=crossing,
            place=next((value for mark, value in found if mark == "P"), None),
            is_known_miss=line.startswith("? "),
        )


def missed(case: Case, entities: tuple[Entity, ...]) -> list[str]:
    """Return what is wrong with `entities`, one line each; doubtful ones do not count."""
    sure = [entity for entity in entities if entity.score >= 0.5]

    def values(kind: str) -> list[str]:
        return [entity.value for entity in sure if entity.type == kind]

    wrong = []
    streets = frozenset(values("street"))
    if case.place is not None:
        key = case.place.casefold()
        named = [value for value in (*values("place"), *streets) if key in value.casefold()]
        if not named:
            wrong.append(f"no place {case.place}, but {values('place')}")
        streets -= frozenset(named) - case.streets
    if streets != case.streets:
        wrong.append(f"streets {sorted(streets)}, not {sorted(case.streets)}")
    if next(iter(values("house_number")), None) != case.number:
        wrong.append(f"number {values('house_number')}, not {case.number}")
    if values("crossing") != ([case.crossing] if case.crossing else []):
        wrong.append(f"crossing {values('crossing')}, not {case.crossing}")
    return wrong


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.text,
            marks=[pytest.mark.xfail(strict=True)] if case.is_known_miss else [],
        )
        for table in ("found.txt", "none.txt", "fresh.txt", "last.txt")
        for case in read(table)
    ],
)
def test_what_names_a_street_is_found_and_nothing_else(
    understander: Understander, context: Context, case: Case
) -> None:
    assert missed(case, understander.understand(case.text, context).entities) == []
