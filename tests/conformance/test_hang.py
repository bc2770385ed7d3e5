"""A line that says nothing any more, as after a power cut behind it: given up, then gone on.

Giving up takes its time: all platforms hang at once.
"""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack

import pytest

from connectors.base import Trouble
from tests.conformance.case import case
from tests.conformance.counterpart import NotRun
from tests.conformance.stage import Stage, foreign, staged
from tests.conformance.test_in import tried
from tests.fakes.line import Fate

_WITHIN = 60.0  # seconds; the core gives a pull seven minutes, for accounts with thousands of rooms
Outcomes = Mapping[str, BaseException | None]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """Return what came of each kind: nothing, or why it failed."""
    found: dict[str, BaseException | None] = {}
    stages = []
    with ExitStack() as running:
        for kind in foreign():
            try:
                stages.append(running.enter_context(staged(kind, tmp_path_factory.mktemp(kind))))
            except (NotRun, pytest.skip.Exception) as missing:
                found[kind] = missing

        async def all_at_once() -> list[BaseException | None]:
            return await asyncio.gather(*map(hang, stages), return_exceptions=True)

        results = asyncio.run(all_at_once())
        return found | {one.kind: result for one, result in zip(stages, results, strict=True)}


async def hang(stage: Stage) -> None:
    """Let the line hang, then go on."""
    async with stage:
        link = await stage.met("anna")
        for line in stage.lines.values():
            line.strike(Fate.SILENT)
        stage.platform.say("anna", "Trotz der Stille", visibility=stage.visibility)
        async with asyncio.timeout(_WITHIN):
            trouble = await tried(stage, link)
        # A line on which one only waits for news is made anew without a word.
        assert trouble in {None, Trouble.UNREACHABLE}
        assert any(line.struck for line in stage.lines.values())
        for line in stage.lines.values():
            line.mend()
        await stage.until(link, lambda: stage.message("Trotz der Stille"))


@case(7, "a line that hangs is given up in time, and everything comes afterwards")
@pytest.mark.parametrize("stage", foreign())
def test_a_line_that_hangs_is_given_up(outcomes: Outcomes, stage: str) -> None:
    outcome = outcomes[stage]
    if outcome is not None:
        raise outcome
