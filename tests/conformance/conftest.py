"""The suite's stage for each kind of the registry, and the table of what came out."""

import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.conformance.counterpart import NotOffered, NotRun
from tests.conformance.stage import Stage, foreign, staged
from tests.conformance.table import FAIL, PASS, Row, rates, table

_HEAD = """# Conformance

What every connector has to survive, by the number of the case. `make conformance` runs the suite
and writes this table; `make test` runs the suite as well. There are three values: pass, not offered
(the platform has no such thing), not run; the numbers stand for the reasons below.

"""


@pytest.fixture(scope="module", params=foreign())
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    kind: str = request.param
    folder: Path = tmp_path_factory.mktemp(kind)
    with staged(kind, folder) as found:
        yield found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Leave a test out where its platform has no such thing, as `pytest_runtest_call` does."""
    return (yield from _left_out())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Leave a test out where its platform has no such thing."""
    return (yield from _left_out())


def _left_out() -> Generator[None]:
    try:
        return (yield)
    except NotOffered as missing:
        pytest.skip(f"not offered by the platform: {missing}")
    except NotRun as missing:
        pytest.skip(f"not run: {missing}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the case and the kind with the outcome, which another process may have to tell."""
    report = yield
    given = getattr(item, "callspec", None)
    kind = given.params.get("stage") if given else None
    for mark in item.iter_markers("case"):
        report.user_properties.append(("case", (*mark.args, kind)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and keep it where that is wanted."""
    outcomes: dict[tuple[Row, str], list[str]] = defaultdict(list)
    measured: dict[tuple[str, str], float] = {}
    for value in ("passed", "skipped", "failed", "error"):
        for report in terminalreporter.getreports(value):
            for name, told in getattr(report, "user_properties", ()):
                if name == "case":
                    number, title, kind = told
                    outcomes[Row(number, title), kind].append(_value(report))
                if name == "rate" and report.when == "call":
                    kind, what, rate = told
                    measured[kind, what] = rate
    if not outcomes:
        return
    kinds = {kind for _, kind in outcomes}
    found = table(outcomes, kinds)
    if measured:
        found += "\n" + rates(measured, kinds)
    terminalreporter.write_line(found)
    if place := os.environ.get("CONFORMANCE_TABLE"):
        Path(place).write_text(_HEAD + found, "utf-8")


def _value(report: pytest.TestReport) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return FAIL if report.failed else PASS
