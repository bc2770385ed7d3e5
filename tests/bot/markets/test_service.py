"""Markets in the database: written by the service, read as facts."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.audit import service as audit
from bot.audit.models import AuditEntry
from bot.city import queries as city
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.events.models import Event
from bot.markets import queries, rules, service
from bot.markets.models import Market, MarketException
from bot.markets.rules import DatedException, MarketFacts, Rule
from bot.markets.states import DayStatus, ExceptionKind, HolidayPolicy

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
ACTOR = audit.CLI
THURSDAY = dt.date(2026, 11, 26)
OPLADEN = MarketFacts(
    slug="opladen",
    name="Wochenmarkt Opladen",
    district="opladen",
    place="Opladener Platz",
    policy=HolidayPolicy.PREVIOUS_DAY_ELSE_CANCELLED,
    as_of="2023",
    rules=(Rule(1, nth=-1), Rule(3, "07:00", "13:00", season_from="03-01", season_to="12-31")),
    exceptions=(DatedException(THURSDAY, ExceptionKind.NOTE, note="Mit Adventsstand."),),
    operator="Marktgilde",
    source="Zeitung",
    source_url="https://markt.example",
    verified=True,
)


def create(database: Database, *markets: MarketFacts) -> None:
    with database.unit_of_work() as session:
        for position, facts in enumerate(markets):
            service.create(session, facts, position=position, actor=ACTOR, now=NOW)


def read(database: Database, slug: str = "opladen") -> MarketFacts:
    with database.read() as session:
        return queries.by_slug(session, slug)


def test_what_is_stored_is_read_again(database: Database) -> None:
    schlebusch = replace(OPLADEN, slug="schlebusch", name="Markt", rules=(), exceptions=())
    create(database, schlebusch, OPLADEN)
    with database.read() as session:
        assert queries.all_facts(session) == (schlebusch, OPLADEN)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 3
        assert set(session.scalars(select(Event.kind))) == {"market.changed"}
        assert city.data_version(session) == 3
    assert read(database) == OPLADEN


def test_an_unknown_market(database: Database) -> None:
    with pytest.raises(queries.MarketNotFoundError), database.read() as session:
        queries.by_slug(session, "atlantis")


def test_no_market_at_all(database: Database) -> None:
    with database.read() as session:
        assert queries.all_facts(session) == ()


def test_upcoming_days_of_all_markets_in_order(database: Database) -> None:
    rheindorf = replace(
        OPLADEN, slug="rheindorf", name="Markt R", rules=(Rule(3, "06:00", "12:00"),)
    )
    cancelled = DatedException(dt.date(2026, 12, 3), ExceptionKind.CANCELLED)
    create(database, OPLADEN, replace(rheindorf, exceptions=(cancelled,)))
    with database.read() as session:
        found = queries.upcoming(queries.all_facts(session), dt.date(2026, 11, 24), 10)
    assert [(one.market.slug, one.day.date.day, one.day.status) for one in found] == [
        ("opladen", 24, DayStatus.REGULAR),
        ("rheindorf", 26, DayStatus.REGULAR),
        ("opladen", 26, DayStatus.REGULAR),
        ("rheindorf", 3, DayStatus.CANCELLED),
        ("opladen", 3, DayStatus.REGULAR),
    ]


def test_a_new_exception_replaces_the_old_one(database: Database) -> None:
    create(database, OPLADEN)
    entry = DatedException(
        THURSDAY,
        ExceptionKind.MOVED,
        new_date=dt.date(2026, 11, 27),
        place="Marktplatz",
        from_time="09:00",
        until_time="14:00",
        note="Baustelle.",
    )
    with database.unit_of_work() as session:
        service.set_exception(session, "opladen", entry, actor=ACTOR, now=NOW)
    assert read(database).exceptions == (entry,)
    with database.unit_of_work() as session:
        assert service.remove_exception(session, "opladen", THURSDAY, actor=ACTOR, now=NOW)
        assert not service.remove_exception(session, "opladen", THURSDAY, actor=ACTOR, now=NOW)
    assert read(database).exceptions == ()


def test_changing_a_market_replaces_its_rules_and_keeps_its_exceptions(database: Database) -> None:
    create(database, OPLADEN)
    changed = replace(OPLADEN, name="Markt", rules=(Rule(5, "08:00", "14:00"),), exceptions=())
    with database.unit_of_work() as session:
        service.change(session, changed, version=0, actor=ACTOR, now=NOW)
    assert read(database) == replace(changed, exceptions=OPLADEN.exceptions)
    with pytest.raises(service.StaleMarketError), database.unit_of_work() as session:
        service.change(session, OPLADEN, version=0, actor=ACTOR, now=NOW)
    assert read(database).name == "Markt"


def test_deleting_a_market_takes_rules_and_exceptions_along(database: Database) -> None:
    create(database, OPLADEN)
    with database.unit_of_work() as session:
        session.delete(session.scalars(select(Market)).one())
        session.flush()
        assert session.scalar(select(func.count()).select_from(MarketException)) == 0


def moved(new_date: dt.date | None, kind: ExceptionKind = ExceptionKind.MOVED) -> MarketFacts:
    return replace(OPLADEN, exceptions=(DatedException(THURSDAY, kind, new_date=new_date),))


REFUSED = (
    (replace(OPLADEN, slug="Opladen Markt"), "slug"),
    (replace(OPLADEN, name=" "), "name"),
    (replace(OPLADEN, place=""), "place"),
    (replace(OPLADEN, rules=(Rule(7),)), "weekday"),
    (replace(OPLADEN, rules=(Rule(3, nth=5),)), "nth"),
    (replace(OPLADEN, rules=(Rule(3, season_from="03-01"),)), "season"),
    (replace(OPLADEN, rules=(Rule(3, season_from="13-01", season_to="01-01"),)), "season"),
    (replace(OPLADEN, rules=(Rule(3, "7:00", "13:00"),)), "from_time"),
    (replace(OPLADEN, rules=(Rule(3, "07:00", "25:00"),)), "until_time"),
    (replace(OPLADEN, rules=(Rule(3, "13:00", "07:00"),)), "until_time"),
    (moved(None), "new_date"),
    (moved(THURSDAY), "new_date"),
    (moved(THURSDAY, ExceptionKind.CANCELLED), "new_date"),
    (moved(None, ExceptionKind.NOTE), "note"),
)


def test_what_could_not_work_is_refused(database: Database) -> None:
    for facts, field in REFUSED:
        with pytest.raises(InvalidError) as caught:
            create(database, facts)
        assert caught.value.field == field
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Market)) == 0


def test_a_stored_market_has_its_days(database: Database) -> None:
    create(database, OPLADEN)
    (day,) = rules.days(read(database), THURSDAY, THURSDAY)
    assert day.note == "Mit Adventsstand."
