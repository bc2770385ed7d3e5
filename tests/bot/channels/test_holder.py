"""Holding accounts: by one process, with its folder, closed and opened anew as they change."""

from pathlib import Path

from sqlalchemy import select

from bot.audit.service import CLI
from bot.channels import accounts, binding
from bot.channels.models import Channel
from bot.channels.queries import ChannelInfo
from bot.leases.models import Lease
from bot.leases.service import LENGTH
from connectors.base import Account, PlatformError, Trouble
from connectors.capabilities import Capabilities
from tests.fakes.holding import Desk, News, make
from tests.fakes.town import Town

_STATEFUL = Capabilities(max_text=4000, keeps_state=True)


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
    def broken(_: ChannelInfo) -> Account:
        raise PlatformError(Trouble.SETTINGS, "no such library")

    unable = make(town, News(_STATEFUL), tmp_path / "a", owner="unable", opens=broken)
    able = make(town, News(_STATEFUL), tmp_path / "b", owner="able")
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


def test_a_changed_account_is_opened_anew(desk: Desk, town: Town) -> None:
    desk.until("it asks", lambda: bool(desk.news.cursors))
    with town.database.unit_of_work() as session:
        session.get_one(Channel, town.channel_id).version += 1
    desk.until("the old link is closed", lambda: desk.news.closed == 1)
    desk.until("the new one asks", lambda: len(desk.news.cursors) == 2)


def test_an_account_that_cannot_be_opened_is_shown_once(town: Town, tmp_path: Path) -> None:
    tries = []

    def broken(channel: ChannelInfo) -> Account:
        tries.append(channel.id)
        raise PlatformError(Trouble.SETTINGS, "no such library")

    made = make(town, News(), tmp_path, opens=broken)
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
