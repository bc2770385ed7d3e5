"""Pulling: news and cursor in one transaction, trouble shown, leases proven."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.channels import accounts, binding
from bot.channels import service as channels
from bot.channels.holder import Holder
from bot.channels.links import Links
from bot.channels.models import Channel, ChannelHealth
from bot.channels.queries import ChannelInfo
from bot.channels.states import ChannelState
from bot.inbound.models import RawItem as RawRow
from bot.inbound.pulling import Puller
from bot.leases import service as leases
from bot.leases.models import Lease
from bot.leases.service import LENGTH
from connectors.base import (
    Account,
    Batch,
    Capabilities,
    PlatformError,
    RawItem,
    Standing,
    Trouble,
)
from tests.fakes.platform import Platform, Platforms
from tests.fakes.town import Town, item

_PATIENCE = 20.0
_STATEFUL = Capabilities(max_text=4000, keeps_state=True)


@dataclass
class News(Platform):
    """A platform that is asked for news: `batches` by cursor, or errors; then it is quiet."""

    pulls: bool = True
    script_pulls: list[Batch | Exception] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)
    closed: int = 0

    async def pull(self, cursor: str | None) -> Batch:
        self.cursors.append(cursor)
        while not self.script_pulls:  # noqa: ASYNC110 (the test writes the script at any time)
            await asyncio.sleep(0.01)
        answer = self.script_pulls.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Desk:
    """A process that holds the town's one channel."""

    town: Town
    news: News
    holder: Holder
    links: Links
    renewed: list[dict[str, str]]

    def until(self, condition: str, check: Callable[[], bool]) -> None:
        for _ in range(int(_PATIENCE / 0.02)):
            self.holder.look()
            if check():
                return
            Event().wait(0.02)
        raise AssertionError(f"it never came: {condition}")

    def health(self) -> ChannelHealth | None:
        with self.town.database.read() as session:
            return session.get(ChannelHealth, self.town.channel_id)

    def channel(self) -> Channel:
        with self.town.database.read() as session:
            return session.get_one(Channel, self.town.channel_id)

    def stored(self) -> list[str]:
        with self.town.database.read() as session:
            return list(session.scalars(select(RawRow.event_id).order_by(RawRow.id)))


def make(town: Town, news: News, tmp_path: Path, owner: str = "here") -> Desk:
    connectors = Platforms(news)
    links = Links(connectors, own=False)
    links.start()
    renewed: list[dict[str, str]] = []
    puller = Puller(
        town.database,
        town.bells,
        lambda _, __, standing: renewed.append(dict(standing.renewed)),
        chance=lambda: 0.0,
        now=town.clock.now,
    )

    def account(channel: ChannelInfo) -> Account:
        return Account(channel.slug, tmp_path)

    holder = Holder(
        town.database,
        links,
        connectors,
        puller.pull_for_ever,
        lambda _, __: [],
        account,
        owner=owner,
        data_dir=tmp_path,
        now=town.clock.now,
        ticks=town.clock.ticks,
    )
    return Desk(town, news, holder, links, renewed)


@pytest.fixture
def desk(town: Town, tmp_path: Path) -> Iterator[Desk]:
    made = make(town, News(), tmp_path)
    yield made
    made.holder.leave()
    made.links.stop()


def test_an_account_with_state_is_held_only_where_its_folder_is(town: Town, tmp_path: Path) -> None:
    first = make(town, News(_STATEFUL), tmp_path / "a", owner="first")
    second = make(town, News(_STATEFUL), tmp_path / "b", owner="second")
    first.until("the first one reads", lambda: bool(first.news.cursors))
    bound = first.channel()
    assert bound.folder_id == (tmp_path / "a" / "channels" / ".folder" / "id").read_text()
    assert bound.folder_host
    first.holder.leave()
    second.holder.look()
    assert second.news.cursors == []
    with town.database.read() as session:
        assert session.scalars(select(Lease.owner)).all() == [None], "it is not even asked for"
    again = make(town, News(_STATEFUL), tmp_path / "a", owner="again")
    again.until("the same folder goes on", lambda: bool(again.news.cursors))
    again.holder.leave()

    with town.database.unit_of_work() as session:
        binding.release(session, bound.slug, actor=CLI, now=town.clock.now())
    second.until(
        "another folder goes on, because somebody said so", lambda: bool(second.news.cursors)
    )
    assert second.channel().folder_id != bound.folder_id
    second.holder.leave()
    for one in (first, second, again):
        one.links.stop()


def test_who_cannot_open_an_account_leaves_it_to_others(town: Town, tmp_path: Path) -> None:
    unable = make(town, News(_STATEFUL), tmp_path / "a", owner="unable")
    able = make(town, News(_STATEFUL), tmp_path / "b", owner="able")

    def broken(_: ChannelInfo) -> Account:
        raise PlatformError(Trouble.SETTINGS, "no such library")

    unable.holder._open_account = broken
    for _ in range(2):
        unable.holder.look()
    able.until("the other one reads", lambda: bool(able.news.cursors))
    town.clock.advance(31)
    unable.holder.look()
    assert (tmp_path / "b" / "channels" / ".folder" / "id").read_text() == able.channel().folder_id
    able.holder.leave()
    for one in (unable, able):
        one.links.stop()
    unable.holder.leave()


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


def test_only_one_process_reads_an_account(desk: Desk, town: Town, tmp_path: Path) -> None:
    desk.until("the first asks", lambda: bool(desk.news.cursors))
    second = make(town, News(), tmp_path, "there")
    for _ in range(3):
        second.holder.look()
    assert second.news.cursors == []
    town.clock.advance(LENGTH.total_seconds() + 1)  # the first one is frozen meanwhile
    second.until("the second asks", lambda: bool(second.news.cursors))
    desk.holder.look()
    assert desk.news.closed == 1, "the first one notices and lets go"
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


def test_a_changed_account_is_opened_anew(desk: Desk, town: Town) -> None:
    desk.until("it asks", lambda: bool(desk.news.cursors))
    with town.database.unit_of_work() as session:
        session.get_one(Channel, town.channel_id).version += 1
    desk.until("the old link is closed", lambda: desk.news.closed == 1)
    desk.until("the new one asks", lambda: len(desk.news.cursors) == 2)


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


def test_an_account_that_cannot_be_opened_is_shown_once(town: Town, tmp_path: Path) -> None:
    made = make(town, News(), tmp_path)
    tries = []

    def broken(channel: ChannelInfo) -> Account:
        tries.append(channel.id)
        raise PlatformError(Trouble.SETTINGS, "no such library")

    made.holder._open_account = broken
    for _ in range(10):
        made.holder.look()
    assert len(tries) == 1
    assert (found := made.health()) is not None
    assert found.detail == "no such library"
    town.clock.advance(31)
    made.holder.look()
    assert len(tries) == 2
    made.holder.leave()
    made.links.stop()


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


def test_the_keys_of_a_removed_channel_leave_this_machine_too(
    desk: Desk, town: Town, tmp_path: Path
) -> None:
    slug = desk.channel().slug
    for name in (slug, "draft"):
        (tmp_path / "channels" / name).mkdir(parents=True)
        (tmp_path / "channels" / name / "crypto.db").write_bytes(b"keys")
    desk.until("it asks", lambda: bool(desk.news.cursors))
    assert (tmp_path / "channels" / slug / "crypto.db").exists()
    with town.database.unit_of_work() as session:  # by a page on another machine
        accounts.remove(session, slug, actor=CLI, now=town.clock.now())
    desk.until("the link is closed", lambda: desk.news.closed == 1)
    desk.holder.look()
    assert [path.name for path in (tmp_path / "channels").iterdir()] == ["draft"]
