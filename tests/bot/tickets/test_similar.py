"""Which open tickets may be the same matter, on both databases."""

from dataclasses import replace

import pytest

from bot.db.engine import Database
from bot.tickets import service as tickets
from bot.tickets import similar
from tests.bot.tickets.town import NOW, STAFF, Town, lamp


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dhünnstraße 14", "dhuennstr. 3"),
        ("Kölner Str. 1", "Koelner Strasse"),
        ("Wiesdorf, Am Markt 3", "am markt"),
        ("Am Markt 3, Wiesdorf", "Am  Markt"),
    ],
)
def test_a_street_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert similar.street_key(one) == similar.street_key(other)


DISTRICTS = ("Opladen", "Wiesdorf")


@pytest.mark.parametrize(
    ("mine", "its"),
    [
        ("Opladen", "Opladen, Düsseldorfer Straße"),
        ("Opladen", "Opladener Platz 3"),
        ("opladen, Wiesdorf", "Opladen"),
        ("51379 Opladen", "Opladen"),
        ("Opladen, Kölner Straße", "Opladen, Düsseldorfer Gasse"),
    ],
)
def test_a_district_is_no_street(database: Database, town: Town, mine: str, its: str) -> None:
    with database.unit_of_work() as session:
        new = replace(lamp(town), place=its)
        tickets.open_ticket(session, new, actor=STAFF, now=NOW, prefix="LEV")
    assert not _at(database, mine)


def test_a_street_is_found_whatever_district_stands_before_it(
    database: Database, town: Town
) -> None:
    with database.unit_of_work() as session:
        new = replace(lamp(town), place="Opladen, Kölner Straße")
        number = tickets.open_ticket(session, new, actor=STAFF, now=NOW, prefix="LEV").number
    for place in ("Kölner Str.", "Wiesdorf, Kölner Straße", "Kölner Str. 4, Opladen"):
        assert _at(database, place) == [number]


def _at(database: Database, place: str) -> list[str]:
    with database.read() as session:
        found = similar.find(
            session,
            place=place,
            district=None,
            category_id=None,
            office_id=None,
            limit=9,
            districts=DISTRICTS,
        )
        return [one.row.number for one in found]


def test_the_same_street_comes_before_the_same_category(database: Database, town: Town) -> None:
    places = ["Hauptstraße 1", "Feldweg 2", "Haupststrasse 9", "Weg 1"]
    with database.unit_of_work() as session:
        numbers = [
            tickets.open_ticket(
                session,
                replace(
                    lamp(town),
                    place=place,
                    category_id="road_damage" if place == "Weg 1" else "street_light",
                ),
                actor=STAFF,
                now=NOW,
                prefix="LEV",
            ).number
            for place in places
        ]

    def found(place: str, category_id: str | None, office_id: int | None = None) -> list[str]:
        with database.read() as session:
            return [
                one.row.number
                for one in similar.find(
                    session,
                    place=place,
                    district=None,
                    category_id=category_id,
                    office_id=office_id,
                    limit=3,
                )
            ]

    first, second, misspelt, _ = numbers
    assert found("Hauptstr.", lamp(town).category_id) == [misspelt, first, second]
    assert found("Hauptstr.", None) == [misspelt, first]
    assert found("Weg", None) == []
    assert found("", None) == []
    assert found("Hauptstr.", None, office_id=10**9) == []
