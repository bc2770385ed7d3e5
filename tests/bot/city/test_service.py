"""The city's facts and the data version in the database."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.audit import service as audit
from bot.city import queries, service
from bot.city.rules import CityFacts, Emergency, Hours
from bot.db.engine import Database
from bot.errors import InvalidError

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
FACTS = CityFacts(
    name="Leverkusen",
    ticket_prefix="LEV",
    demo=True,
    phone="0214 406-0",
    email="stadt@stadt.example",
    address="Rathaus",
    alternative_contact="Rufen Sie an.",
    desk_hours=(Hours("08:00", "17:00"), None, Hours("08:00", "12:30"), None, None, None, None),
    handback_after_minutes=90,
    emergency=Emergency(crisis_line=None, gas_fault="0214 1", on_call="0214 2"),
)


def test_an_empty_database_has_defaults(database: Database) -> None:
    with database.read() as session:
        facts = queries.facts(session)
        assert (facts.name, facts.ticket_prefix, facts.demo) == ("Ihre Stadt", "ST", False)
        assert facts == CityFacts()
        assert queries.data_version(session) == 0


def test_what_is_saved_is_read_again(database: Database) -> None:
    for facts in (CityFacts(), FACTS, replace(FACTS, demo=False, phone=None)):
        with database.unit_of_work() as session:
            service.save(session, facts, actor=audit.CLI, now=NOW)
        with database.read() as session:
            assert queries.facts(session) == facts
    with database.read() as session:
        assert queries.data_version(session) == 3


def test_the_version_rises_once_per_writer(database: Database) -> None:
    def bump(_: int) -> int:
        with database.unit_of_work() as session:
            return service.bump(session)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(bump, range(20))) == list(range(1, 21))
    with database.read() as session:
        assert queries.data_version(session) == 20


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (replace(FACTS, name=" "), "name"),
        (replace(FACTS, ticket_prefix="lev"), "ticket_prefix"),
        (replace(FACTS, handback_after_minutes=0), "handback_after_minutes"),
        (replace(FACTS, desk_hours=(None,) * 7), "desk_hours"),
        (replace(FACTS, desk_hours=(Hours("08:00", "17:00"),)), "desk_hours"),
        (replace(FACTS, desk_hours=(Hours("17:00", "08:00"), *[None] * 6)), "desk_hours"),
        (replace(FACTS, desk_hours=(Hours("8:00", "17:00"), *[None] * 6)), "desk_hours"),
    ],
)
def test_facts_that_could_not_work_are_refused(facts: CityFacts, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        service.check(facts)
    assert caught.value.field == field
