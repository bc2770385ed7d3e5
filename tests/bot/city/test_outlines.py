"""Points and outlines: every point of a city that is parted into districts lies in exactly one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.city import outlines
from bot.city.outlines import Outline

SQUARE: Outline = [
    [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]
]
inside = st.floats(0, 1, exclude_max=True)
cuts = st.lists(st.floats(0.05, 0.95), max_size=6, unique=True).map(sorted)


def box(west: float, south: float, east: float, north: float) -> Outline:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return [[ring]]


@given(cuts, cuts, inside, inside)
def test_a_point_of_a_parted_city_lies_in_exactly_one_part(
    across: list[float], up: list[float], x: float, y: float
) -> None:
    columns, rows = [0.0, *across, 1.0], [0.0, *up, 1.0]
    parts = [
        (f"{west}/{south}", box(west, south, east, north))
        for west, east in pairwise(columns)
        for south, north in pairwise(rows)
    ]
    inside_of = [slug for slug, outline in parts if outlines.contains(outline, lat=y, lon=x)]
    west = max(column for column in columns if column <= x)
    south = max(row for row in rows if row <= y)
    assert inside_of == [f"{west}/{south}"]
    assert outlines.around(parts, lat=y, lon=x) == inside_of[0]


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=9), inside)
def test_where_a_ring_begins_and_which_way_it_runs_does_not_matter(
    corners: list[tuple[int, int]], y: float
) -> None:
    ring = [[float(x), float(y)] for x, y in corners]
    turned = ring[1:] + ring[:1]

    def holds(points: list[list[float]]) -> bool:
        return outlines.contains([[[*points, points[0]]]], lat=y, lon=0.123)

    assert holds(ring) == holds(turned) == holds(ring[::-1])


def test_a_hole_is_outside_and_an_island_is_inside() -> None:
    island = [*SQUARE, *box(10, 10, 11, 11)]
    assert outlines.contains(island, lat=0.5, lon=2)
    assert not outlines.contains(island, lat=2, lon=2)
    assert outlines.contains(island, lat=10.5, lon=10.5)
    assert not outlines.contains(island, lat=5, lon=5)
    assert outlines.area(island) == 16 - 4 + 1


def test_where_outlines_overlap_the_smaller_one_counts() -> None:
    parts = [("city", box(0, 0, 9, 9)), ("centre", box(4, 4, 5, 5))]
    assert outlines.around(parts, lat=4.5, lon=4.5) == "centre"
    assert outlines.around(parts, lat=1, lon=1) == "city"
    assert outlines.around(parts, lat=-1, lon=1) is None
