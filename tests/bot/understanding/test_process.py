"""The language process: waited for while it loads, survived in death, given up when it hangs."""

import contextlib
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.errors import StoppingError
from bot.understanding.process import (
    LanguageBusyError,
    LanguageProcess,
    UnderstandingFailedError,
)
from nlp.types import Context, Gazetteer, Knowledge, Name, Understanding

CONTEXT = Context(datetime(2026, 11, 21, 12, tzinfo=UTC))
TEXT = "Wann ist Markt in Opladen?"
CRY = "Hilfe, es brennt!"
_HELD = "import sys; open(sys.argv[1]).read(); from nlp.serve import main; main()"
_UNTIL = 60.0  # seconds before a test gives up


@pytest.fixture(scope="module")
def language() -> Iterator[LanguageProcess]:
    language = LanguageProcess()
    language.start()
    yield language
    language.stop()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Return the gate before which a process of `slow` waits until somebody writes to it."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    return gate


@pytest.fixture
def slow(gate: Path) -> Iterator[LanguageProcess]:
    language = LanguageProcess((sys.executable, "-P", "-c", _HELD, str(gate)))
    language.start()
    yield language
    language.stop()


def pid(language: LanguageProcess) -> int:
    process = language._process
    assert process
    return process.pid


def ask(language: LanguageProcess, text: str, knowledge: Knowledge | None = None) -> Understanding:
    """Ask as whoever can wait does."""
    while True:
        try:
            return language.understand(text, CONTEXT, knowledge)
        except LanguageBusyError:
            continue


def test_it_understands_in_another_process(language: LanguageProcess) -> None:
    assert ask(language, TEXT).intent == "market_hours"
    assert pid(language) != os.getpid()


def test_a_death_is_survived_and_the_text_understood(language: LanguageProcess) -> None:
    ask(language, TEXT)
    dead = pid(language)
    os.kill(dead, signal.SIGKILL)
    assert ask(language, TEXT).intent == "market_hours"
    assert pid(language) != dead


def test_a_text_larger_than_a_pipe_is_understood(language: LanguageProcess) -> None:
    assert ask(language, f"{TEXT} {'ä' * 200_000}").language


def test_it_understands_behind_a_thousand_open_pages() -> None:
    """Descriptors above 1023 are beyond what `select` can look at."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as pages:
        pages.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        while pages.enter_context(Path(os.devnull).open("rb")).fileno() < 1024:
            pass
        language = LanguageProcess()
        pages.callback(language.stop)
        assert ask(language, TEXT).intent == "market_hours"


def test_one_that_hangs_is_given_up_on(language: LanguageProcess) -> None:
    ask(language, TEXT)
    os.kill(pid(language), signal.SIGSTOP)
    with pytest.raises(UnderstandingFailedError):
        language.understand(f"{TEXT} {'ä' * 200_000}", CONTEXT)
    assert ask(language, TEXT).intent == "market_hours"


def test_a_text_that_kills_it_is_not_asked_for_ever() -> None:
    dies = LanguageProcess((sys.executable, "-c", ""))
    with pytest.raises(LanguageBusyError):
        dies.understand(TEXT, CONTEXT)
    with pytest.raises(UnderstandingFailedError, match="twice"):
        dies.understand(TEXT, CONTEXT)
    dies.stop()


def test_one_that_loads_slowly_is_waited_for(slow: LanguageProcess, gate: Path) -> None:
    loading = pid(slow)
    with pytest.raises(LanguageBusyError):
        slow.understand(TEXT, CONTEXT)
    gate.write_text("")
    slow.warm_up()
    assert ask(slow, TEXT).intent == "market_hours"
    assert ask(slow, "Hallo").intent == "greeting"
    assert pid(slow) == loading


def test_an_emergency_does_not_wait_for_one_that_loads(slow: LanguageProcess) -> None:
    """Somebody waits for the model already, as the workers do."""
    waiting = threading.Thread(target=slow.warm_up)
    waiting.start()
    loading = pid(slow)
    with pytest.raises(LanguageBusyError):
        slow.understand(CRY, CONTEXT)
    assert pid(slow) == loading
    slow.stop()
    waiting.join(timeout=_UNTIL)
    assert not waiting.is_alive()


def test_an_answer_that_comes_too_late_is_nobody_elses(language: LanguageProcess) -> None:
    """What an emergency did not wait for is not the answer to the next text."""
    ask(language, TEXT)
    frozen = pid(language)
    os.kill(frozen, signal.SIGSTOP)
    with pytest.raises(UnderstandingFailedError):
        language.understand(CRY, CONTEXT)
    os.kill(frozen, signal.SIGCONT)
    assert ask(language, TEXT).intent == "market_hours"
    assert ask(language, "Hallo").intent == "greeting"
    assert pid(language) == frozen


def city(name: str) -> Knowledge:
    return Knowledge(Gazetteer(markets=(Name(name.casefold(), name),)))


def test_each_text_is_understood_with_its_own_names(language: LanguageProcess) -> None:
    """Two threads with the names of two moments: neither hears of the other's."""
    heard: dict[str, list[str | None]] = {"Altheim": [], "Neuburg": []}

    def talk(name: str) -> None:
        for _ in range(25):
            understood = ask(language, f"Wann ist Markt in {name}?", city(name))
            market = understood.first("market")
            heard[name].append(market.value if market else None)

    threads = [threading.Thread(target=talk, args=(name,)) for name in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=_UNTIL)
    assert heard == {name: [name.casefold()] * 25 for name in heard}


def test_stopping_does_not_wait_for_one_that_hangs() -> None:
    language = LanguageProcess()
    ask(language, TEXT)
    os.kill(pid(language), signal.SIGSTOP)
    waiting: list[BaseException] = []

    def wait() -> None:
        try:
            ask(language, TEXT)
        except (StoppingError, UnderstandingFailedError) as error:
            waiting.append(error)

    asking = threading.Thread(target=wait)
    asking.start()
    language.stop()
    asking.join(timeout=4)
    assert not asking.is_alive()
    assert [type(error) for error in waiting] == [StoppingError]
