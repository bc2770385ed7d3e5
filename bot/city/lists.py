"""Reading lists of streets (CSV, GeoJSON) and outlines of districts (GeoJSON). Pure.

Whatever is wrong is named with its line, or with the number of its feature.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.city.outlines import Outline, Position
from bot.errors import InvalidError

if TYPE_CHECKING:
    import _csv

LARGEST = 50 * 2**20  # bytes
_LONGEST_STREET, _LONGEST_DISTRICT = 120, 80
_NAME_COLUMNS = ("name", "strasse", "straße", "straßenname", "strassenname", "street")
_DISTRICT_COLUMNS = ("district", "stadtteil", "ortsteil", "bezirk", "stadtbezirk")
_ALIAS_COLUMNS = ("aliases", "alias", "auch")
_ALIAS_SEPARATOR = "|"
_SHORTEST_RING = 4  # positions, the last being the first again: RFC 7946, 3.1.6


class ListError(InvalidError):
    """The file cannot be read as what it should be; nothing of it was stored."""

    code = "list_unreadable"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


@dataclass(frozen=True, slots=True)
class StreetEntry:
    """A street of a list. `where` is its line or feature; `point` is a position on its line."""

    where: str
    name: str
    district: str | None = None
    aliases: tuple[str, ...] = ()
    point: Position | None = None


@dataclass(frozen=True, slots=True)
class DistrictEntry:
    """A district of a list, with all the polygons that bear its name."""

    where: str
    name: str
    outline: Outline


def text_of(content: bytes) -> tuple[str, str | None]:
    """Return a file as text, and a remark where it is not UTF-8; raises `ListError`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ListError("The file is UTF-16; please save it as UTF-8.")
    try:
        return content.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "The file is not UTF-8 and was read as Latin-1."
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ListError(f"Line {line}: the file is neither UTF-8 nor Latin-1.") from None


def streets_from_csv(text: str) -> list[StreetEntry]:
    """Return the streets of a table with a header; raises `ListError`.

    Columns: name, and optionally district and aliases (several parted by `|`); comma, semicolon
    or tab part them. Other columns are left alone.
    """
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count) if any(mark in head for mark in ";,\t") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(_streets(rows))
    except csv.Error as error:
        raise ListError(f"Line {rows.line_num}: this is no CSV ({error}).") from None


def _streets(rows: "_csv.Reader") -> Iterator[StreetEntry]:
    header = [cell.strip().casefold() for cell in next(rows, [])]
    name = _column(header, _NAME_COLUMNS)
    if name is None:
        raise ListError("Line 1: the header needs a column `name`.")
    district, aliases = _column(header, _DISTRICT_COLUMNS), _column(header, _ALIAS_COLUMNS)
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        where = f"Line {rows.line_num}"
        if len(row) != len(header):
            raise ListError(f"{where}: {len(row)} fields, but the header has {len(header)}.")
        others = row[aliases].split(_ALIAS_SEPARATOR) if aliases is not None else []
        yield StreetEntry(
            where,
            _tidy(row[name], where, _LONGEST_STREET),
            _tidy(row[district], where, _LONGEST_DISTRICT)
            if district is not None and row[district].strip()
            else None,
            tuple(_tidy(other, where, _LONGEST_STREET) for other in others if other.strip()),
        )


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((place for place, cell in enumerate(header) if cell in names), None)


def streets_from_geojson(text: str, name: str) -> list[StreetEntry]:
    """Return the streets of lines (or points) that have the property `name`.

    Lines without a name (ways, driveways) are left out. Raises `ListError`.
    """
    found = []
    for where, properties, geometry in _features(text):
        written = _property(properties, (name,))
        if written is None:
            continue
        district = _property(properties, _DISTRICT_COLUMNS)
        found.append(
            StreetEntry(
                where,
                _tidy(written, where, _LONGEST_STREET),
                _tidy(district, where, _LONGEST_DISTRICT) if district else None,
                point=_middle(geometry, where),
            )
        )
    return found


def districts_from_geojson(text: str, name: str) -> list[DistrictEntry]:
    """Return the districts of (multi)polygons with the property `name`; raises `ListError`."""
    found: dict[str, DistrictEntry] = {}
    for where, properties, geometry in _features(text):
        written = _property(properties, (name,))
        if written is None:
            raise ListError(f"{where}: there is no property `{name}` with a name in it.")
        tidy = _tidy(written, where, _LONGEST_DISTRICT)
        polygons = _polygons(geometry, f"{where} ({tidy})")
        known = found.get(tidy)
        joined = [*known.outline, *polygons] if known else polygons
        found[tidy] = DistrictEntry(where, tidy, joined)
    return list(found.values())


def _features(text: str) -> Iterator[tuple[str, Mapping[str, object], Mapping[str, object]]]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ListError(f"Line {error.lineno}: this is no JSON ({error.msg}).") from None
    except RecursionError:
        raise ListError("This is no GeoJSON: it is nested too deeply.") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        raise ListError("This is no GeoJSON FeatureCollection.")
    _check_crs(content.get("crs"))
    for place, feature in enumerate(features, 1):
        where = f"Feature {place}"
        if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
            raise ListError(f"{where}: it has no geometry.")
        properties = feature.get("properties")
        yield where, properties if isinstance(properties, dict) else {}, feature["geometry"]


def _check_crs(crs: object) -> None:
    """Refuse other coordinates than WGS 84: RFC 7946 has no others, older files may name them."""
    if crs is not None and not any(mark in json.dumps(crs) for mark in ("CRS84", "4326")):
        raise ListError("The coordinates are not WGS 84; please export them as EPSG:4326.")


def _property(properties: Mapping[str, object], names: Sequence[str]) -> str | None:
    wanted = {name.casefold() for name in names}
    for key, value in properties.items():
        if key.casefold() in wanted and isinstance(value, str) and value.strip():
            return value
    return None


def _polygons(geometry: Mapping[str, object], where: str) -> list[list[list[Position]]]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in {"Polygon", "MultiPolygon"}:
        raise ListError(f"{where}: a Polygon or MultiPolygon is wanted, not {kind}.")
    polygons = [coordinates] if kind == "Polygon" else _items(coordinates, where)
    if not polygons:
        raise ListError(f"{where}: the outline is empty.")
    return [
        [_ring(ring, where) for ring in _items(polygon, where, at_least=1)] for polygon in polygons
    ]


def _ring(ring: object, where: str) -> list[Position]:
    positions = [_position(position, where) for position in _items(ring, where)]
    if len(positions) < _SHORTEST_RING or positions[0] != positions[-1]:
        raise ListError(f"{where}: a ring of the outline is not closed.")
    return positions


def _middle(geometry: Mapping[str, object], where: str) -> Position:
    """Return the middle position of a line, or of the first of several."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Point":
        return _position(coordinates, where)
    if kind == "MultiLineString":
        coordinates = _items(coordinates, where, at_least=1)[0]
    elif kind != "LineString":
        raise ListError(f"{where}: a LineString or Point is wanted, not {kind}.")
    positions = _items(coordinates, where, at_least=1)
    return _position(positions[len(positions) // 2], where)


def _items(value: object, where: str, *, at_least: int = 0) -> list[object]:
    if not isinstance(value, list) or len(value) < at_least:
        raise ListError(f"{where}: the coordinates are not those of its kind of geometry.")
    return value


def _position(value: object, where: str) -> Position:
    numbers = [n for n in _items(value, where)[:2] if isinstance(n, int | float)]
    if len(numbers) < 2 or not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):
        raise ListError(f"{where}: {value} is no position in degrees, longitude first (WGS 84).")
    return numbers


def _tidy(written: str, where: str, longest: int) -> str:
    """Return a name with single spaces; raises `ListError` where it cannot be one."""
    name = unicodedata.normalize("NFC", " ".join(written.split()))
    if not any(char.isalpha() for char in name):
        raise ListError(f"{where}: the name is missing.")
    if len(name) > longest:
        raise ListError(f"{where}: the name is longer than {longest} characters.")
    if not name.isprintable():
        raise ListError(f"{where}: the name holds characters that cannot be shown.")
    return name
