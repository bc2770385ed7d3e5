"""Imports of streets and districts: complete or not at all, and as often as one likes."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.city import imports, queries
from bot.city.imports import Changes
from bot.city.lists import DistrictEntry, ListError, StreetEntry
from bot.city.models import District, Street
from bot.city.outlines import Outline
from bot.db.engine import Database
from bot.demo import service as demo
from bot.dialogue.facts import FactsCache
from bot.offices import service as offices
from bot.offices.states import OfficeKind
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from nlp import gazetteer
from tests.bot.tickets import town as towns
from tests.support.command import stadtdraht

NOW = dt.datetime(2026, 11, 30, 9, tzinfo=dt.UTC)

T = TypeVar("T")


def box(west: float) -> Outline:
    east = west + 0.1
    return [[[[west, 51.0], [east, 51.0], [east, 51.1], [west, 51.1], [west, 51.0]]]]


DISTRICTS = (
    DistrictEntry("Feature 1", "Bergisch Neukirchen", box(7.0)),
    DistrictEntry("Feature 2", "Küppersteg", box(7.1)),
)


def districts(database: Database, *entries: DistrictEntry, removing: bool = False) -> Changes:
    with database.unit_of_work() as session:
        return imports.put_districts(session, entries, removing=removing, actor=audit.CLI, now=NOW)


def streets(database: Database, *entries: StreetEntry, removing: bool = False) -> Changes:
    with database.unit_of_work() as session:
        return imports.put_streets(session, entries, removing=removing, actor=audit.CLI, now=NOW)


def street(name: str, district: str | None = None, *aliases: str) -> StreetEntry:
    return StreetEntry("Line 2", name, district, aliases)


def stored(database: Database, read: Callable[[Session], T]) -> T:
    with database.read() as session:
        return read(session)


def rows(database: Database) -> list[tuple[str, str | None]]:
    statement = select(Street.name, Street.district)
    found = stored(database, lambda session: session.execute(statement).all())
    return sorted(((name, district) for name, district in found), key=str)


def test_a_list_that_comes_again_changes_nothing_and_leaves_no_trace(database: Database) -> None:
    entries = (street("Moosweg", "küppersteg", "Moos"), street("Am Hammer"))
    assert districts(database, *DISTRICTS) == Changes(added=2)
    assert streets(database, *entries) == Changes(added=2)
    version = stored(database, queries.data_version)
    assert districts(database, *DISTRICTS) == Changes(unchanged=2)
    assert streets(database, *entries) == Changes(unchanged=2)
    assert stored(database, queries.data_version) == version == 2
    trail = stored(database, lambda session: session.scalars(select(AuditEntry.action)).all())
    assert trail == ["city.districts_imported", "city.streets_imported"]


def test_a_street_is_the_same_however_it_is_spelt(database: Database) -> None:
    streets(database, street("Goethestr."), street("Rat-Deycks-Strasse"))
    again = (street("Goethestraße"), street("Rat-Deycks-Straße"), street("Goethe-Straße"))
    assert streets(database, *again) == Changes(changed=2)
    assert rows(database) == [("Goethestraße", None), ("Rat-Deycks-Straße", None)]


def test_a_list_without_districts_leaves_them_and_one_with_them_fills_them_in(
    database: Database,
) -> None:
    districts(database, *DISTRICTS)
    streets(database, street("Moosweg", "Küppersteg"), street("Am Hammer"))
    assert streets(database, street("Moosweg"), street("Am Hammer")) == Changes(unchanged=2)
    both = (street("Am Hammer", "Küppersteg"), street("Am Hammer", "Bergisch-Neukirchen"))
    assert streets(database, *both) == Changes(added=1, changed=1, left=1)
    assert rows(database) == [
        ("Am Hammer", "bergisch-neukirchen"),
        ("Am Hammer", "kueppersteg"),
        ("Moosweg", "kueppersteg"),
    ]
    named = {one.name: one.districts for one in stored(database, queries.streets)}
    assert named["Am Hammer"] == ("bergisch-neukirchen", "kueppersteg")


def test_only_who_says_so_removes(database: Database) -> None:
    streets(database, street("Moosweg"), street("Am Hammer"))
    assert streets(database, street("Moosweg")) == Changes(unchanged=1, left=1)
    assert streets(database, street("Moosweg"), removing=True) == Changes(unchanged=1, removed=1)
    assert rows(database) == [("Moosweg", None)]


@pytest.mark.parametrize("user", ["streets", "routing rules"])
def test_a_district_in_use_is_not_removed(database: Database, user: str) -> None:
    districts(database, *DISTRICTS)
    if user == "streets":
        streets(database, street("Moosweg", "Küppersteg"))
    else:
        towns.build(database)
        with database.unit_of_work() as session:
            office = offices.put_office(
                session, "kind", "Amt", OfficeKind.CITY, actor=audit.CLI, now=NOW
            )
            offices.put_rule(
                session, "street_light", "kueppersteg", office.id, actor=audit.CLI, now=NOW
            )
    with pytest.raises(ListError, match=f"kueppersteg is not in the file, but {user} name it"):
        districts(database, DISTRICTS[0], removing=True)
    assert len(stored(database, queries.districts)) == 2


def test_an_empty_list_removes_nothing(database: Database) -> None:
    streets(database, street("Moosweg"))
    with pytest.raises(ListError, match="no street"):
        streets(database, removing=True)
    with pytest.raises(ListError, match="no district"):
        districts(database, removing=True)
    assert rows(database) == [("Moosweg", None)]


def test_a_street_on_the_map_lies_in_the_district_around_it(database: Database) -> None:
    districts(database, *DISTRICTS)
    streets(
        database,
        StreetEntry("Feature 1", "Moosweg", point=(7.05, 51.05)),
        StreetEntry("Feature 2", "Moosweg", point=(7.15, 51.05)),
        StreetEntry("Feature 3", "Fernweg", point=(9.0, 51.05)),
    )
    assert rows(database) == [
        ("Fernweg", None),
        ("Moosweg", "bergisch-neukirchen"),
        ("Moosweg", "kueppersteg"),
    ]


def test_a_ticket_with_a_point_goes_to_the_office_of_its_district(database: Database) -> None:
    towns.build(database)
    districts(database, *DISTRICTS)
    with database.unit_of_work() as session:
        own = offices.put_office(
            session, "berg", "Bergamt", OfficeKind.CITY, actor=audit.CLI, now=NOW
        ).id
        offices.put_rule(
            session, "street_light", "bergisch-neukirchen", own, actor=audit.CLI, now=NOW
        )

    def opened(lon: float, district: str | None = None) -> tuple[str | None, bool]:
        with database.unit_of_work() as session:
            new = tickets.NewTicket(
                "street_light", "Laterne aus", lat=51.05, lon=lon, district=district
            )
            ticket: Ticket = tickets.open_ticket(
                session, new, actor=audit.CLI, now=NOW, prefix="LEV"
            )
            return ticket.district, ticket.office_id == own

    assert opened(7.05) == ("bergisch-neukirchen", True)
    assert opened(7.15) == ("kueppersteg", False)
    assert opened(9.0) == (None, False)
    assert opened(7.05, "kueppersteg") == ("kueppersteg", False), "what is said counts"


def test_the_demo_city_has_streets_that_are_marked_as_examples(database: Database) -> None:
    with database.unit_of_work() as session:
        demo.load(session, now=NOW)
    with database.read() as session:
        known = FactsCache().current(session)
        assert set(known.knowledge.names.streets) == set(gazetteer.demo().streets)
        assert set(known.knowledge.names.districts) == set(gazetteer.demo().districts)
        assert set(session.scalars(select(Street.is_example))) == {True}
        assert set(session.scalars(select(District.is_example))) == {True}
        assert known.district_of["Moosweg"] == "manfort"
    assert streets(database, street("Moosweg")).changed == 1
    with database.read() as session:
        checked = session.scalars(select(Street.name).where(Street.is_example.is_(False)))
        assert list(checked) == ["Moosweg"]


def test_every_process_takes_a_new_street_with_its_next_message(database: Database) -> None:
    facts = FactsCache()

    def known() -> list[str]:
        with database.read() as session:
            return [name.value for name in facts.current(session).knowledge.names.streets]

    assert known() == []
    streets(database, street("Quellenallee"))
    assert known() == ["Quellenallee"]


def test_the_command_imports_all_of_a_file_or_nothing(tmp_path: Path) -> None:
    outline = tmp_path / "stadtteile.geojson"
    feature = {
        "type": "Feature",
        "properties": {"Ortsteil": "Küppersteg"},
        "geometry": {"type": "MultiPolygon", "coordinates": box(7.1)},
    }
    outline.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    table = tmp_path / "strassen.csv"
    table.write_text("name;district\nMoosweg;Küppersteg\nAm Hammer;Nirgendwo\n", "latin-1")

    done = stadtdraht(
        tmp_path, "city", "import-districts", str(outline), "--name-property", "ortsteil"
    )
    assert done.stdout == "Districts: 1 added, 0 changed, 0 unchanged, 0 removed.\n"
    refused = stadtdraht(tmp_path, "city", "import-streets", str(table))
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "stadtdraht: The file is not UTF-8 and was read as Latin-1.",
        "stadtdraht: Line 3: there is no district Nirgendwo.",
    ]
    table.write_text("name;district\nMoosweg;Küppersteg\n", "utf-8")
    done = stadtdraht(tmp_path, "city", "import-streets", str(table), "--json")
    assert json.loads(done.stdout) == {
        "added": 1,
        "changed": 0,
        "unchanged": 0,
        "removed": 0,
        "left": 0,
    }
    missing = stadtdraht(tmp_path, "city", "import-streets", str(tmp_path / "none.csv"))
    assert missing.returncode == 2
