"""Pulling: news and cursor in one transaction, trouble shown, leases proven."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.leases import service as leases
from bot.leases.models import Lease
from connectors.base import Batch, PlatformError, RawItem, Standing, Trouble
from tests.fakes.holding import Desk, News, make
from tests.fakes.town import Town, item


def test_news_and_cursor_are_stored_together(desk: Desk) -> None:
    desk.news.script_pulls = [
        Batch((item("m1", "t", "Hallo"), item("m2", "t", "Laterne kaputt")), "c1"),
        Batch((item("m2", "t", "Laterne kaputt"), item("m3", "t", "Danke")), "c2"),
    ]
    desk.until("three items", lambda: len(desk.stored()) == 3 and len(desk.news.cursors) == 3)
    assert desk.stored() == ["m1", "m2", "m3"], "what comes again is stored once"
    assert desk.news.cursors == [None, "c1", "c2"]
    assert desk.channel().cursor == "c2"
    found = desk.health()
    assert found is not None
    assert (found.trouble, found.failing_since) == (None, None)
    assert found.checked_at == desk.town.clock.now()


def test_a_clock_that_is_set_back_hides_no_answer(desk: Desk) -> None:
    """Else the channel would be called silent while its platform answers."""

    def checked() -> bool:
        found = desk.health()
        return found is not None and found.checked_at == desk.town.clock.now()

    quiet = Batch((), "c1")
    desk.news.script_pulls = [quiet]
    desk.until("the first answer", checked)
    desk.town.clock.jump(-3600)
    desk.news.script_pulls = [quiet]
    desk.until("an answer at the new time", checked)


def test_a_new_process_goes_on_from_the_stored_cursor(
    desk: Desk, town: Town, tmp_path: Path
) -> None:
    desk.news.script_pulls = [Batch((item("m1", "t", "Hallo"),), "c1")]
    desk.until("the first", lambda: desk.stored() == ["m1"])
    desk.holder.leave()
    assert desk.news.closed == 1
    second = make(town, News(), tmp_path, "there")
    second.until("the second asks", lambda: bool(second.news.cursors))
    assert second.news.cursors[0] == "c1"
    second.holder.leave()
    second.links.stop()


def test_a_frozen_reader_stores_nothing_when_it_wakes(
    desk: Desk, town: Town, tmp_path: Path
) -> None:
    gate = asyncio.Event()

    class Slow(News):
        async def pull(self, cursor: str | None) -> Batch:
            self.cursors.append(cursor)
            await gate.wait()
            return Batch((item("late", "t", "Hallo"),), "late")

    slow = Slow()
    made = make(town, slow, tmp_path, "slow")
    made.until("it asks", lambda: bool(slow.cursors))
    with town.database.unit_of_work() as session:
        name = f"channel:{town.channel_id}"
        session.get_one(Lease, name).until = town.clock.now()
        assert leases.take(session, name, "other", now=town.clock.now()) is not None

    async def wake() -> None:
        gate.set()

    made.links.run(wake())
    made.until("it lets go", lambda: slow.closed == 1)
    assert made.stored() == []
    assert made.channel().cursor is None
    made.holder.leave()
    made.links.stop()


@pytest.mark.parametrize("trouble", [Trouble.UNREACHABLE, Trouble.GARBAGE, Trouble.COMPETING])
def test_trouble_is_shown_and_passes(desk: Desk, trouble: Trouble) -> None:
    desk.news.script_pulls = [PlatformError(trouble, "HTTP 502")]
    desk.until("it is noted", lambda: desk.health() is not None)
    found = desk.health()
    assert found is not None
    assert (found.trouble, found.detail) == (trouble, "HTTP 502")
    assert found.failing_since == desk.town.clock.now()
    desk.news.script_pulls = [Batch((), "c1")]
    desk.until("it passes", lambda: desk.channel().cursor == "c1")
    found = desk.health()
    assert found is not None
    assert (found.trouble, found.failing_since, found.detail) == (None, None, None)


def test_a_connector_that_fails_badly_is_trouble_too(desk: Desk) -> None:
    desk.news.script_pulls = [RuntimeError("secret words of a citizen")]
    desk.until("it is noted", lambda: desk.health() is not None)
    found = desk.health()
    assert found is not None
    assert (found.trouble, found.detail) == (Trouble.GARBAGE, "unreadable: RuntimeError")


def test_a_lost_login_pauses_the_channel(desk: Desk, town: Town) -> None:
    desk.news.script_pulls = [PlatformError(Trouble.LOGIN, "M_UNKNOWN_TOKEN")]
    desk.until("it is paused", lambda: desk.channel().state is ChannelState.PAUSED)
    desk.until("the link is closed", lambda: desk.news.closed == 1)
    asked = len(desk.news.cursors)
    for _ in range(5):
        desk.holder.look()
    assert len(desk.news.cursors) == asked, "nobody hammers at a closed door"
    with town.database.unit_of_work() as session:
        slug = desk.channel().slug
        channels.set_state(session, slug, ChannelState.ACTIVE, actor=CLI, now=town.clock.now())
    desk.until("it asks again", lambda: len(desk.news.cursors) > asked)


@pytest.mark.parametrize("change", ["version", "state"])
def test_what_an_old_link_brings_is_not_stored(town: Town, tmp_path: Path, change: str) -> None:
    """The account was changed while its old link waited for news: they are another account's."""
    gate = asyncio.Event()

    class Slow(News):
        async def pull(self, cursor: str | None) -> Batch:
            self.cursors.append(cursor)
            await gate.wait()
            return Batch((item("old", "t", "Hallo"),), "old", standing=Standing(renewed={"a": "b"}))

    made = make(town, Slow(), tmp_path)
    made.until("it asks", lambda: bool(made.news.cursors))
    with town.database.unit_of_work() as session:
        row = session.get_one(Channel, town.channel_id)
        if change == "version":
            row.version += 1
        else:
            row.state = ChannelState.REMOVED

    async def wake() -> None:
        gate.set()

    task = next(iter(made.holder._seats.values())).task
    assert task is not None
    made.links.run(wake())
    made.links.run(_ended(task))
    assert made.stored() == []
    assert made.channel().cursor is None
    assert made.renewed == []
    assert made.health() is None
    made.holder.leave()
    made.links.stop()


async def _ended(task: "asyncio.Task[None]") -> None:
    await asyncio.wait({task})


def test_a_platform_that_does_not_wait_is_not_asked_all_the_time(desk: Desk) -> None:
    desk.news.script_pulls = [Batch((), "c1")] * 1000
    desk.until("it asks", lambda: len(desk.news.cursors) > 0)
    before = time.monotonic()
    desk.until("it asks again", lambda: len(desk.news.cursors) > 1)
    asked = len(desk.news.cursors)
    assert asked <= 2 + (time.monotonic() - before), "about once a second"
    desk.news.script_pulls = []


def test_names_that_no_database_takes_do_not_stop_the_news(desk: Desk) -> None:
    bad = RawItem("e\0" + "x" * 900, "o\0", item("m1", "t", "Hallo").payload)
    desk.news.script_pulls = [Batch((bad, item("m2", "t", "Hallo")), "c1")]
    desk.until("both are stored", lambda: len(desk.stored()) == 2)
    assert desk.channel().cursor == "c1"


def test_what_a_login_renewed_is_stored(desk: Desk) -> None:
    renewed = Standing(name="@stadt:example.org", renewed={"access_token": "new"})
    desk.news.script_pulls = [Batch((), "c1", standing=renewed)]
    desk.until("it is stored", lambda: desk.channel().cursor == "c1")
    assert desk.renewed == [{"access_token": "new"}]
    found = desk.health()
    assert found is not None
    assert found.account_name == "@stadt:example.org"


def test_lag_is_how_old_the_newest_item_was(desk: Desk) -> None:
    now = desk.town.clock.now()
    old = item("m1", "t", "Hallo")
    late = RawItem("m2", "t", old.payload, sent_at=now - timedelta(seconds=90))
    future = RawItem("m3", "t", old.payload, sent_at=now + timedelta(days=900))
    desk.news.script_pulls = [Batch((late,), "c1")]
    desk.until("stored", lambda: desk.channel().cursor == "c1")
    assert (found := desk.health()) is not None
    assert found.lag_seconds == 90
    desk.news.script_pulls = [Batch((future,), "c2")]
    desk.until("stored", lambda: desk.channel().cursor == "c2")
    assert (found := desk.health()) is not None
    assert found.lag_seconds == 0, "a message from the future is not behind"
    desk.news.script_pulls = [Batch((replace(late, event_id="m4"),), "c3")]
    desk.until("stored", lambda: desk.channel().cursor == "c3")
    desk.news.script_pulls = [Batch((), "c4", more=True)]
    desk.until("stored", lambda: desk.channel().cursor == "c4")
    assert (found := desk.health()) is not None
    assert found.lag_seconds == 90, "there is more to come"
    desk.news.script_pulls = [Batch((), "c5")]
    desk.until("stored", lambda: desk.channel().cursor == "c5")
    assert (found := desk.health()) is not None
    assert found.lag_seconds == 0, "a quiet channel is not late for days"
