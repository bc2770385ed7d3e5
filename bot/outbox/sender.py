"""The way out: claim threads, mark their next part as sending, send, record what became of it.

`sending` is stored before the call, so that a crash in between is seen: such a part is looked up,
repeated where the platform recognises its key, and otherwise left to a person.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count, repeat
from threading import Event

import structlog
from sqlalchemy import exc, func, literal, select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.channels import health
from bot.channels.links import Links, NotOursError
from bot.channels.models import Channel
from bot.channels.queries import ChannelInfo, Connectors
from bot.db.base import Instant
from bot.db.bulk import update_rows
from bot.db.engine import Database
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Message
from bot.outbox import rules
from bot.outbox.breakers import Breaker
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
    Unknown,
    Visibility,
)

_log = structlog.get_logger()
_SEND_WITHIN = 7.0  # seconds: well within the lease, and a stop within ten
_AT_ONCE = 10  # threads of a foreign channel in one lane
_OWN_AT_ONCE = 100
_RECORD_AGAIN_AFTER = (0.2, 1.0, 3.0)  # seconds
_RECORD_EVERY = 5.0  # seconds, from then on
_PASSING = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
# Nothing waits so long: a clock has jumped back since the time was written.
_ABSURD_WAIT = timedelta(hours=2)
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
    maybe_sent: bool
    first_tried_at: datetime | None
    text: str
    buttons: list[object]
    in_reply_to: str | None
    due_at: datetime
    conversation_id: int

    @property
    def line(self) -> Thread:
        """The thread whose order this part keeps."""
        return self.channel_id, order_key(self.visibility, self.thread)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have arrived already: nobody knows, or the process ended meanwhile."""
        return self.maybe_sent or self.state is DeliveryState.SENDING


class Sender:
    """Sends what the outbox holds: of the product's own channels, or of one foreign channel.

    A foreign channel has a sender of its own, so that none waits for another's platform. `chance`
    gives the spread of the retries; `stopping` ends it between two parts of a thread.
    """

    def __init__(
        self,
        database: Database,
        links: Links,
        connectors: Connectors,
        bells: Bells,
        *,
        owner: str,
        chance: Callable[[], float],
        channel_id: int | None = None,
        stopping: Event | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._links = links
        self._connectors = connectors
        self._bells = bells
        self._owner = owner
        self._chance = chance
        self._channel_id = channel_id
        self._stopping = stopping or Event()
        self._now = now
        self._breaker = Breaker(chance)
        self._most = _OWN_AT_ONCE if channel_id is None else _AT_ONCE

    def run_once(self, lane: Lane) -> int:
        """Send all due parts of some threads; return how many threads were claimed."""
        now = self._now()
        with self._database.read() as session:
            channels = self._sendable(session, now)
        room = self._breaker.room(self._most, now)
        if not channels or not room:
            return 0
        with self._database.unit_of_work() as session:
            claims = work.claim(
                session, lane, self._owner, now=now, limit=room, channels=list(channels)
            )
            parts, done = _start(session, claims, lane, now)
            work.finish(session, done)
        while parts:
            verdicts = self._links.run(self._try(channels, parts))
            parts = self._record_surely(lane, claims, verdicts)
        return len(claims)

    def next_due(self, session: Session, lane: Lane) -> datetime | None:
        """Return when there is something to send that may be sent; None: nothing soon."""
        now = self._now()
        channels = self._sendable(session, now)
        if not channels or not self._breaker.room(self._most, now):
            return None
        return work.next_due(session, lane, channels=list(channels))

    def _sendable(self, session: Session, now: datetime) -> dict[int, ChannelInfo]:
        """Return the channels of this sender that are ours and may send now."""
        return {
            channel.id: channel
            for channel in health.sending(session, now=now)
            if (channel.id == self._channel_id or (not self._channel_id and self._is_own(channel)))
            and self._links.is_ours(channel)
        }

    def _is_own(self, channel: ChannelInfo) -> bool:
        return self._links.is_own(channel)

    async def _try(
        self, channels: Mapping[int, ChannelInfo], parts: Sequence[_Part]
    ) -> list[tuple[_Part, Verdict]]:
        """Send the parts at the same time, each of a thread of its own."""
        verdicts = await asyncio.gather(
            *(self._attempt(channels[part.channel_id], part) for part in parts)
        )
        return list(zip(parts, verdicts, strict=True))

    async def _attempt(self, channel: ChannelInfo, part: _Part) -> Verdict:
        capabilities = self._connectors.of(channel).capabilities
        now = self._now()
        age = now - (part.first_tried_at or now)
        try:
            link = self._links.of(channel)
            async with asyncio.timeout(_SEND_WITHIN):
                result = await _send(link, capabilities, part, age)
        except NotOursError:
            return rules.later(part.state, maybe_sent=part.is_doubtful, now=now)
        except TimeoutError:
            result = Unknown("no answer in time")
        except Exception as error:  # noqa: BLE001 (nobody knows whether the request had left)
            _log.error("sender.connector_failed", delivery=part.id, error=type(error).__name__)
            result = Unknown(f"{type(error).__name__} while sending")
        self._breaker.note(result, self._now())
        return rules.judge(
            result,
            attempts=part.attempts + 1,
            chance=self._chance(),
            capabilities=capabilities,
            age=age,
            maybe_sent=part.is_doubtful,
            now=self._now(),
        )

    def _record_surely(
        self, lane: Lane, claims: Sequence[Claim], verdicts: Sequence[tuple[_Part, Verdict]]
    ) -> list[_Part]:
        """Record, as long as it takes: what has left is not forgotten because a database is away.

        A thread that others have taken over meanwhile is found by its fence, and left to them.
        """
        pauses = chain(_RECORD_AGAIN_AFTER, repeat(_RECORD_EVERY))
        while True:
            try:
                return self._record(lane, claims, verdicts)
            except _PASSING as error:
                _log.error("sender.record_failed", error=type(error).__name__)
                if self._stopping.is_set():
                    raise
            self._stopping.wait(next(pauses))

    def _record(
        self, lane: Lane, claims: Sequence[Claim], verdicts: Sequence[tuple[_Part, Verdict]]
    ) -> list[_Part]:
        """Store the verdicts of the threads still held; return what to send next in these.

        What others have taken over meanwhile is theirs. Where this process is stopping or the
        platform has gone away, the threads are given back instead.
        """
        now = self._now()
        lines = {part.line for part, _ in verdicts}
        with self._database.unit_of_work() as session:
            held = work.hold(session, [c for c in claims if (c.channel_id, c.order_key) in lines])
            mine = {(c.channel_id, c.order_key): c for c in claims if c.id in held}
            if len(mine) < len(lines):
                _log.warning("sender.lease_lost", threads=len(lines) - len(mine))
            kept = [(part, verdict) for part, verdict in verdicts if part.line in mine]
            _store(session, kept, now)
            rests = _suspend(session, kept, now)
            waiting = {
                part.line: verdict.due_at for part, verdict in kept if verdict.due_at is not None
            }
            work.postpone(session, [(mine[line], due_at) for line, due_at in waiting.items()])
            going_on = [claim for line, claim in mine.items() if line not in waiting]
            if rests or self._stopping.is_set() or not self._breaker.room(1, now):
                work.postpone(session, [(claim, now) for claim in going_on])
                following: list[_Part] = []
            else:
                work.renew(session, going_on, now=now)
                following, done = _start(session, going_on, lane, now)
                work.finish(session, done)
        self._bells.events.ring()
        return following


async def _send(link: Link, capabilities: Capabilities, part: _Part, age: timedelta) -> SendResult:
    """Send, or find out what became of an attempt of which nobody knows."""
    outgoing = _outbound(part)
    if rules.must_look(capabilities, maybe_sent=part.is_doubtful, age=age):
        found = await link.find_sent(outgoing, key=part.key)
        return Duplicate(found) if found else Unknown("an attempt before may have arrived")
    result = await link.send(outgoing, key=part.key)
    if isinstance(result, Unknown):
        found = await link.find_sent(outgoing, key=part.key)
        return Sent(found) if found else result
    return result


def _suspend(session: Session, verdicts: Sequence[tuple[_Part, Verdict]], now: datetime) -> bool:
    """Let a channel rest that its platform has told to, or that nobody is logged in to.

    Tell whether one rests now.
    """
    for channel_id in sorted({part.channel_id for part, _ in verdicts}):
        ours = [verdict for part, verdict in verdicts if part.channel_id == channel_id]
        logged_out = next((v for v in ours if v.logged_out), None)
        if logged_out:
            health.log_out(session, channel_id, logged_out.error or "", now=now)
        blocked = [v.due_at for v in ours if v.whole_channel and v.due_at]
        if blocked:
            health.block(session, channel_id, max(blocked), now=now)
    return any(verdict.logged_out or verdict.whole_channel for _, verdict in verdicts)


def _start(
    session: Session, claims: Sequence[Claim], lane: Lane, now: datetime
) -> tuple[list[_Part], list[Claim]]:
    """Mark the next open part of each thread as sending; return them, and what has none.

    A part that waits for its time holds back those behind it; `unconfirmed` and `dead` do not.
    """
    threads = {(claim.channel_id, claim.order_key): claim for claim in claims}
    parts = [part for part in _first_open(session, threads, lane) if part.line in threads]
    early = [
        part
        for part in parts
        if part.state is DeliveryState.RETRY and now < part.due_at <= now + _ABSURD_WAIT
    ]
    work.postpone(session, [(threads[part.line], part.due_at) for part in early])
    ready = [part for part in parts if part not in early]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([part.id for part in ready]))
        .values(
            state=DeliveryState.SENDING,
            first_tried_at=func.coalesce(Delivery.first_tried_at, literal(now, Instant())),
        )
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
            Delivery.maybe_sent,
            Delivery.first_tried_at,
            Delivery.text,
            Delivery.buttons,
            Delivery.in_reply_to,
            Delivery.due_at,
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
                "attempts": part.attempts + verdict.tried,
                "maybe_sent": verdict.maybe_sent,
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
