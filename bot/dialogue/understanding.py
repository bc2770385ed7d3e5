"""The language pipeline, kept in a process of its own and fed with the city's names."""

import os
import pickle
import select
import subprocess
import sys
import time
from contextlib import suppress
from threading import Lock
from typing import IO, cast

import structlog

from bot import clock
from bot.dialogue.facts import Facts
from bot.errors import StadtdrahtError, StoppingError
from nlp.types import Context, Gazetteer, Understanding

_log = structlog.get_logger()
# Seconds for one text, well below the lease of its thread; the first one waits for the model.
_PATIENCE = 5.0
_FIRST = 18.0
_LOADED_WITHIN = 45.0
_COMMAND = (sys.executable, "-P", "-m", "nlp.serve")  # -P: a foreign `nlp` here must not win


class UnderstandingFailedError(StadtdrahtError):
    """The language process did not answer; a person has to read the text."""

    code = "understanding_failed"


class LanguageProcess:
    """Starts the process, talks to it, and starts it anew when it has died or hangs.

    A text during which the process died is tried once more; one that made it hang is not.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: Gazetteer | None = None
        self._told: Gazetteer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def of(self, facts: Facts) -> "LanguageProcess":
        """Make sure that it will know the city's names, and return it."""
        self._names = facts.names
        return self

    @property
    def is_alive(self) -> bool:
        """Whether the process runs; the next text starts it anew where it does not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it ahead of the first message."""
        with self._lock:
            self._running()

    def warm_up(self) -> None:
        """Wait until the model is loaded: no message's patience is to be spent on that."""
        with suppress(OSError, EOFError, pickle.UnpicklingError, StoppingError), self._lock:
            self._ask("", Context(clock.now()), within=_LOADED_WITHIN)

    def understand(self, text: str, context: Context) -> Understanding:
        """Understand one turn; raises `UnderstandingFailedError` and `StoppingError`."""
        with self._lock:
            try:
                answer = self._ask(text, context)
            except TimeoutError:  # an OSError too, so it comes first
                self._end()
                raise UnderstandingFailedError("The language process hung.") from None
            except (OSError, EOFError, pickle.UnpicklingError):
                self._end()
                answer = self._ask_again(text, context)
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

    def _ask_again(self, text: str, context: Context) -> Understanding | str:
        try:
            return self._ask(text, context)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._end()
            raise UnderstandingFailedError("The language process died twice.") from error

    def _ask(
        self, text: str, context: Context, *, within: float | None = None
    ) -> Understanding | str:
        process = self._running()
        deadline = time.monotonic() + (within or (_PATIENCE if self._told else _FIRST))
        if self._names is not self._told:
            _send(process, self._names, deadline)
        _send(process, (text, context), deadline)
        answer = _receive(process, deadline)
        self._told = self._names
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._stopped:
            raise StoppingError("This server is stopping.")
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            os.set_blocking(_pipe(self._process.stdin).fileno(), False)
            _log.info("understanding.started")
        return self._process

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what could not be written any more
                    _pipe(pipe).close()
        self._process = self._told = None


def _send(process: "subprocess.Popen[bytes]", request: object, deadline: float) -> None:
    """Write a request, waiting for room in the pipe until the deadline."""
    number = _pipe(process.stdin).fileno()
    left = memoryview(pickle.dumps(request))
    while left:
        if not select.select([], [number], [], _until(deadline))[1]:
            raise TimeoutError
        with suppress(BlockingIOError):
            left = left[os.write(number, left) :]


def _receive(process: "subprocess.Popen[bytes]", deadline: float) -> Understanding | str:
    """Wait for the one answer to the one request that is under way."""
    pipe = _pipe(process.stdout)
    if not select.select([pipe], [], [], _until(deadline))[0]:
        raise TimeoutError
    return cast("Understanding | str", pickle.load(pipe))  # noqa: S301 (our own process)


def _until(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the language process has no pipe")
    return pipe
