"""Files that come later than their messages: asked for again, added once, or said to be missing."""

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from bot.attachments.models import Attachment, Blob
from bot.audit.service import CLI
from bot.channels import health
from bot.channels.queries import ChannelInfo, channels
from bot.inbound import fetching
from bot.inbound.fetching import Fetcher, FileNotAwaitedError
from bot.inbound.models import AwaitedFile
from bot.inbox.models import Message
from bot.leases import service as leases
from bot.leases.models import Lease
from bot.leases.service import LeaseLostError
from bot.leases.tenure import Tenure
from bot.privacy import erasure
from connectors.base import (
    AWAITED,
    MISSING,
    TOO_LARGE,
    FileLostError,
    PlatformError,
    RawFile,
    Trouble,
)
from tests.fakes.platform import Platform
from tests.fakes.town import Town, awaiting, raw

DOWN = PlatformError(Trouble.UNREACHABLE, "HTTP 502")


def picture() -> RawFile:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    return RawFile("loch.png", "image/png", out.getvalue())


@dataclass
class Late(Platform):
    """A platform of which each message's fetches are known, in their order."""

    fetched: list[str] = field(default_factory=list)

    async def fetch(self, payload: Mapping[str, object]) -> RawFile:
        events = payload["events"]
        assert isinstance(events, list)
        self.fetched.append(str(events[0]["id"]))
        return await super().fetch(payload)


@dataclass
class Desk:
    """A process that holds the town's one channel and fetches for it."""

    town: Town
    link: Late
    tenure: Tenure

    def channel(self) -> ChannelInfo:
        with self.town.database.read() as session:
            [channel] = channels(session)
            return channel

    def fetch(self) -> int:
        fetcher = Fetcher(self.town.database, self.town.bells, now=self.town.clock.now)
        work = fetcher.fetch_once(self.channel(), self.town.platform, self.link, self.tenure)
        return asyncio.run(work)

    def unread(self, native_id: str) -> str | None:
        with self.town.database.read() as session:
            return session.scalars(
                select(Message.unread).where(Message.native_id == native_id)
            ).one()

    def files(self) -> list[str]:
        with self.town.database.read() as session:
            return list(session.scalars(select(Attachment.name).order_by(Attachment.id)))


@pytest.fixture
def desk(town: Town) -> Desk:
    tenure = Tenure(f"channel:{town.channel_id}", "here", town.clock.now, town.clock.ticks)
    tenure.tend(town.database)
    return Desk(town, Late(town.platform.capabilities), tenure)


def test_a_late_file_is_added_to_its_message(desk: Desk, town: Town) -> None:
    town.store(awaiting("m1", "t"))
    assert desk.fetch() == 0, "its message comes first"
    town.work()
    [answer] = town.answers("t")
    assert "angekommen" in answer.text
    assert "nicht" not in answer.text, "nobody says that it cannot be read: it is still to come"
    assert desk.unread("m1") == AWAITED
    assert town.conversation("t").waiting_since is None
    desk.link.files = [DOWN, picture()]
    rung = town.bells.events.rung
    assert desk.fetch() == 1
    assert desk.fetch() == 0, "not again at once"
    town.clock.advance(10)
    assert desk.fetch() == 1
    assert (desk.unread("m1"), desk.files()) == (None, ["loch.png"])
    assert town.bells.events.rung > rung
    town.clock.advance(100_000)
    assert desk.fetch() == 0
    assert len(town.answers("t")) == 1


def test_what_is_not_the_files_fault_uses_up_no_tries(desk: Desk, town: Town) -> None:
    town.store(awaiting("m1", "t"))
    town.work()
    patience = PlatformError(Trouble.RATE, retry_after=timedelta(minutes=30))
    for trouble, wait in [(patience, 1800), (PlatformError(Trouble.LOGIN), 300)] * 20:
        desk.link.files = [trouble]
        assert desk.fetch() == 1
        town.clock.advance(wait - 1)
        assert desk.fetch() == 0
        town.clock.advance(1)
        desk.tenure.tend(town.database)
    with town.database.unit_of_work() as session:
        health.note_trouble(session, town.channel_id, DOWN, now=town.clock.now())
    assert desk.fetch() == 0, "the platform as a whole does not answer"
    with town.database.unit_of_work() as session:
        health.clear(session, town.channel_id, now=town.clock.now())
        assert session.scalars(select(AwaitedFile.tries)).all() == [0]
    desk.link.files = [picture()]
    assert desk.fetch() == 1
    assert desk.files() == ["loch.png"]


def test_after_a_day_a_person_has_to_look_and_can_ask_again(desk: Desk, town: Town) -> None:
    town.store(awaiting("m1", "t"))
    town.work()
    began = town.clock.now()
    while desk.unread("m1") == AWAITED:
        desk.link.files = [DOWN]
        desk.fetch()
        assert town.conversation("t").waiting_since is None or desk.unread("m1") == MISSING
        town.clock.advance(600)
        desk.tenure.tend(town.database)
        assert town.clock.now() - began < timedelta(days=2)
    assert town.clock.now() - began > timedelta(hours=10)
    assert desk.unread("m1") == MISSING
    assert town.conversation("t").waiting_since is not None
    town.clock.advance(100_000)
    desk.tenure.tend(town.database)
    assert desk.fetch() == 0
    with town.database.unit_of_work() as session:
        message_id = session.scalars(select(Message.id).where(Message.native_id == "m1")).one()
        assert fetching.given_up(session, [message_id]) == {message_id}
        there = town.conversation("t").id
        fetching.ask_again(session, there, message_id, actor=CLI, now=town.clock.now())
        assert fetching.given_up(session, [message_id]) == set()
    assert desk.unread("m1") == AWAITED
    desk.link.files = [picture()]
    desk.fetch()
    assert (desk.unread("m1"), desk.files()) == (None, ["loch.png"])
    with pytest.raises(FileNotAwaitedError), town.database.unit_of_work() as session:
        fetching.ask_again(session, there, message_id, actor=CLI, now=town.clock.now())


def test_what_will_never_be_had_is_said_at_once(desk: Desk, town: Town) -> None:
    town.store(awaiting("m1", "t"))
    town.work()
    desk.link.files = [FileLostError(TOO_LARGE)]
    desk.fetch()
    assert desk.unread("m1") == TOO_LARGE
    assert town.conversation("t").waiting_since is not None


def test_nobodys_many_files_keep_out_the_others(desk: Desk, town: Town) -> None:
    for number in range(20):
        town.store(awaiting(f"m{number}", "mallory"))
    town.work()
    town.clock.advance(1)
    town.store(awaiting("a1", "anna"))
    town.work()
    desk.fetch()
    assert "a1" in desk.link.fetched
    assert len(desk.link.fetched) == 4


def test_a_message_that_is_deleted_meanwhile_gets_no_file(desk: Desk, town: Town) -> None:
    town.store(awaiting("m1", "t"))
    town.work()

    class Slow(Late):
        async def fetch(self, payload: Mapping[str, object]) -> RawFile:
            town.store(raw("gone", "t", {"kind": "delete", "id": "m1"}))
            town.work()
            return picture()

    desk.link = Slow(town.platform.capabilities)
    assert desk.fetch() == 1
    assert desk.files() == []
    with town.database.read() as session:
        assert session.scalars(select(AwaitedFile)).all() == []
        assert session.scalars(select(Attachment)).all() == []
        town.clock.advance(2 * 86400)
        orphans = erasure.orphaned_blobs(session, before=town.clock.now(), limit=9)
        assert orphans == session.scalars(select(Blob.id).order_by(Blob.id)).all()


def test_who_has_lost_the_lease_stores_nothing_and_the_next_one_goes_on(
    desk: Desk, town: Town
) -> None:
    town.store(awaiting("m1", "t"))
    town.work()
    desk.link.files = [picture(), picture()]
    with town.database.unit_of_work() as session:
        name = f"channel:{town.channel_id}"
        session.get_one(Lease, name).until = town.clock.now()
        assert leases.take(session, name, "there", now=town.clock.now()) is not None
    with pytest.raises(LeaseLostError):
        desk.fetch()
    assert (desk.unread("m1"), desk.files()) == (AWAITED, [])
    town.clock.advance(60)
    desk.tenure = Tenure(f"channel:{town.channel_id}", "again", town.clock.now, town.clock.ticks)
    desk.tenure.tend(town.database)
    desk.fetch()
    assert (desk.unread("m1"), desk.files()) == (None, ["loch.png"])
