"""Files that their platform did not hand out in time: asked for again, and added when they come."""

import asyncio
import json
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels.models import ChannelHealth
from bot.channels.queries import ChannelInfo
from bot.channels.rules import LONGEST_ASKED
from bot.db.engine import Database
from bot.errors import NotFoundError
from bot.events import service as events
from bot.events.service import Change
from bot.inbound import files
from bot.inbound.models import AwaitedFile, RawItem
from bot.inbox.models import Conversation, Message
from bot.inbox.states import ConversationStatus
from bot.leases.service import LeaseLostError
from bot.leases.tenure import Tenure
from bot.wake import Bells
from connectors.base import (
    AWAITED,
    MISSING,
    Connector,
    FileLostError,
    Link,
    PlatformError,
    RawFile,
    Trouble,
)
from connectors.text import clean

_log = structlog.get_logger()
_EVERY = 2.0  # seconds between two looks
_AT_ONCE = 4
_WITHIN = 10.0  # seconds for the first try; doubled with each, up to the longest
_LONGEST = 60.0
_TRIES = 13
_PAUSE = timedelta(seconds=10)  # after the first try; doubled with each: in all a day
_PATIENCE = timedelta(minutes=5)  # where it is not the file's fault
_ITS_ITEM = (Message.channel_id == RawItem.channel_id) & (Message.native_id == RawItem.about)
_MUTE = {"synchronize_session": False}

Pull = Callable[[ChannelInfo, Connector, Link, Tenure], Coroutine[None, None, None]]


class FileNotAwaitedError(NotFoundError):
    """There is nothing left by which this file could be asked for."""

    code = "file_not_awaited"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A file that is due, and its message, which is in the inbox already."""

    raw_item_id: int
    message_id: int
    conversation_id: int
    tries: int
    payload: str


class Fetcher:
    """Fetches the awaited files of channels, a few at a time, each conversation in its turn."""

    def __init__(
        self, database: Database, bells: Bells, *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._database = database
        self._bells = bells
        self._now = now

    def beside(self, pull: Pull) -> Pull:
        """Return `pull` with the fetching beside it: it begins and ends with it."""

        async def both(
            channel: ChannelInfo, connector: Connector, link: Link, tenure: Tenure
        ) -> None:
            fetching = asyncio.create_task(
                self.fetch_for_ever(channel, connector, link, tenure), name=f"fetch-{channel.slug}"
            )
            try:
                await pull(channel, connector, link, tenure)
            finally:
                fetching.cancel()
                await asyncio.gather(fetching, return_exceptions=True)

        return both

    async def fetch_for_ever(
        self, channel: ChannelInfo, connector: Connector, link: Link, tenure: Tenure
    ) -> None:
        """Fetch what is due until the lease is lost or the task is cancelled."""
        while tenure.held:
            try:
                fetched = await self.fetch_once(channel, connector, link, tenure)
            except LeaseLostError:
                return
            except Exception as error:  # noqa: BLE001 (the loop goes on, whatever a file does)
                _log.error("fetch.failed", channel=channel.id, error=type(error).__name__)
                fetched = 0
            if not fetched:
                await asyncio.sleep(_EVERY)

    async def fetch_once(
        self, channel: ChannelInfo, connector: Connector, link: Link, tenure: Tenure
    ) -> int:
        """Try the files whose turn it is; return how many were tried."""
        due = await self._database.run(lambda: self._due(channel.id))
        most = connector.capabilities.max_media_bytes
        await asyncio.gather(*(self._fetch(channel, most, link, tenure, one) for one in due))
        return len(due)

    def _due(self, channel_id: int) -> Sequence[Awaited]:
        with self._database.read() as session:
            return due(session, channel_id, now=self._now())

    async def _fetch(
        self, channel: ChannelInfo, most: int, link: Link, tenure: Tenure, one: Awaited
    ) -> None:
        try:
            async with asyncio.timeout(min(_WITHIN * 2**one.tries, _LONGEST)):
                file = await link.fetch(json.loads(one.payload))
        except FileLostError as lost:
            code = lost.code
            await self._store(tenure, lambda session: give_up(session, one, code, now=self._now()))
        except Exception as error:  # noqa: BLE001 (one file must not keep the others away)
            trouble = error if isinstance(error, PlatformError) else None
            _log.info("fetch.failed", channel=channel.id, error=type(error).__name__)
            await self._store(
                tenure, lambda session: put_off(session, one, trouble, now=self._now())
            )
        else:
            await self._database.run(lambda: self._add(tenure, one, file, most))
            self._bells.events.ring()

    async def _store(self, tenure: Tenure, write: Callable[[Session], None]) -> None:
        def work() -> None:
            with self._database.unit_of_work() as session:
                tenure.prove(session)
                write(session)

        await self._database.run(work)
        self._bells.events.ring()

    def _add(self, tenure: Tenure, one: Awaited, file: RawFile, most: int) -> None:
        name, now = clean(file.name)[:255], self._now()
        examined = files.examine_one(self._database, name, file.content, most, now)
        with self._database.unit_of_work() as session:
            tenure.prove(session)
            add(session, one, examined, now=now)


def due(session: Session, channel_id: int, *, now: datetime) -> Sequence[Awaited]:
    """Return whose turn it is: one file of each conversation before anybody's second.

    Nothing is due while the platform as a whole does not answer: it would only use up tries.
    """
    turn = func.row_number().over(
        partition_by=Message.conversation_id, order_by=(AwaitedFile.tries, AwaitedFile.due_at)
    )
    failing = select(ChannelHealth.channel_id).where(
        ChannelHealth.channel_id == channel_id, ChannelHealth.failing_since.is_not(None)
    )
    rows = session.execute(
        select(RawItem.id, Message.id, Message.conversation_id, AwaitedFile.tries, RawItem.payload)
        .select_from(AwaitedFile)
        .join(RawItem, RawItem.id == AwaitedFile.raw_item_id)
        .join(Message, _ITS_ITEM)
        .where(
            AwaitedFile.channel_id == channel_id,
            AwaitedFile.due_at <= now,
            Message.deleted_at.is_(None),
            ~failing.exists(),
        )
        .order_by(turn, AwaitedFile.tries, AwaitedFile.due_at, RawItem.id)
        .limit(_AT_ONCE)
    )
    return [Awaited(*row) for row in rows]


def add(session: Session, one: Awaited, file: files.File, *, now: datetime) -> None:
    """Add a file to its message, unless that was deleted meanwhile."""
    awaited = session.scalar(
        delete(AwaitedFile)
        .where(AwaitedFile.raw_item_id == one.raw_item_id)
        .returning(AwaitedFile.raw_item_id)
        .execution_options(**_MUTE)
    )
    if awaited is not None and _mark(session, one, None, now):
        files.attach(session, one.message_id, 0, file)


def put_off(
    session: Session, one: Awaited, trouble: PlatformError | None, *, now: datetime
) -> None:
    """Try again later; after the last try give up. What is not the file's fault is no try."""
    if trouble is not None and trouble.trouble in {Trouble.LOGIN, Trouble.RATE}:
        asked = min(trouble.retry_after or _PATIENCE, LONGEST_ASKED)
        _plan(session, one.raw_item_id, one.tries, now + asked)
    elif one.tries + 1 >= _TRIES:
        give_up(session, one, MISSING, now=now)
    else:
        _plan(session, one.raw_item_id, one.tries + 1, now + _PAUSE * 2**one.tries)


def give_up(session: Session, one: Awaited, code: str, *, now: datetime) -> None:
    """Ask no more; the message says why, and a person has to look."""
    conversation = session.get_one(Conversation, one.conversation_id, with_for_update=True)
    _plan(session, one.raw_item_id, one.tries, None)
    if _mark(session, one, code, now) and conversation.status is ConversationStatus.OPEN:
        conversation.waiting_since = conversation.waiting_since or now


def given_up(session: Session, message_ids: Collection[int]) -> frozenset[int]:
    """Return those of the messages whose file nobody asks for, but could be asked for again."""
    return frozenset(
        session.scalars(
            select(Message.id)
            .join(RawItem, _ITS_ITEM)
            .join(AwaitedFile, AwaitedFile.raw_item_id == RawItem.id)
            .where(Message.id.in_(message_ids), AwaitedFile.due_at.is_(None))
        )
    )


def ask_again(
    session: Session, conversation_id: int, message_id: int, *, actor: Actor, now: datetime
) -> None:
    """Ask for the missing file of a message anew; raises `FileNotAwaitedError`."""
    found = session.scalar(
        update(Message)
        .where(
            Message.id == message_id,
            Message.conversation_id == conversation_id,
            Message.deleted_at.is_(None),
        )
        .values(unread=AWAITED)
        .returning(Message.id)
        .execution_options(**_MUTE)
    )
    item = select(RawItem.id).join(Message, _ITS_ITEM).where(Message.id == found)
    awaited = session.scalar(
        update(AwaitedFile)
        .where(AwaitedFile.raw_item_id.in_(item))
        .values(tries=0, due_at=now)
        .returning(AwaitedFile.raw_item_id)
        .execution_options(**_MUTE)
    )
    if awaited is None:
        raise FileNotAwaitedError("There is nothing left by which this file could be asked for.")
    events.publish(session, [Change("message.revised", conversation_id)], now=now)
    audit.note(session, actor, "file.wanted", "message", message_id, "unread", now=now)


def _plan(session: Session, raw_item_id: int, tries: int, due_at: datetime | None) -> None:
    session.execute(
        update(AwaitedFile)
        .where(AwaitedFile.raw_item_id == raw_item_id)
        .values(tries=tries, due_at=due_at)
        .execution_options(**_MUTE)
    )


def _mark(session: Session, one: Awaited, unread: str | None, now: datetime) -> bool:
    """Say at the message what became of its file; False where the message was deleted.

    A deletion waits for this row, or this waits for it: what is added is taken with the message.
    """
    found = session.scalar(
        update(Message)
        .where(Message.id == one.message_id, Message.deleted_at.is_(None))
        .values(unread=unread)
        .returning(Message.id)
        .execution_options(**_MUTE)
    )
    if found is not None:
        events.publish(session, [Change("message.revised", one.conversation_id)], now=now)
    return found is not None
