"""The language pipeline, kept in a process of its own and told what it has to know of the city."""

import os
import pickle
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Lock
from typing import IO

import structlog

from bot.errors import StadtdrahtError, StoppingError
from nlp import emergency
from nlp.types import Context, Knowledge, Understanding

_log = structlog.get_logger()
# Seconds. All that one call may take together stays well below the lease of a thread.
_PATIENCE = 5.0  # for the answer; after that the text is given up on, and the process
_TURN = 3.0  # for somebody else's text
_LOADING = 2.0  # for the model: a look in between, the caller asks again
_HURRY = 1.0  # for an emergency, whatever it has to wait for: plain rules know enough to answer it
_LOADED_WITHIN = 180.0  # a slow machine takes its time; whoever kills it then begins from nothing
_COMMAND = (sys.executable, "-P", "-m", "nlp.serve")  # -P: a foreign `nlp` here must not win

_Answer = tuple[int, Understanding | str]  # see `nlp/serve.py`


class UnderstandingFailedError(StadtdrahtError):
    """The language process did not answer; a person has to read the text."""

    code = "understanding_failed"


class LanguageBusyError(UnderstandingFailedError):
    """It still loads, or has somebody else's text: ask again, or do without."""

    code = "understanding_busy"


@dataclass(frozen=True, slots=True)
class Informed:
    """The language process, asked with the knowledge of a city."""

    language: "LanguageProcess"
    knowledge: Knowledge

    def understand(self, text: str, context: Context) -> Understanding:
        """Understand one turn, as `LanguageProcess.understand` does."""
        return self.language.understand(text, context, self.knowledge)


class LanguageProcess:
    """Starts the process, talks to it, and starts it anew when it has died or hangs.

    A text during which it died may be asked once more; one that made it hang may not. While it
    loads it is waited for: only one that does not come up for minutes is ended.
    """

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = command
        self._lock = Lock()
        self._told: Knowledge | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: Connection[None, _Answer] | None = None
        self._load_by = 0.0
        self._loaded = False
        self._hopeless = False  # it did not come up the last time
        self._number = 0
        self._died_of: set[int] = set()  # hashes of texts
        self._stopped = False

    def of(self, knowledge: Knowledge) -> Informed:
        """Return it as it understands with this knowledge."""
        return Informed(self, knowledge)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs; the next text starts it anew where it does not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it ahead of the first message."""
        with self._lock:
            self._run()

    def warm_up(self) -> None:
        """Wait until the model is loaded: who claims threads before that only holds them."""
        with suppress(OSError, EOFError, UnderstandingFailedError, StoppingError), self._lock:
            self._run()
            self._wait_until_loaded(_LOADED_WITHIN)

    def understand(
        self, text: str, context: Context, knowledge: Knowledge | None = None
    ) -> Understanding:
        """Understand one turn with this `knowledge`; without any with what it was told last.

        An emergency waits for nobody. Raises `UnderstandingFailedError`, `LanguageBusyError` where
        the same text may be asked again, and `StoppingError`.
        """
        hurried = bool(emergency.detect(text))
        turn, loading, patience = _TURN, _LOADING, _PATIENCE
        if hurried:
            turn, loading, patience = _HURRY if self._loaded else 0.0, 0.0, _HURRY
        if not self._lock.acquire(timeout=turn):
            raise LanguageBusyError("The language process has another text, or loads.")
        try:
            self._run()
            self._wait_until_loaded(loading)
            answer = self._ask(text, context, knowledge, time.monotonic() + patience)
        except TimeoutError:  # an OSError too, so it comes first
            if not hurried:
                self._end()
            raise UnderstandingFailedError("The language process hung.") from None
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._end()
            raise self._death(hash(text)) from error
        finally:
            self._lock.release()
        if isinstance(answer, str):
            raise UnderstandingFailedError(f"The language process failed: {answer}.")
        return answer

    def stop(self) -> None:
        """End it, even while somebody waits for its answer."""
        self._stopped = True
        process = self._process
        if process:
            process.kill()
        with self._lock:
            self._end()

    def _death(self, text: int) -> UnderstandingFailedError:
        if text in self._died_of:
            self._died_of.remove(text)
            return UnderstandingFailedError("The language process died twice.")
        self._died_of.add(text)
        return LanguageBusyError("The language process died.")

    def _ask(
        self, text: str, context: Context, knowledge: Knowledge | None, deadline: float
    ) -> Understanding | str:
        if knowledge is not None and knowledge is not self._told:
            if knowledge != self._told:  # another cache of the same
                self._send(knowledge, deadline)
            self._told = knowledge
        self._number += 1
        self._send((self._number, text, context), deadline)
        while True:  # what was given up on may have left its answer
            number, answer = self._receive(deadline)
            if number == self._number:
                self._died_of.discard(hash(text))
                return answer

    def _run(self) -> None:
        if self._stopped:
            raise StoppingError("This server is stopping.")
        if self.is_alive:
            return
        self._end()
        process = self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        os.set_blocking(_pipe(process.stdin).fileno(), False)
        self._answers = Connection(os.dup(_pipe(process.stdout).fileno()), writable=False)
        self._load_by = time.monotonic() + _LOADED_WITHIN
        _log.info("understanding.started")

    def _wait_until_loaded(self, patience: float) -> None:
        """Wait for its first word; where it did not come up before, nobody waits for it again."""
        if self._loaded:
            return
        now = time.monotonic()
        try:
            self._receive(now if self._hopeless else min(now + patience, self._load_by))
        except TimeoutError:
            if time.monotonic() >= self._load_by:
                _log.error("understanding.not_loaded", seconds=_LOADED_WITHIN)
                self._hopeless = True
                self._end()
            if self._hopeless:
                raise UnderstandingFailedError("The language process does not load.") from None
            raise LanguageBusyError("The language process still loads.") from None
        self._loaded, self._hopeless = True, False

    def _send(self, request: object, deadline: float) -> None:
        """Write a request, waiting for room in the pipe; half a one must not stay in there."""
        process = self._process
        number = _pipe(process.stdin if process else None).fileno()
        room = select.poll()  # `select.select` refuses numbers above 1023: a thousand open pages
        room.register(number, select.POLLOUT)
        left = memoryview(pickle.dumps(request))
        while left:
            if not room.poll(1000 * _until(deadline)):
                self._end()
                raise TimeoutError
            with suppress(BlockingIOError):
                left = left[os.write(number, left) :]

    def _receive(self, deadline: float) -> _Answer:
        if self._answers is None or not self._answers.poll(_until(deadline)):
            raise TimeoutError
        return self._answers.recv()

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what could not be written any more
                    _pipe(pipe).close()
        if self._answers:
            self._answers.close()
        self._process = self._answers = self._told = None
        self._loaded = False


def _until(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the language process has no pipe")
    return pipe
