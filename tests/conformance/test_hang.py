"""A line that says nothing any more, as after a power cut behind it: given up, then gone on."""

import asyncio

from connectors.base import Trouble
from tests.conformance.case import case
from tests.conformance.stage import Stage
from tests.conformance.test_in import tried
from tests.fakes.line import Fate

_WITHIN = 60.0  # seconds; the core gives a pull seven minutes, for accounts with thousands of rooms


@case(7, "a line that hangs is given up in time, and everything comes afterwards")
def test_a_line_that_hangs_is_given_up(stage: Stage) -> None:
    async def story() -> None:
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

    asyncio.run(story())
