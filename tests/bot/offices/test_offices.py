"""Offices, categories and routing, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from bot.audit.service import CLI
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.offices import queries as offices
from bot.offices import service
from bot.offices.models import RoutingRule
from bot.offices.states import OfficeKind, Publication
from bot.tickets.states import TicketKind
from tests.bot.tickets.town import NOW, Town, audit_lines


def _rule(database: Database, district: str | None, office_id: int) -> None:
    with database.unit_of_work() as session:
        service.put_rule(session, "road_damage", district, office_id, actor=CLI, now=NOW)


def _routed(database: Database, district: str | None) -> int:
    with database.read() as session:
        return offices.route(session, "road_damage", district).id


def test_categories_come_in_the_citys_order_with_labels_and_office(
    database: Database, town: Town
) -> None:
    with database.read() as session:
        found = offices.categories(session)
    assert [one.id for one in found] == [
        "other",
        "road_damage",
        "street_light",
        "data_protection",
    ]
    light = found[2]
    assert light.office == offices.OfficeInfo(town.lamps, "evl", "EVL", OfficeKind.COMPANY)
    assert light.label() == light.label("de") == light.label("tr") == "Straßenbeleuchtung defekt"
    assert light.label("en") == "Street light"
    assert light.label("plain") == "Die Laterne ist kaputt"
    assert (found[3].kind, found[3].publication) == (TicketKind.DATA_REQUEST, Publication.NEVER)


def test_a_label_of_a_dropped_category_is_its_id(database: Database, town: Town) -> None:
    with database.read() as session:
        assert offices.label(session, "road_damage", "en") == "Pothole"
        assert offices.label(session, "gone") == "gone"
        with pytest.raises(offices.CategoryNotFoundError):
            offices.category(session, "gone")


def test_offices_are_found_by_slug(database: Database, town: Town) -> None:
    with database.read() as session:
        assert [one.slug for one in offices.offices(session)] == ["evl", "tbl"]
        assert offices.office(session, "tbl").id == town.roads
        with pytest.raises(offices.OfficeNotFoundError):
            offices.office(session, "gone")


def test_without_a_rule_the_categorys_office_is_in_charge(database: Database, town: Town) -> None:
    assert _routed(database, "wiesdorf") == _routed(database, None) == town.roads


def test_a_rule_for_the_district_wins(database: Database, town: Town) -> None:
    _rule(database, "wiesdorf", town.lamps)
    assert _routed(database, "wiesdorf") == town.lamps
    assert _routed(database, "opladen") == town.roads
    assert _routed(database, None) == town.roads


def test_a_rule_for_everywhere_stands_behind_one_for_the_district(
    database: Database, town: Town
) -> None:
    _rule(database, None, town.lamps)
    _rule(database, "wiesdorf", town.roads)
    assert _routed(database, "wiesdorf") == town.roads
    assert _routed(database, "opladen") == _routed(database, None) == town.lamps


def test_a_rule_is_changed_and_taken_back(database: Database, town: Town) -> None:
    _rule(database, "wiesdorf", town.lamps)
    _rule(database, "wiesdorf", town.roads)
    assert _routed(database, "wiesdorf") == town.roads
    with database.unit_of_work() as session:
        service.put_rule(session, "road_damage", "wiesdorf", town.lamps, actor=CLI, now=NOW)
        service.drop_rule(session, "road_damage", "wiesdorf", actor=CLI, now=NOW)
        service.drop_rule(session, "road_damage", "wiesdorf", actor=CLI, now=NOW)
    assert _routed(database, "wiesdorf") == town.roads
    with database.read() as session:
        actions = [action for action, _, _ in audit_lines(session, "routing_rule")]
    assert actions == ["routing_rule.put"] * 3 + ["routing_rule.dropped"]


@pytest.mark.parametrize("district", ["wiesdorf", None])
def test_the_database_holds_one_rule_per_place(
    database: Database, town: Town, district: str | None
) -> None:
    _rule(database, district, town.lamps)
    double = RoutingRule(category_id="road_damage", district=district, office_id=town.roads)
    with pytest.raises(IntegrityError), database.unit_of_work() as session:
        session.add(double)


def test_an_unknown_category_goes_nowhere(database: Database, town: Town) -> None:
    with database.unit_of_work() as session:
        with pytest.raises(offices.CategoryNotFoundError):
            offices.route(session, "gone", "wiesdorf")
        with pytest.raises(offices.CategoryNotFoundError):
            service.put_rule(session, "gone", None, town.roads, actor=CLI, now=NOW)
        with pytest.raises(offices.OfficeNotFoundError):
            service.put_rule(session, "road_damage", None, 9999, actor=CLI, now=NOW)


def test_putting_again_changes_what_is_there(database: Database, town: Town) -> None:
    new = service.NewCategory("other", "other", "Anderes", "Else", "Anderes", town.lamps)
    with database.unit_of_work() as session:
        office = service.put_office(
            session, "evl", "Energieversorgung", OfficeKind.CITY, actor=CLI, now=NOW
        )
        assert office.id == town.lamps
        service.put_category(session, new, actor=CLI, now=NOW)
    with database.read() as session:
        changed = offices.category(session, "other")
    assert (changed.label_de, changed.office.name) == ("Anderes", "Energieversorgung")


def test_a_target_is_one_and_positive(database: Database, town: Town) -> None:
    new = service.NewCategory("x", "other", "X", "X", "X", town.roads)
    with database.unit_of_work() as session:
        for wrong in (
            replace(new, target_days=0),
            replace(new, target_months=0),
            replace(new, target_days=3, target_months=1),
        ):
            with pytest.raises(InvalidError):
                service.put_category(session, wrong, actor=CLI, now=NOW)
        with pytest.raises(offices.OfficeNotFoundError):
            service.put_category(session, replace(new, office_id=9999), actor=CLI, now=NOW)
