"""The way out: claim threads, mark their next part as sending, send, record what became of it.

`sending` is stored before the call, so that a crash in between is seen: such a part is looked up,
repeated where the platform recognises its key, and otherwise left to a person.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot import clock
from bot.attachments import service as attachments
from bot.attachments.service import ReadyFile
from bot.channels import health
from bot.channels.links import Links, NotOursError
from bot.channels.queries import ChannelInfo, Connectors
from bot.db import trouble
from bot.db.engine import Database
from bot.inbox import unreached
from bot.outbox import rows, rules
from bot.outbox.breakers import Breaker
from bot.outbox.rows import Part
from bot.outbox.rules import Verdict
from bot.outbox.states import DeliveryState
from bot.wake import Bells
from bot.work import service as work
from bot.work.service import Claim
from bot.work.states import Lane
from connectors.base import Link, OutboundPart
from connectors.capabilities import Act
from connectors.results import (
    Duplicate,
    Permanent,
    Refusal,
    SendResult,
    Sent,
    Unknown,
)

_log = structlog.get_logger()
_SEND_WITHIN = 7.0  # seconds: well within the lease, and a stop within ten
_LONGEST_SEND = 15.0  # seconds, for a large file
_LOOK_WITHIN = 2.5  # seconds, for what became of an attempt
_BYTES_A_SECOND = 1024 * 1024  # of a slow line
_AT_ONCE = 10  # threads of a foreign channel in one lane
_OWN_AT_ONCE = 100
_RECORD_AGAIN_AFTER = (0.2, 1.0, 3.0)  # seconds
_RECORD_EVERY = 5.0  # seconds, from then on


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
            parts, done = rows.start(session, claims, lane, now)
            work.finish(session, done)
        while parts:
            verdicts = self._links.run(self._try(channels, parts, self._files(parts)))
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

    def _files(self, parts: Sequence[Part]) -> dict[int, ReadyFile]:
        wanted = {part.attachment_id for part in parts if part.attachment_id is not None}
        if not wanted:
            return {}
        with self._database.read() as session:
            return attachments.ready(session, wanted)

    async def _try(
        self,
        channels: Mapping[int, ChannelInfo],
        parts: Sequence[Part],
        files: Mapping[int, ReadyFile],
    ) -> list[tuple[Part, Verdict]]:
        """Send the parts at the same time, each of a thread of its own."""
        verdicts = await asyncio.gather(
            *(
                self._attempt(channels[part.channel_id], part, files.get(part.attachment_id or 0))
                for part in parts
            )
        )
        return list(zip(parts, verdicts, strict=True))

    async def _attempt(self, channel: ChannelInfo, part: Part, file: ReadyFile | None) -> Verdict:
        capabilities = self._connectors.of(channel).capabilities
        now = self._now()
        age = now - (part.first_tried_at or now)
        looks = False
        try:
            link = self._links.of(channel)
            outgoing = rows.outbound(part, file)
            looks = rules.must_look(capabilities, maybe_sent=part.is_doubtful, age=age)
            if part.attachment_id is not None and file is None:
                result: SendResult = Permanent(Refusal.FILE_MISSING, "its content is gone")
            elif looks:
                result = await _look(link, part, outgoing)
            else:
                result = await _send(link, part, outgoing, within=_within(file))
        except NotOursError:
            return rules.later(part.state, maybe_sent=part.is_doubtful, now=now)
        except Exception as error:  # noqa: BLE001 (nobody knows whether the request had left)
            _log.error("sender.connector_failed", delivery=part.id, error=type(error).__name__)
            result = Unknown(f"{type(error).__name__} while sending")
        is_post = part.act is Act.POST
        result = result if is_post else rules.of_act(result)
        if not looks:  # that an old attempt is not found says nothing of the platform now
            self._breaker.note(result, self._now())
        return rules.judge(
            result,
            attempts=part.attempts + 1,
            chance=self._chance(),
            capabilities=capabilities,
            age=age,
            maybe_sent=part.is_doubtful,
            now=self._now(),
            patience=rules.PATIENCE if is_post else rules.ACT_PATIENCE,
        )

    def _record_surely(
        self, lane: Lane, claims: Sequence[Claim], verdicts: Sequence[tuple[Part, Verdict]]
    ) -> list[Part]:
        """Record, as long as it takes: what has left is not forgotten because a database is away.

        A thread that others have taken over meanwhile is found by its fence, and left to them.
        """
        pauses = chain(_RECORD_AGAIN_AFTER, repeat(_RECORD_EVERY))
        while True:
            try:
                return self._record(lane, claims, verdicts)
            except SQLAlchemyError as error:
                _log.error("sender.record_failed", error=type(error).__name__)
                if self._stopping.is_set() or not trouble.is_trouble(error):
                    raise
            self._stopping.wait(next(pauses))

    def _record(
        self, lane: Lane, claims: Sequence[Claim], verdicts: Sequence[tuple[Part, Verdict]]
    ) -> list[Part]:
        """Store the verdicts of the threads still held; return what to send next in these.

        What others have taken over meanwhile is theirs. Where this process is stopping, the
        platform has gone away or somebody has stopped a channel, they are given back instead.
        """
        now = self._now()
        lines = {part.line for part, _ in verdicts}
        with self._database.unit_of_work() as session:
            beside = unreached.hold(session, _lost(verdicts))  # before the threads
            rows.hold_channels(session, {part.channel_id for part, _ in verdicts})
            held = work.hold(session, [c for c in claims if (c.channel_id, c.order_key) in lines])
            mine = {(c.channel_id, c.order_key): c for c in claims if c.id in held}
            if len(mine) < len(lines):
                _log.warning("sender.lease_lost", threads=len(lines) - len(mine))
            kept = [(part, verdict) for part, verdict in verdicts if part.line in mine]
            rows.store(session, kept, now)
            unreached.await_person(session, _lost(kept), beside, now=now)
            rests = _suspend(session, kept, now)
            waiting = {
                part.line: verdict.due_at for part, verdict in kept if verdict.due_at is not None
            }
            work.postpone(session, [(mine[line], due_at) for line, due_at in waiting.items()])
            going_on = [claim for line, claim in mine.items() if line not in waiting]
            may_go_on = health.are_active(session, {claim.channel_id for claim in going_on})
            stops = rests or self._stopping.is_set() or not may_go_on
            if stops or not self._breaker.room(1, now):
                work.postpone(session, [(claim, now) for claim in going_on])
                following: list[Part] = []
            else:
                work.renew(session, going_on, now=now)
                following, done = rows.start(session, going_on, lane, now)
                work.finish(session, done)
        self._bells.events.ring()
        return following


def _lost(verdicts: Sequence[tuple[Part, Verdict]]) -> set[int]:
    """Return the conversations in which something will never arrive."""
    return {part.conversation_id for part, v in verdicts if v.state is DeliveryState.DEAD}


def _within(file: ReadyFile | None) -> float:
    """Return how many seconds a part may take, well within the lease."""
    size = len(file.content) if file else 0
    return min(_SEND_WITHIN + size / _BYTES_A_SECOND, _LONGEST_SEND)


async def _look(link: Link, part: Part, outgoing: OutboundPart) -> SendResult:
    """Find out what became of an attempt of which nobody knows."""
    found = await _found(link, outgoing, part.key)
    return Duplicate(found) if found else Unknown("an attempt before may have arrived")


async def _send(link: Link, part: Part, outgoing: OutboundPart, *, within: float) -> SendResult:
    """Send, and look where the answer did not come."""
    try:
        async with asyncio.timeout(within):
            result = await link.send(outgoing, key=part.key)
    except TimeoutError:
        result = Unknown("no answer in time")
    if isinstance(result, Unknown) and part.act is Act.POST:
        found = await _found(link, outgoing, part.key)
        return Sent(found) if found else result
    return result


async def _found(link: Link, outgoing: OutboundPart, key: str) -> str | None:
    """Look up an attempt, in time of its own; None where that does not tell."""
    try:
        async with asyncio.timeout(_LOOK_WITHIN):
            return await link.find_sent(outgoing, key=key)
    except TimeoutError:
        return None


def _suspend(session: Session, verdicts: Sequence[tuple[Part, Verdict]], now: datetime) -> bool:
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
