"""Understanding as a process of its own: requests on stdin, understandings on stdout, pickled.

It keeps the language model and its work away from the process that takes messages in, and it ends
when that process does, however that ends: its input closes.
"""

import os
import pickle
import signal
import sys
from multiprocessing.connection import Connection
from typing import BinaryIO

from nlp import pipeline
from nlp.data import DataError
from nlp.pipeline import Understander
from nlp.types import Context, Knowledge, Understanding

_NICENESS = 5  # taking messages in comes first

Request = Knowledge | tuple[int, str, Context]
Answer = tuple[int, Understanding | str]  # a text names the error


def main() -> None:
    """Answer requests until the input closes; a `Knowledge` changes what it knows of the city.

    An answer carries the number of its request. The first one, number 0, says that all is loaded.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it ends
    os.nice(_NICENESS)
    answers: Connection[Answer, None] = Connection(os.dup(sys.stdout.fileno()), readable=False)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not end up in between
    try:
        _serve(sys.stdin.buffer, answers)
    except (EOFError, BrokenPipeError):  # the parent has ended
        return


def _serve(requests: BinaryIO, answers: "Connection[Answer, None]") -> None:
    understander = pipeline.load()
    answers.send((0, ""))
    while True:
        request: Request = pickle.load(requests)  # noqa: S301 (our own parent writes it)
        if isinstance(request, Knowledge):
            understander = _informed(request)
        else:
            number, text, context = request
            answers.send((number, _answer(understander, text, context)))


def _informed(knowledge: Knowledge) -> Understander:
    try:
        return pipeline.load(knowledge)
    except DataError as error:  # an upgrade came after it; the doctor tells of it too
        print(f"understanding.shipped_model_instead: {error}", file=sys.stderr)  # noqa: T201
        return pipeline.load(Knowledge(knowledge.names))


def _answer(understander: Understander, text: str, context: Context) -> Understanding | str:
    try:
        return understander.understand(text, context)
    except Exception as error:  # noqa: BLE001 (the parent hears of it, and the next text comes)
        return type(error).__name__


if __name__ == "__main__":
    main()
