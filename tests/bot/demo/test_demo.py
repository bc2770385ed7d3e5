"""The demo city: complete, honest, loaded once."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.audit import service as audit
from bot.channels.models import Channel
from bot.city import queries as city
from bot.city import service as city_service
from bot.db.engine import Database
from bot.demo import entries
from bot.demo import service as demo
from bot.knowledge import queries as knowledge
from bot.markets import queries as markets
from bot.markets import rules
from bot.markets import service as market_service
from bot.markets.states import ExceptionKind
from bot.offices import queries as offices
from bot.offices.models import Category, Office, RoutingRule
from bot.offices.states import OfficeKind, Publication

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
DISTRICTS = {
    *("wiesdorf", "manfort", "rheindorf", "hitdorf", "opladen", "kueppersteg", "buerrig"),
    *("quettingen", "bergisch-neukirchen", "schlebusch", "steinbuechel", "luetzenkirchen"),
    "alkenrath",
}
NEVER = {
    *("abandoned_vehicle", "parking", "noise_odour", "unsafe_place"),
    *("administration", "data_protection"),
}
DANGER = {"road_damage", "traffic_light", "flooding", "winter_service", "tree", "playground"}
TARGETS = {
    **dict.fromkeys(("traffic_light", "flooding", "winter_service"), 1),
    "tree": 2,
    **dict.fromkeys(
        ("street_light", "roadworks", "illegal_dumping", "litter_bin", "playground"), 3
    ),
    "pests_animals": 3,
    **dict.fromkeys(
        ("drain_blocked", "street_cleaning", "parking", "noise_odour", "market_issue"), 5
    ),
    **dict.fromkeys(("abandoned_vehicle", "green_space", "unsafe_place"), 15),
    "data_protection": None,
}


def load(database: Database) -> None:
    with database.unit_of_work() as session:
        demo.load(session, now=NOW)


def count(database: Database) -> list[int]:
    tables = (Office, Category, RoutingRule, Channel)
    with database.read() as session:
        rows = [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
        return [*rows, len(markets.all_facts(session)), len(knowledge.pages(session))]


def test_the_demo_city_is_complete(database: Database) -> None:
    with database.read() as session:
        assert demo.is_empty(session)
    load(database)
    assert count(database) == [14, 29, 4, 1, 7, 6]
    with database.read() as session:
        assert not demo.is_empty(session)
        facts = city.facts(session)
        channel = session.scalars(select(Channel)).one()
    assert (facts.name, facts.ticket_prefix, facts.demo) == ("Leverkusen", "LEV", True)
    assert (channel.kind, channel.slug, channel.name) == ("webchat", "chat", "Web-Chat")
    city_service.check(facts)


def test_the_categories_are_those_of_the_taxonomy(database: Database) -> None:
    load(database)
    with database.read() as session:
        found = offices.categories(session)
    by_id = {category.id: category for category in found}
    assert {id_ for id_, one in by_id.items() if one.danger} == DANGER
    assert {id_ for id_, one in by_id.items() if one.publication is Publication.NEVER} == NEVER
    assert {id_: one.target_days for id_, one in by_id.items()} == {
        id_: TARGETS.get(id_, 10) for id_ in by_id
    }
    assert by_id["data_protection"].target_months == 1
    assert by_id["street_light"].office.slug == "evl"
    assert by_id["litter_bin"].office.kind is OfficeKind.COMPANY
    assert by_id["road_damage"].office.kind is OfficeKind.CITY
    assert (found[0].id, found[-1].id) == ("road_damage", "other")
    assert all(one.label_de and one.label_en and one.label_plain for one in found)


def test_a_market_complaint_goes_to_the_operator_of_the_district(database: Database) -> None:
    load(database)
    with database.read() as session:
        assert offices.route(session, "market_issue", "opladen").slug == "marktbetreiber"
        assert offices.route(session, "market_issue", "alkenrath").slug == "marktbetreiber-zwei"


def test_loading_twice_changes_nothing(database: Database) -> None:
    load(database)
    before = count(database)
    with database.unit_of_work() as session:
        session.get_one(Category, "road_damage").label_de = "Straße kaputt"
        market_service.set_exception(
            session,
            "opladen",
            rules.DatedException(dt.date(2026, 11, 26), ExceptionKind.CANCELLED),
            actor=audit.CLI,
            now=NOW,
        )
    load(database)
    assert count(database) == before
    with database.read() as session:
        assert session.get_one(Category, "road_damage").label_de == "Straße kaputt"
        assert len(markets.by_slug(session, "opladen").exceptions) == 1


def test_a_channel_does_not_make_a_city(database: Database) -> None:
    with database.unit_of_work() as session:
        session.add(Channel(kind="api", slug="x", name="X", created_at=NOW))
    with database.read() as session:
        assert demo.is_empty(session)


def test_what_is_stored_is_what_the_files_say(database: Database) -> None:
    load(database)
    with database.read() as session:
        assert markets.all_facts(session) == entries.markets()
        assert city.facts(session) == entries.city()


def test_markets_carry_source_and_age_and_are_unverified() -> None:
    for market in entries.markets():
        assert market.source
        assert market.as_of.isdigit()
        assert not market.verified
        assert not market.policy_verified
        assert market.district in DISTRICTS
    assert {rule.district for rule in entries.routing()} <= DISTRICTS


@pytest.mark.parametrize(
    ("slug", "start", "end", "expected"),
    [
        ("opladen", "2026-06-01", "2026-06-07", [("2026-06-03", "moved")]),
        (
            "alkenrath",
            "2026-04-01",
            "2026-04-10",
            [("2026-04-02", "moved"), ("2026-04-10", "regular")],
        ),
        ("opladen-frischemarkt", "2026-12-20", "2026-12-31", [("2026-12-26", "cancelled")]),
        (
            "schlebusch",
            "2026-11-23",
            "2026-11-29",
            [("2026-11-25", "regular"), ("2026-11-28", "regular")],
        ),
    ],
)
def test_days_of_the_demo_markets(
    slug: str, start: str, end: str, expected: list[tuple[str, str]]
) -> None:
    facts = next(market for market in entries.markets() if market.slug == slug)
    days = rules.days(facts, dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    assert [(day.date.isoformat(), day.status.value) for day in days] == expected


def test_every_page_says_that_it_is_a_demo() -> None:
    found = {(page.slug, page.language): page for page in entries.pages()}
    assert set(found) == {
        (slug, language)
        for slug in ("datenschutz", "impressum", "barrierefreiheit")
        for language in ("de", "en")
    }
    for (_, language), page in found.items():
        words = {
            "de": "Demo, kein Angebot der Stadt Leverkusen.",
            "en": "Demo, not a service of the City of Leverkusen.",
        }
        assert words[language] in page.body
        assert "<h2>" in knowledge.render_markdown(page.body)


def test_the_statement_names_what_the_law_asks_for() -> None:
    body = next(
        page.body
        for page in entries.pages()
        if (page.slug, page.language) == ("barrierefreiheit", "de")
    )
    for words in ("§ 10b BGG NRW", "Grund:", "Alternative:", "(/chat)", "§ 10d", "Ombudsstelle"):
        assert words in body
