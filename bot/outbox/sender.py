"""The way out: claim threads, mark their next part as sending, send, record what became of it.

`sending` is stored before the call, so that a crash in between is seen: such a part is looked up,
repeated where the platform recognises its key, and otherwise left to a person.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import health
from bot.channels.links import Links, NotOursError
from bot.channels.models import Channel
from bot.channels.queries import ChannelInfo, Connectors
from bot.db.bulk import update_rows
from bot.db.engine import Database
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Message
from bot.outbox import rules
from bot.outbox.breakers import Breakers
from bot.outbox.models import Delivery
from bot.outbox.rules import Verdict
from bot.outbox.service import order_key
from bot.outbox.states import OPEN, DeliveryState
from bot.wake import Bells
from bot.work import service as work
from bot.work.service import Claim
from bot.work.states import Lane
from connectors.base import (
    Button,
    Capabilities,
    Duplicate,
    Link,
    OutboundPart,
    SendResult,
    Sent,
    Transient,
    Unknown,
    Visibility,
)

_log = structlog.get_logger()
_RECORD_AFTER = work.LEASE / 4
_SEND_WITHIN = 12.0  # seconds; with the above still within the lease
_AT_ONCE = 10  # requests of one process; a channel's platform sees no more
_RECORD_TRIES = 3
_MUTE = {"synchronize_session": False}

Thread = tuple[int, str]  # channel id, order key


@dataclass(frozen=True, slots=True)
class _Part:
    id: int
    channel_id: int
    visibility: Visibility
    thread: str
    key: str
    state: DeliveryState
    attempts: int
    text: str
    buttons: list[object]
    in_reply_to: str | None
    due_at: datetime
    created_at: datetime
    conversation_id: int

    @property
    def line(self) -> Thread:
        """The thread whose order this part keeps."""
        return self.channel_id, order_key(self.visibility, self.thread)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What became of the parts that were tried, and those whose time had not come."""

    verdicts: list[tuple[_Part, Verdict]]
    untried: list[_Part]


class Sender:
    """Sends what the outbox holds; `chance` gives the spread of the retries."""

    def __init__(
        self,
        database: Database,
        links: Links,
        connectors: Connectors,
        bells: Bells,
        *,
        owner: str,
        chance: Callable[[], float],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._links = links
        self._connectors = connectors
        self._bells = bells
        self._owner = owner
        self._chance = chance
        self._now = now
        self._breakers = Breakers(chance)

    def run_once(self, lane: Lane, *, limit: int = 100) -> int:
        """Send all due parts of up to `limit` threads; return how many threads were claimed."""
        now = self._now()
        with self._database.read() as session:
            active = {one.id: one for one in health.sending(session, now=now)}
        sendable = self._links.sendable(active.values())
        open_, probing = self._breakers.sort(sendable, now)
        if not open_ and not probing:
            return 0
        with self._database.unit_of_work() as session:
            claims = work.claim(session, lane, self._owner, now=now, limit=limit, channels=open_)
            for channel_id in probing:
                claims += work.claim(
                    session, lane, self._owner, now=now, limit=1, channels=[channel_id]
                )
            parts, done = _start(session, claims, lane, now)
            work.finish(session, done)
        while parts:
            tried = self._links.run(self._try(active, parts))
            parts = self._record_surely(lane, claims, tried.verdicts, tried.untried)
        return len(claims)

    async def _try(self, channels: Mapping[int, ChannelInfo], parts: Sequence[_Part]) -> _Tried:
        """Send the parts, each of a thread of its own, several at a time.

        None is begun after some time: what became of those before must be stored in good time.
        """
        until = self._now() + _RECORD_AFTER
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(part: _Part) -> Verdict | None:
            async with places:
                if begun and self._now() >= until:
                    return None
                begun.append(part)
                return await self._attempt(channels[part.channel_id], part)

        begun: list[_Part] = []
        verdicts = await asyncio.gather(*(one(part) for part in parts))
        pairs = list(zip(parts, verdicts, strict=True))
        return _Tried(
            [(part, verdict) for part, verdict in pairs if verdict is not None],
            [part for part, verdict in pairs if verdict is None],
        )

    async def _attempt(self, channel: ChannelInfo, part: _Part) -> Verdict:
        capabilities = self._connectors.of(channel).capabilities
        age = self._now() - part.created_at
        try:
            link = self._links.of(channel)
            async with asyncio.timeout(_SEND_WITHIN):
                result = await _send(link, capabilities, part, age)
        except NotOursError:
            result = Transient("another process holds the channel")
        except TimeoutError:
            result = Unknown("no answer in time")
        except Exception as error:  # noqa: BLE001 (nobody knows whether the request had left)
            _log.error("sender.connector_failed", delivery=part.id, error=type(error).__name__)
            result = Unknown(f"{type(error).__name__} while sending")
        self._breakers.note(part.channel_id, result, self._now())
        return rules.judge(
            result,
            attempts=part.attempts + 1,
            chance=self._chance(),
            capabilities=capabilities,
            age=age,
            now=self._now(),
        )

    def _record_surely(
        self,
        lane: Lane,
        claims: Sequence[Claim],
        verdicts: Sequence[tuple[_Part, Verdict]],
        untried: Sequence[_Part],
    ) -> list[_Part]:
        """Record, again after a deadlock or a cut connection: what has left is not forgotten."""
        for _ in range(_RECORD_TRIES - 1):
            try:
                return self._record(lane, claims, verdicts, untried)
            except DBAPIError as error:
                _log.error("sender.record_failed", error=type(error).__name__)
        return self._record(lane, claims, verdicts, untried)

    def _record(
        self,
        lane: Lane,
        claims: Sequence[Claim],
        verdicts: Sequence[tuple[_Part, Verdict]],
        untried: Sequence[_Part],
    ) -> list[_Part]:
        """Store the verdicts of the threads still held; return what to send next in these.

        What others have taken over meanwhile is theirs, whether it was tried or not.
        """
        now = self._now()
        tried = {part.line for part, _ in verdicts}
        lines = tried | {part.line for part in untried}
        with self._database.unit_of_work() as session:
            held = work.hold(session, [c for c in claims if (c.channel_id, c.order_key) in lines])
            mine = {(c.channel_id, c.order_key): c for c in claims if c.id in held}
            if len(mine) < len(lines):
                _log.warning("sender.lease_lost", threads=len(lines) - len(mine))
            kept = [(part, verdict) for part, verdict in verdicts if part.line in mine]
            _store(session, kept, now)
            _suspend(session, kept, now)
            waiting = {
                part.line: verdict.due_at for part, verdict in kept if verdict.due_at is not None
            }
            work.postpone(session, [(mine[line], due_at) for line, due_at in waiting.items()])
            work.renew(session, [mine[line] for line in mine if line not in waiting], now=now)
            going_on = [mine[line] for line in mine if line in tried and line not in waiting]
            following, done = _start(session, going_on, lane, now)
            work.finish(session, done)
        self._bells.events.ring()
        return [part for part in untried if part.line in mine] + following


async def _send(link: Link, capabilities: Capabilities, part: _Part, age: timedelta) -> SendResult:
    """Send, or find out what became of a send that was cut off."""
    outgoing = _outbound(part)
    was_cut_off = part.state is DeliveryState.SENDING
    if was_cut_off and not rules.may_repeat(capabilities, age):
        found = await link.find_sent(outgoing, key=part.key)
        return Duplicate(found) if found else Unknown("The process ended while sending.")
    result = await link.send(outgoing, key=part.key)
    if isinstance(result, Unknown):
        found = await link.find_sent(outgoing, key=part.key)
        return Sent(found) if found else result
    return result


def _suspend(session: Session, verdicts: Sequence[tuple[_Part, Verdict]], now: datetime) -> None:
    """Let a channel rest that its platform has told to, or that nobody is logged in to."""
    for channel_id in sorted({part.channel_id for part, _ in verdicts}):
        ours = [verdict for part, verdict in verdicts if part.channel_id == channel_id]
        logged_out = next((v for v in ours if v.logged_out), None)
        if logged_out:
            health.log_out(session, channel_id, logged_out.error or "", now=now)
        blocked = [v.due_at for v in ours if v.whole_channel and v.due_at]
        if blocked:
            health.block(session, channel_id, max(blocked), now=now)


def _start(
    session: Session, claims: Sequence[Claim], lane: Lane, now: datetime
) -> tuple[list[_Part], list[Claim]]:
    """Mark the next open part of each thread as sending; return them, and what has none.

    A part that waits for its time holds back those behind it; `unconfirmed` and `dead` do not.
    """
    threads = {(claim.channel_id, claim.order_key): claim for claim in claims}
    parts = [part for part in _first_open(session, threads, lane) if part.line in threads]
    early = [part for part in parts if part.state is DeliveryState.RETRY and part.due_at > now]
    work.postpone(session, [(threads[part.line], part.due_at) for part in early])
    ready = [part for part in parts if part not in early]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([part.id for part in ready]))
        .values(state=DeliveryState.SENDING)
        .execution_options(**_MUTE)
    )
    busy = {part.line for part in parts}
    return ready, [claim for thread, claim in threads.items() if thread not in busy]


def _first_open(session: Session, threads: dict[Thread, Claim], lane: Lane) -> Iterator[_Part]:
    if not threads:
        return
    first = (
        select(func.min(Delivery.id))
        .where(
            Delivery.channel_id.in_({channel for channel, _ in threads}),
            Delivery.thread.in_({key.partition(":")[2] for _, key in threads}),
            Delivery.state.in_(OPEN),
            Delivery.sent_at.is_(None),  # for the index
            Delivery.lane == lane,
        )
        .group_by(Delivery.channel_id, Delivery.visibility, Delivery.thread)
    )
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.channel_id,
            Delivery.visibility,
            Delivery.thread,
            Delivery.key,
            Delivery.state,
            Delivery.attempts,
            Delivery.text,
            Delivery.buttons,
            Delivery.in_reply_to,
            Delivery.due_at,
            Delivery.created_at,
            Message.conversation_id,
        )
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.id.in_(first))
        .order_by(Delivery.id)
    )
    for row in rows.mappings():
        yield _Part(**row)


def _store(session: Session, verdicts: Sequence[tuple[_Part, Verdict]], now: datetime) -> None:
    if not verdicts:
        return
    sent = [part for part, verdict in verdicts if verdict.state is DeliveryState.SENT]
    numbers = _numbers(session, sent, now)
    update_rows(
        session,
        Delivery,
        [
            {
                "id": part.id,
                "state": verdict.state,
                "attempts": part.attempts + 1,
                "due_at": verdict.due_at or part.due_at,
                "seq": numbers.get(part.id),
                "native_id": verdict.native_id,
                "error_code": verdict.error_code,
                "error": verdict.error,
                "sent_at": now if part.id in numbers else None,
            }
            for part, verdict in verdicts
        ],
    )
    changed = sorted({part.conversation_id for part, _ in verdicts})
    events.publish(session, [Change("delivery.changed", key) for key in changed], now=now)


def _numbers(session: Session, sent: Sequence[_Part], now: datetime) -> dict[int, int]:
    """Give the sent parts of a channel their numbers; its row lock makes them commit in order."""
    numbers: dict[int, int] = {}
    for channel_id in sorted({part.channel_id for part in sent}):
        ids = [part.id for part in sent if part.channel_id == channel_id]
        last = session.execute(
            update(Channel)
            .where(Channel.id == channel_id)
            .values(feed_seq=Channel.feed_seq + len(ids), last_out_at=now)
            .returning(Channel.feed_seq)
            .execution_options(**_MUTE)
        ).scalar_one()
        numbers |= dict(zip(ids, count(last - len(ids) + 1)))
    return numbers


def _outbound(part: _Part) -> OutboundPart:
    return OutboundPart(
        thread=part.thread,
        visibility=part.visibility,
        text=part.text,
        buttons=tuple(
            Button(str(button["id"]), str(button["label"]))
            for button in part.buttons
            if isinstance(button, dict)
        ),
        in_reply_to=part.in_reply_to,
    )
