"""The language process: understood through deaths, given up on when it hangs."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.dialogue.understanding import LanguageProcess, UnderstandingFailedError
from bot.errors import StoppingError
from nlp.types import Context

CONTEXT = Context(datetime(2026, 11, 21, 12, tzinfo=UTC))
TEXT = "Wann ist Markt in Opladen?"


@pytest.fixture(scope="module")
def language() -> Iterator[LanguageProcess]:
    language = LanguageProcess()
    language.start()
    yield language
    language.stop()


def pid(language: LanguageProcess) -> int:
    process = language._process
    assert process
    return process.pid


def test_it_understands_in_another_process(language: LanguageProcess) -> None:
    assert language.understand(TEXT, CONTEXT).intent == "market_hours"
    assert pid(language) != os.getpid()


def test_a_death_is_survived_and_the_text_understood(language: LanguageProcess) -> None:
    language.understand(TEXT, CONTEXT)
    dead = pid(language)
    os.kill(dead, signal.SIGKILL)
    assert language.understand(TEXT, CONTEXT).intent == "market_hours"
    assert pid(language) != dead


def test_a_text_larger_than_a_pipe_is_understood(language: LanguageProcess) -> None:
    assert language.understand(f"{TEXT} {'ä' * 200_000}", CONTEXT).language


def test_one_that_hangs_is_given_up_on(language: LanguageProcess) -> None:
    language.understand(TEXT, CONTEXT)
    os.kill(pid(language), signal.SIGSTOP)
    with pytest.raises(UnderstandingFailedError):
        language.understand(f"{TEXT} {'ä' * 200_000}", CONTEXT)
    assert language.understand(TEXT, CONTEXT).intent == "market_hours"


def test_stopping_does_not_wait_for_one_that_hangs() -> None:
    language = LanguageProcess()
    language.understand(TEXT, CONTEXT)
    os.kill(pid(language), signal.SIGSTOP)
    waiting: list[BaseException] = []

    def ask() -> None:
        try:
            language.understand(TEXT, CONTEXT)
        except (StoppingError, UnderstandingFailedError) as error:
            waiting.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    language.stop()
    asking.join(timeout=4)
    assert not asking.is_alive()
    assert [type(error) for error in waiting] == [StoppingError]
