"""Lists of streets and districts: what can be read, and where it is said what cannot."""

import json

import pytest

from bot.city import lists
from bot.city.lists import ListError, StreetEntry

SQUARE = [[[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]]


def collection(*features: tuple[dict[str, object], str, object], **more: object) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": {"type": kind, "coordinates": coordinates},
                }
                for properties, kind, coordinates in features
            ],
        }
        | more
    )


@pytest.mark.parametrize(
    "text",
    [
        "name;district;aliases\nKölner Straße;Opladen;Kölner|Alte Kölner\nMoosweg;;\n",
        "name,district,aliases\r\nKölner Straße,Opladen,Kölner|Alte Kölner\r\nMoosweg,,\r\n",
        'id,Straße,Ortsteil,auch\n1,"Kölner  Straße",Opladen,Kölner|Alte Kölner\n\n2,Moosweg,,',
        "Name\tStadtteil\tAlias\nKölner Straße\tOpladen\tKölner | Alte Kölner\nMoosweg\t \t\n",
    ],
)
def test_a_table_is_read_however_it_is_parted(text: str) -> None:
    read = [(one.name, one.district, one.aliases) for one in lists.streets_from_csv(text)]
    assert read == [
        ("Kölner Straße", "Opladen", ("Kölner", "Alte Kölner")),
        ("Moosweg", None, ()),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_without_a_word(encoding: str) -> None:
    assert lists.text_of("Köln".encode(encoding)) == ("Köln", None)


def test_latin_1_is_read_and_said() -> None:
    text, remark = lists.text_of("name\nKölner Straße".encode("latin-1"))
    assert text.endswith("Kölner Straße")
    assert remark is not None
    assert "Latin-1" in remark


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nK\x81ln", "Line 2: the file is neither UTF-8 nor Latin-1"),
        ("name\nKöln".encode("utf-16"), "UTF-16"),
    ],
)
def test_other_encodings_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(ListError, match=said):
        lists.text_of(content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Line 1: the header needs a column `name`"),
        ("Kölner Straße\nMoosweg\n", "Line 1: the header needs a column `name`"),
        ("name,district\nMoosweg\n", "Line 2: 1 fields, but the header has 2"),
        ("name,district\nMoosweg,Manfort\n,Manfort\n", "Line 3: the name is missing"),
        ("name\n12\n", "Line 2: the name is missing"),
        ("name\nMoosweg\n\n" + "x" * 121, "Line 4: the name is longer than 120 characters"),
        ("name\nMoos\x00weg\n", "Line 2"),
        ('name\n"Moosweg\n', "Line 2: this is no CSV"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ListError, match=said):
        lists.streets_from_csv(text)


def test_streets_are_read_from_lines_and_ways_without_a_name_left_out() -> None:
    line = [[7.0, 51.0], [7.01, 51.01], [7.02, 51.02]]
    text = collection(
        ({"name": "Moosweg", "highway": "residential"}, "LineString", line),
        ({"highway": "service"}, "LineString", line),
        ({"NAME": "Kalkstraße", "Stadtteil": "Manfort"}, "MultiLineString", [line]),
        ({"name": "Im Eisholz"}, "Point", line[0]),
    )
    assert lists.streets_from_geojson(text, "name") == [
        StreetEntry("Feature 1", "Moosweg", point=line[1]),
        StreetEntry("Feature 3", "Kalkstraße", "Manfort", point=line[1]),
        StreetEntry("Feature 4", "Im Eisholz", point=line[0]),
    ]


def test_polygons_of_one_name_are_one_district() -> None:
    text = collection(
        ({"ortsteil": "Manfort"}, "Polygon", SQUARE),
        ({"ortsteil": "Opladen"}, "Polygon", SQUARE),
        ({"ortsteil": "Manfort"}, "MultiPolygon", [SQUARE, SQUARE]),
    )
    read = lists.districts_from_geojson(text, "Ortsteil")
    assert [(one.name, one.outline) for one in read] == [
        ("Manfort", [SQUARE] * 3),
        ("Opladen", [SQUARE]),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "FeatureCollection",\n"features": [}', "Line 2: this is no JSON"),
        ("[" * 200_000, "no"),
        ("[]", "no GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": [{}]}', "Feature 1: it has no geometry"),
        (collection(({}, "Polygon", SQUARE)), "Feature 1: there is no property `name`"),
        (collection(({"name": "A"}, "Point", [7, 51])), "Feature 1 .A.: a Polygon or MultiPolygon"),
        (collection(({"name": "A"}, "Polygon", [SQUARE[0][:3]])), "a ring .* is not closed"),
        (collection(({"name": "A"}, "Polygon", [])), "the coordinates are not those"),
        (collection(({"name": "A"}, "MultiPolygon", [])), "the outline is empty"),
        (collection(({"name": "A"}, "Polygon", [[[2567000, 5655000]] * 4])), "no position in degr"),
        (collection(({"name": "A"}, "Polygon", [[["7", "51"]] * 4])), "no position in degrees"),
        (
            collection(
                ({"name": "A"}, "Polygon", SQUARE),
                crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
            ),
            "not WGS 84",
        ),
    ],
)
def test_a_broken_map_is_refused_with_its_feature(text: str, said: str) -> None:
    with pytest.raises(ListError, match=said):
        lists.districts_from_geojson(text, "name")
