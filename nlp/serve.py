"""Understanding as a process of its own: requests on stdin, understandings on stdout, pickled.

It keeps the language model and its work away from the process that takes messages in, and it ends
when that process does, however that ends: its input closes.
"""

import os
import pickle
import signal
import sys
from typing import BinaryIO

from nlp import pipeline
from nlp.pipeline import Understander
from nlp.types import Context, Gazetteer, Understanding

_NICENESS = 5  # taking messages in comes first

Request = Gazetteer | tuple[str, Context]
Answer = Understanding | str  # a text names the error


def main() -> None:
    """Answer requests until the input closes; a gazetteer changes the names that are known."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it ends
    os.nice(_NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not end up in between
    _serve(sys.stdin.buffer, answers)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    understander: Understander | None = None
    while True:
        try:
            request: Request = pickle.load(requests)  # noqa: S301 (our own parent writes it)
        except EOFError:
            return
        if isinstance(request, Gazetteer):
            understander = (
                understander.with_gazetteer(request) if understander else pipeline.load(request)
            )
            continue
        understander = understander or pipeline.load()
        pickle.dump(_answer(understander, *request), answers)
        answers.flush()


def _answer(understander: Understander, text: str, context: Context) -> Answer:
    try:
        return understander.understand(text, context)
    except Exception as error:  # noqa: BLE001 (the parent hears of it, and the next text comes)
        return type(error).__name__


if __name__ == "__main__":
    main()
