"""Outlines of districts: whether a point lies in one. Pure.

An outline is a GeoJSON MultiPolygon's coordinates (RFC 7946): polygons of rings of positions,
longitude before latitude, in WGS 84 degrees; the first ring is the outer one, the others are holes.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

Position = Sequence[float]
Ring = Sequence[Position]
Outline = Sequence[Sequence[Ring]]


def contains(outline: Outline, *, lat: float, lon: float) -> bool:
    """Tell whether a point lies in an outline (even-odd rule).

    A line that two districts share belongs to exactly one of them.
    """
    return any(sum(_crossings(ring, lat, lon) for ring in polygon) % 2 for polygon in outline)


def area(outline: Outline) -> float:
    """Return the area in square degrees: holes come off the polygon they lie in."""
    return sum(
        sum(abs(_area(ring)) * (1 if place == 0 else -1) for place, ring in enumerate(polygon))
        for polygon in outline
    )


def around(districts: Iterable[tuple[str, Outline]], *, lat: float, lon: float) -> str | None:
    """Return the district that a point lies in; where outlines overlap, the smaller one."""
    found = [
        (area(outline), slug) for slug, outline in districts if contains(outline, lat=lat, lon=lon)
    ]
    return min(found)[1] if found else None


def _crossings(ring: Ring, lat: float, lon: float) -> int:
    """Return how many edges a ray to the east crosses; each edge owns its lower end only."""
    count = 0
    for (lon_a, lat_a, *_), (lon_b, lat_b, *_) in pairwise(ring):
        if (lat_a > lat) != (lat_b > lat):
            count += lon < lon_a + (lat - lat_a) * (lon_b - lon_a) / (lat_b - lat_a)
    return count


def _area(ring: Ring) -> float:
    """Return the signed area of a closed ring (shoelace formula)."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2
