"""The worker of the inbound lane: claim, read, understand, decide, write."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import clock
from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind, Subject, SubjectKind
from bot.channels import queries as channels
from bot.channels.queries import ChannelInfo, Connectors
from bot.db import trouble
from bot.db.engine import Database
from bot.dialogue import service as dialogue
from bot.dialogue.facts import FactsCache
from bot.errors import StoppingError
from bot.inbound import cries, files, matters, reading, writing
from bot.inbound.models import RawItem
from bot.inbound.reading import Raw, Reading, Understander
from bot.inbound.states import RawState
from bot.inbound.writing import Decide, Tools
from bot.skills.base import Surroundings
from bot.wake import Bells
from bot.work import service as work
from bot.work.keeper import Keeper
from bot.work.service import Claim
from bot.work.states import Lane
from nlp.types import Knowledge

_log = structlog.get_logger()
_TRIES = 3
_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(seconds=15)  # while the database is in trouble


class Worker:
    """Processes threads; any number of workers may run, here and in other processes."""

    def __init__(
        self,
        database: Database,
        connectors: Connectors,
        bells: Bells,
        understander_for: Callable[[Knowledge], Understander],
        *,
        owner: str,
        base_url: str,
        decide: Decide = dialogue.decide,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._connectors = connectors
        self._bells = bells
        self._understander_for = understander_for
        self._owner = owner
        self._base_url = base_url
        self._decide = decide
        self._now = now
        self._facts = FactsCache()
        self._troubles = 0  # of the database, one after the other

    def run_once(self, *, limit: int = 100, only_urgent: bool = False) -> int:
        """Process up to `limit` due threads; return how many were claimed.

        Urgent ones are a batch of their own, so that they wait for no other text.
        """
        now = self._now()
        with self._database.unit_of_work() as session:
            claim = partial(work.claim, session, Lane.INBOUND, self._owner, now=now, limit=limit)
            claims = claim(only_urgent=True)
            if not claims and not only_urgent:
                claims = claim()
        if claims:
            self._process(claims)
        return len(claims)

    def _process(self, claims: list[Claim]) -> None:
        try:
            self._process_together(claims)
            self._troubles = 0
        except StoppingError:
            self._release(claims, timedelta(0))
        except Exception as error:  # noqa: BLE001 (one bad thread must not stop the lane)
            _log.error("inbound.batch_failed", threads=len(claims), error=type(error).__name__)
            if trouble.is_trouble(error):  # no fault of theirs, however often it happens
                self._troubles += 1
                self._release(claims, min(_PAUSE * self._troubles, _LONGEST_PAUSE))
            elif len(claims) > 1:  # the others must not suffer for one
                for claim in claims:
                    self._process([claim])
            else:
                self._give_up_or_wait(claims[0], type(error).__name__)

    def _release(self, claims: list[Claim], pause: timedelta) -> None:
        """Give the threads back untouched, for whoever comes after the pause."""
        until = self._now() + pause
        with self._database.unit_of_work() as session:
            work.postpone(session, [(claim, until) for claim in claims])

    def _process_together(self, claims: list[Claim]) -> None:
        understood = self._read(claims)
        now = self._now()
        with self._database.unit_of_work() as session:
            tools = Tools(self._connectors, _by_id(session), self._decide)
            surroundings = Surroundings(session, self._facts.current(session), self._base_url)
            writing.write(session, understood, surroundings, tools, now=now)
        self._bells.outbound.ring()
        self._bells.events.ring()

    def _read(self, claims: list[Claim]) -> Reading:
        with self._database.read() as session:
            items = reading.load(session, claims)
            known = _by_id(session)
            waiting = files.waiting(session, self._limits(items, known))
            facts = self._facts.current(session)
        keep = Keeper(self._database, claims, self._now).keep
        examined = files.examine(self._database, waiting, keep, self._now())
        parsed = reading.parse(claims, items, known, self._connectors, examined)
        with self._database.read() as session:
            reading.drop_known(session, parsed)
            matters.settle(session, parsed.bursts)
            spoken = reading.languages(session, parsed.bursts)
            commented = reading.comments(session, parsed)
        understander = self._understander_for(facts.knowledge)
        reading.understand(understander, parsed.bursts, spoken, self._now(), keep)
        reading.reread(parsed, commented, keep)
        return parsed

    def _limits(self, items: list[Raw], known: dict[int, ChannelInfo]) -> dict[int, int]:
        return {
            item.id: self._connectors.of(known[item.channel_id]).capabilities.max_media_bytes
            for item in items
        }

    def _give_up_or_wait(self, claim: Claim, error: str) -> None:
        """Set a thread aside for a while; after some tries its items are quarantined."""
        now = self._now()
        with self._database.unit_of_work() as session:
            if not work.hold(session, [claim]):
                return
            rows = session.execute(
                update(RawItem)
                .where(
                    RawItem.channel_id == claim.channel_id,
                    RawItem.order_key == claim.order_key,
                    RawItem.state == RawState.NEW,
                    RawItem.done_at.is_(None),  # for the index
                )
                .values(attempts=RawItem.attempts + 1, error=error)
                .returning(RawItem.id, RawItem.attempts, RawItem.payload)
                .execution_options(synchronize_session=False)
            ).all()
            hopeless = {row.id: row.payload for row in rows if row.attempts >= _TRIES}
            if hopeless:
                writing.quarantine(session, hopeless, error, now=now)
                self._tell_of_cries(session, claim.channel_id, hopeless.values(), now)
            if len(hopeless) < len(rows):  # those behind them have tries left
                work.postpone(session, [(claim, now if hopeless else now + _PAUSE)])
            else:
                work.finish(session, [claim])

    def _tell_of_cries(
        self, session: Session, channel_id: int, payloads: Iterable[str], now: datetime
    ) -> None:
        """Raise the alarm for emergencies that nobody will answer."""
        connector = self._connectors.of(_by_id(session)[channel_id])
        if any(cries.is_in(connector, json.loads(payload)) for payload in payloads):
            subject = Subject(SubjectKind.CHANNEL, channel_id)
            alarms.raise_alarm(session, AlarmKind.EMERGENCY, subject, now=now)


def _by_id(session: Session) -> dict[int, ChannelInfo]:
    return {channel.id: channel for channel in channels.channels(session, removed=True)}
