"""Kinds that the city allows or forbids: by a person, for all accounts, in every process."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot.audit.service import CLI
from bot.channels import health, kinds
from bot.channels import service as channels
from bot.channels.kinds import KindForbiddenError, KindNotFoundError, OwnKindError
from bot.channels.models import Channel, ChannelHealth, KindDecision
from bot.channels.overview import overview
from bot.channels.probe import Caretaker, House
from bot.channels.states import ChannelState, Condition
from bot.db import migrate
from bot.db.engine import Database
from bot.errors import InvalidError, StadtdrahtError
from connectors.base import Batch, PlatformError, Trouble
from tests.bot.channels.support import GIVEN, KEY, audited, caretaker, health_of, row
from tests.fakes.clock import NOON
from tests.fakes.holding import Desk, make
from tests.fakes.platform import Foreign, Platform
from tests.fakes.town import Town, item
from tests.support.waiting import somebody_waits, until

X = {
    "account": "@stadt_beispiel",
    "monthly_budget": "50",
    "consumer_key": "k",
    "consumer_secret": "s",
    "access_token": "1234567890-abc",
    "access_secret": "s",
}


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def house(database: Database, platform: Platform, tmp_path: Path) -> Caretaker:
    return caretaker(database, platform, tmp_path)


def decide(database: Database, kind: str, reason: str = "", *, is_allowed: bool) -> None:
    with database.unit_of_work() as session:
        kinds.decide(session, kind, is_allowed=is_allowed, reason=reason, actor=CLI, now=NOON)


def state_of(database: Database, slug: str) -> ChannelState:
    return row(database, slug).state


def test_x_has_to_be_allowed_first_and_everything_else_is(
    database: Database, platform: Platform, tmp_path: Path
) -> None:
    with database.read() as session:
        assert {one.name for one in kinds.kinds(session) if not one.is_allowed} == {"x"}
    keeper = Caretaker(database, Foreign(platform, "x"), House(KEY, tmp_path), CLI, lambda: NOON)
    for untested in (False, True):
        with pytest.raises(KindForbiddenError, match="stadtdraht channel allow x"):
            keeper.add("x", "X der Stadt", X, untested=untested)
    assert platform.accounts == []
    decide(database, "x", "DSFA 2026/14", is_allowed=True)
    assert state_of(database, keeper.add("x", "X der Stadt", X).slug) is ChannelState.ACTIVE


def test_a_forbidden_kind_stops_its_accounts_and_they_go_on_as_they_were(
    database: Database, house: Caretaker, platform: Platform
) -> None:
    for name in ("Läuft", "Pausiert", "Abgemeldet"):
        house.add("matrix", name, GIVEN | {"user_id": f"@{len(name)}:example.org"})
    with database.unit_of_work() as session:
        channels.set_state(session, "pausiert", ChannelState.PAUSED, actor=CLI, now=NOON)
        lost = session.scalars(select(Channel.id).where(Channel.slug == "abgemeldet")).one()
        health.note_trouble(session, lost, PlatformError(Trouble.LOGIN), now=NOON)
    before = {slug: row(database, slug).version for slug in ("laeuft", "pausiert", "abgemeldet")}

    decide(database, "matrix", "DSFA 2026/14", is_allowed=False)
    states = {slug: state_of(database, slug) for slug in before}
    assert states == {
        "laeuft": ChannelState.FORBIDDEN,
        "pausiert": ChannelState.PAUSED,
        "abgemeldet": ChannelState.FORBIDDEN,
    }
    with database.read() as session:
        told = {one.slug: one for one in overview(session, now=NOON)}
    assert {one.condition for one in told.values()} == {Condition.FORBIDDEN}
    for one in told.values():
        assert one.advice is not None
        assert "does not allow" in one.advice.to("en")
        assert "nicht zugelassen" in one.advice.to("de")

    decide(database, "matrix", is_allowed=True)
    assert {slug: state_of(database, slug) for slug in before} == {
        "laeuft": ChannelState.ACTIVE,
        "pausiert": ChannelState.PAUSED,
        "abgemeldet": ChannelState.ACTIVE,
    }
    known = health_of(database, "abgemeldet")
    assert known is not None
    assert known.trouble is None, "whether the log-in is still lost is asked again"
    assert {slug: row(database, slug).version for slug in before} == before
    assert platform.closed == len(before)


def test_no_platform_is_asked_whose_kind_is_forbidden(
    database: Database, house: Caretaker, platform: Platform
) -> None:
    house.add("matrix", "Matrix", GIVEN)
    asked = len(platform.accounts)
    decide(database, "matrix", is_allowed=False)

    def resume() -> None:
        with database.unit_of_work() as session:
            channels.set_state(session, "matrix", ChannelState.ACTIVE, actor=CLI, now=NOON)

    seen = row(database, "matrix").version
    refused: list[Callable[[], object]] = [
        lambda: house.add("matrix", "Noch einer", GIVEN | {"user_id": "@b:example.org"}),
        lambda: house.test("matrix"),
        lambda: house.change("matrix", "Matrix", GIVEN | {"invites": "none"}, seen=seen),
        resume,
    ]
    for attempt in refused:
        with pytest.raises(KindForbiddenError):
            attempt()
    assert len(platform.accounts) == asked
    assert state_of(database, "matrix") is ChannelState.FORBIDDEN
    house.change("matrix", "Anders", GIVEN, seen=seen)  # a name needs no platform
    house.change("matrix", "Anders", GIVEN | {"invites": "none"}, seen=seen + 1, untested=True)
    assert state_of(database, "matrix") is ChannelState.PAUSED, "nobody has tested it"
    house.remove("matrix")
    assert len(platform.accounts) == asked


def test_a_lost_log_in_of_a_forbidden_account_pauses_nothing(
    database: Database, house: Caretaker
) -> None:
    house.add("matrix", "Matrix", GIVEN)
    decide(database, "matrix", is_allowed=False)
    with database.unit_of_work() as session:  # what was asked just before
        channel_id = session.scalars(select(Channel.id)).one()
        health.note_trouble(session, channel_id, PlatformError(Trouble.LOGIN), now=NOON)
    decide(database, "matrix", is_allowed=True)
    assert state_of(database, "matrix") is ChannelState.ACTIVE


def test_a_log_in_that_is_lost_meanwhile_waits_for_the_decision(town: Town) -> None:
    """On PostgreSQL both lock the channel first, then how it does: neither waits for ever."""
    if town.database.is_sqlite:
        return  # one writer at a time

    def lose() -> None:
        with town.database.unit_of_work() as session:
            health.log_out(session, town.channel_id, "no", now=NOON)

    with town.database.unit_of_work() as session:
        health.clear(session, town.channel_id, now=NOON)
    loser = Thread(target=lose)
    with town.database.unit_of_work() as session:
        session.execute(select(Channel.id).with_for_update())  # as a decision begins
        loser.start()
        until("the other one", lambda: somebody_waits(town.database))
        health.clear(session, town.channel_id, now=NOON)
    loser.join()
    with town.database.read() as session:
        assert session.get_one(ChannelHealth, town.channel_id).trouble is Trouble.LOGIN


@pytest.mark.parametrize(
    ("kind", "reason", "error"),
    [
        ("api", "", OwnKindError),
        ("webchat", "", OwnKindError),
        ("brieftaube", "", KindNotFoundError),
        ("matrix", "a" * (kinds.REASON + 1), InvalidError),
    ],
)
def test_what_cannot_be_decided_is_refused(
    database: Database, kind: str, reason: str, error: type[StadtdrahtError]
) -> None:
    with pytest.raises(error):
        decide(database, kind, reason, is_allowed=False)
    with database.read() as session:
        assert session.scalars(select(KindDecision)).all() == []
    assert audited(database) == []


def test_every_decision_is_kept_with_who_and_why_and_the_trail_holds_no_words(
    database: Database, house: Caretaker
) -> None:
    house.add("matrix", "Matrix", GIVEN)
    decide(database, "matrix", "  DSFA\n2026/14 ", is_allowed=False)
    decide(database, "matrix", is_allowed=True)
    with database.read() as session:
        newest, first = kinds.history(session, "matrix")
        assert kinds.history(session, "telegram") == []
    assert (first.is_allowed, first.reason, first.actor_kind) == (False, "DSFA 2026/14", "cli")
    assert (newest.is_allowed, newest.reason, newest.decided_at) == (True, None, NOON)
    assert audited(database)[1:] == [
        ("kind.forbidden", ["is_allowed", "reason"]),
        ("channel.forbidden", ["state"]),
        ("kind.allowed", ["is_allowed"]),
        ("channel.active", ["state"]),
    ]


def test_a_process_lets_go_reads_nothing_more_and_goes_on_where_it_was(
    desk: Desk, town: Town, tmp_path: Path
) -> None:
    with town.database.unit_of_work() as session:
        session.get_one(Channel, town.channel_id).kind = "matrix"
    desk.until("it asks", lambda: bool(desk.news.cursors))
    desk.news.script_pulls.append(Batch((item("m1", "t", "eins"),), "c1"))
    desk.until("it is read", lambda: desk.channel().cursor == "c1")
    decide(town.database, "matrix", is_allowed=False)
    desk.news.script_pulls.append(Batch((item("m2", "t", "zwei"),), "c2"))  # just before it ends
    desk.until("the link is closed", lambda: desk.news.closed == 1)
    asked = len(desk.news.cursors)
    other = make(town, desk.news, tmp_path, "there")
    for one in (desk, other):
        one.holder.look()
    assert len(desk.news.cursors) == asked
    assert (len(desk.stored()), desk.channel().cursor) == (1, "c1")

    decide(town.database, "matrix", is_allowed=True)
    desk.news.script_pulls = [Batch((item("m2", "t", "zwei"),), "c2")]
    desk.until("it goes on", lambda: desk.channel().cursor == "c2")
    assert desk.news.cursors[asked] == "c1"
    assert len(desk.stored()) == 2
    other.holder.leave()
    other.links.stop()


def test_what_is_to_be_sent_waits_and_is_sent(town: Town) -> None:
    with town.database.unit_of_work() as session:
        session.get_one(Channel, town.channel_id).kind = "matrix"
    town.says("t", "Hallo")
    town.work()
    decide(town.database, "matrix", is_allowed=False)
    town.send()
    assert town.platform.log == []
    assert [part.state for part in town.deliveries()] == ["queued"]
    decide(town.database, "matrix", is_allowed=True)
    town.send()
    assert [part.state for part in town.deliveries()] == ["sent"]


def test_accounts_on_x_stay_allowed_when_a_city_upgrades(database: Database) -> None:
    with database.unit_of_work() as session:
        for kind, state in (("x", "active"), ("matrix", "active")):
            session.add(Channel(kind=kind, slug=kind, name=kind, state=state, created_at=NOON))
    migrate.downgrade(database, "e5c7b2a90d16")
    migrate.upgrade(database)
    with database.read() as session:
        assert kinds.forbidden_kinds(session) == frozenset()
        [decision] = kinds.history(session, "x")
    assert (decision.actor_kind, decision.decided_by) == ("system", None)
    assert state_of(database, "x") is ChannelState.ACTIVE


def test_a_city_without_x_keeps_it_off_when_it_upgrades_and_downgrades(
    database: Database,
) -> None:
    with database.unit_of_work() as session:
        for slug, kind, state in (("a", "x", "removed"), ("b", "matrix", "forbidden")):
            session.add(Channel(kind=kind, slug=slug, name=slug, state=state, created_at=NOON))
    migrate.downgrade(database, "e5c7b2a90d16")
    with database.read() as session:
        states = session.execute(text("SELECT state FROM channel ORDER BY slug")).scalars().all()
    assert states == ["removed", "paused"]
    migrate.upgrade(database)
    with database.read() as session:
        assert kinds.forbidden_kinds(session) == {"x"}


@pytest.fixture
def held(database: Database, house: Caretaker) -> Database:
    house.add("matrix", "Matrix", GIVEN)
    return database


STEPS = st.lists(st.sampled_from(["allow", "forbid", "pause", "resume"]), max_size=8)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_no_account_of_a_forbidden_kind_is_ever_active(held: Database, steps: list[str]) -> None:
    decide(held, "matrix", is_allowed=True)
    for step in steps:
        if step in {"allow", "forbid"}:
            decide(held, "matrix", is_allowed=step == "allow")
        else:
            state = ChannelState.PAUSED if step == "pause" else ChannelState.ACTIVE
            try:
                with held.unit_of_work() as session:
                    channels.set_state(session, "matrix", state, actor=CLI, now=NOON)
            except KindForbiddenError:
                assert step == "resume"
        with held.read() as session:
            is_forbidden = "matrix" in kinds.forbidden_kinds(session)
        state = state_of(held, "matrix")
        assert state is not (ChannelState.ACTIVE if is_forbidden else ChannelState.FORBIDDEN)
