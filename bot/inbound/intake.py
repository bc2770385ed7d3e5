"""Group commit: what arrives while one commit runs is stored by the next, together."""

import asyncio
import queue
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock, Thread

import structlog

from bot import clock
from bot.db import trouble
from bot.db.engine import Database
from bot.errors import StadtdrahtError
from bot.inbound import service as inbound
from bot.inbound.service import Arrival, Stored
from bot.wake import Bell

_log = structlog.get_logger()
_MOST = 200
_GATHER = 0.001  # seconds: where several came together, the next ones are on their way


@dataclass(frozen=True, slots=True)
class _Request:
    arrivals: Sequence[Arrival]
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[list[Stored]]"


_Result = tuple[_Request, list[Stored] | Exception]


class IntakeStoppedError(StadtdrahtError):
    """This process is ending and takes nothing more."""

    code = "stopping"
    status = 503


class Intake:
    """The one thread that stores arrivals; every caller is answered after its own commit."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        self._queue: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._stored = 0
        self._thread = Thread(target=self._work, name="intake")
        self._door = Lock()  # nothing is handed in behind the end
        self._stopped = False

    @property
    def is_alive(self) -> bool:
        """Whether it still stores."""
        return self._thread.is_alive()

    @property
    def stored(self) -> int:
        """How many arrivals this process has stored."""
        return self._stored

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Store what has been handed in, then end."""
        with self._door:
            self._stopped = True
            self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    async def put(self, arrivals: Sequence[Arrival]) -> list[Stored]:
        """Store `arrivals` durably.

        Raises the error if that failed, `IntakeStoppedError` after `stop`.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Stored]] = loop.create_future()
        with self._door:
            if self._stopped:
                raise IntakeStoppedError("This server is stopping.")
            self._queue.put(_Request(arrivals, loop, answer))
        return await answer

    def _work(self) -> None:
        several = False
        while (request := self._queue.get()) is not None:
            if several:
                time.sleep(_GATHER)
            gathered = [request]
            while len(gathered) < _MOST:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)
                    break
                gathered.append(following)
            several = len(gathered) > 1
            self._store(gathered)

    def _store(self, requests: Sequence[_Request]) -> None:
        arrivals = [arrival for request in requests for arrival in request.arrivals]
        try:
            with self._database.unit_of_work() as session:
                stored = inbound.store(session, arrivals, now=clock.now())
        except Exception as error:  # noqa: BLE001 (what one caller hands in must not end the thread)
            if len(requests) > 1 and not trouble.is_trouble(error):
                for request in requests:  # one that is refused must not fail its neighbours
                    self._store([request])
                return
            _log.error("intake.failed", error=type(error).__name__)
            _tell([(request, error) for request in requests])
            return
        self._stored += len(arrivals)
        if any(arrival.urgent for arrival in arrivals):  # the others wait for the end of a burst
            self._bell.ring()
        following = iter(stored)
        _tell([(one, list(islice(following, len(one.arrivals)))) for one in requests])


def _tell(results: Sequence[_Result]) -> None:
    """Answer the callers of each loop with one call: waking it costs more than answering."""
    for loop in {request.loop for request, _ in results}:
        if not loop.is_closed():
            ours = [(request, result) for request, result in results if request.loop is loop]
            loop.call_soon_threadsafe(_settle, ours)


def _settle(results: Sequence[_Result]) -> None:
    for request, result in results:
        if request.answer.cancelled():
            continue
        if isinstance(result, Exception):
            request.answer.set_exception(result)
        else:
            request.answer.set_result(result)
