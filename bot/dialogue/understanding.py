"""The language pipeline, kept in a process of its own and fed with the city's names."""

import pickle
import select
import subprocess
import sys
from contextlib import suppress
from threading import Lock
from typing import IO, cast

import structlog

from bot.dialogue.facts import Facts
from bot.errors import StadtdrahtError
from nlp.types import Context, Gazetteer, Understanding

_log = structlog.get_logger()
_PATIENCE = 30.0  # seconds for one text, the loading of the model included
_COMMAND = (sys.executable, "-P", "-m", "nlp.serve")  # -P: a foreign `nlp` here must not win


class UnderstandingFailedError(StadtdrahtError):
    """The language process did not answer; a person has to read the text."""

    code = "understanding_failed"


class LanguageProcess:
    """Starts the process, talks to it, and starts it anew when it has died or hangs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: Gazetteer | None = None
        self._told: Gazetteer | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def of(self, facts: Facts) -> "LanguageProcess":
        """Make sure that it knows the city's names, and return it."""
        with self._lock:
            self._names = facts.names
        return self

    def start(self) -> None:
        """Start it ahead of the first message."""
        with self._lock:
            self._running()

    def understand(self, text: str, context: Context) -> Understanding:
        """Understand one turn; raises `UnderstandingFailedError`."""
        with self._lock:
            process = self._running()
            try:
                if self._names is not self._told:
                    _send(process, self._names)
                    self._told = self._names
                _send(process, (text, context))
                answer = _receive(process)
            except (OSError, EOFError, pickle.UnpicklingError, TimeoutError) as error:
                _log.error("understanding.restarted", error=type(error).__name__)
                self._end()
                raise UnderstandingFailedError("The language process did not answer.") from error
        if isinstance(answer, str):
            raise UnderstandingFailedError(f"The language process failed: {answer}.")
        return answer

    def stop(self) -> None:
        """End it."""
        with self._lock:
            self._end()

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._told = None
        return self._process

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):  # what could not be written any more
                    _pipe(pipe).close()
        self._process = None


def _send(process: "subprocess.Popen[bytes]", request: object) -> None:
    pipe = _pipe(process.stdin)
    pickle.dump(request, pipe)
    pipe.flush()


def _receive(process: "subprocess.Popen[bytes]") -> Understanding | str:
    """Wait for the one answer to the one request that is under way."""
    pipe = _pipe(process.stdout)
    if not select.select([pipe], [], [], _PATIENCE)[0]:
        raise TimeoutError
    return cast("Understanding | str", pickle.load(pipe))  # noqa: S301 (our own process)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the language process has no pipe")
    return pipe
