"""What the desk, the command and the figures know about every channel."""

from datetime import timedelta

from bot.audit.service import CLI
from bot.channels import accounts, forms, health
from bot.channels import service as channels
from bot.channels.overview import Overview, overview
from bot.channels.queries import Callback
from bot.channels.service import note_callback
from bot.channels.states import ChannelState, Condition
from bot.db.engine import Database
from bot.events import queries as events
from connectors.base import PlatformError, Standing, Trouble
from tests.bot.channels.support import GIVEN, KEY
from tests.fakes import town as towns
from tests.fakes.clock import NOON


def seen(database: Database, slug: str, *, later: timedelta = timedelta()) -> Overview:
    with database.read() as session:
        [found] = overview(session, now=NOON + later, slug=slug)
    return found


def add_matrix(database: Database) -> int:
    with database.unit_of_work() as session:
        values = forms.read("matrix", GIVEN)
        added = accounts.add(session, "matrix", "Matrix", values, key=KEY, actor=CLI, now=NOON)
    return added.id


def test_waiting_items_are_counted_by_channel(database: Database) -> None:
    town = towns.build(database)
    add_matrix(database)
    for thread in ("a", "b"):
        town.says(thread, "Hallo")
    assert (seen(database, "fake").waiting_in, seen(database, "fake").waiting_out) == (2, 0)
    town.work()
    town.says("c", "Hallo")
    found = seen(database, "fake")
    assert (found.waiting_in, found.waiting_out, found.is_counted) == (1, 2, True)
    assert found.last_in_at is not None
    other = seen(database, "matrix")
    assert (other.waiting_in, other.waiting_out, other.last_in_at) == (0, 0, None)
    town.work()
    town.send()
    found = seen(database, "fake")
    assert (found.waiting_in, found.waiting_out) == (0, 0)
    assert found.last_out_at is not None


def test_troubles_come_with_advice_and_go(database: Database) -> None:
    channel = add_matrix(database)
    assert seen(database, "matrix").condition is Condition.OK
    standing = Standing("Stadt", NOON + timedelta(days=3), 7, NOON)
    with database.unit_of_work() as session:
        health.note_answer(session, channel, standing, lag=timedelta(seconds=2), now=NOON)
    found = seen(database, "matrix")
    assert (found.account_name, found.rate_left, found.expires_soon) == ("Stadt", 7, True)
    assert (found.lag, found.condition, found.advice) == (
        timedelta(seconds=2),
        Condition.OK,
        None,
    )
    with database.unit_of_work() as session:
        error = PlatformError(Trouble.UNREACHABLE, "connection refused")
        health.note_trouble(session, channel, error, now=NOON)
    assert seen(database, "matrix").condition is Condition.SLOW
    found = seen(database, "matrix", later=timedelta(minutes=2))
    assert found.condition is Condition.TROUBLE
    assert found.advice
    assert "nicht zu erreichen" in found.advice.to("de")
    assert (found.failing_since, found.detail) == (NOON, "connection refused")
    with database.read() as session:
        before = events.newest(session)
    with database.unit_of_work() as session:
        health.note_answer(session, channel, None, lag=None, now=NOON)
    with database.read() as session:
        assert [one.kind for one in events.after(session, before)] == ["channel.changed"]
    assert seen(database, "matrix").trouble is None
    assert seen(database, "matrix", later=timedelta(minutes=5)).condition is Condition.SLOW


def test_who_resumes_wants_it_tried_again(database: Database) -> None:
    channel = add_matrix(database)
    with database.unit_of_work() as session:
        health.log_out(session, channel, "M_UNKNOWN_TOKEN", now=NOON)
    found = seen(database, "matrix")
    assert (found.state, found.condition) == (ChannelState.PAUSED, Condition.TROUBLE)
    with database.unit_of_work() as session:
        channels.set_state(session, "matrix", ChannelState.ACTIVE, actor=CLI, now=NOON)
    assert seen(database, "matrix").condition is Condition.OK


def test_a_callback_that_fails_is_trouble(database: Database) -> None:
    with database.unit_of_work() as session:
        slug, _ = channels.add(session, "api", "App", actor=CLI, now=NOON)
        url = "https://app.example.org/"
        channel = channels.set_callback(session, slug, url, actor=CLI, now=NOON)
        note_callback(session, Callback(channel, url, None), "HTTP 500")
    found = seen(database, slug)
    assert (found.condition, found.callback, found.callback_error) == (
        Condition.TROUBLE,
        url,
        "HTTP 500",
    )


def test_removed_channels_are_not_seen(database: Database) -> None:
    add_matrix(database)
    with database.unit_of_work() as session:
        accounts.remove(session, "matrix", actor=CLI, now=NOON)
    with database.read() as session:
        assert overview(session, now=NOON) == []
