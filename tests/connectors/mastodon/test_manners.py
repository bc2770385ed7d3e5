"""How often an instance is asked, and what it says when that was too often."""

import pytest

from connectors.base import (
    PlatformError,
    Trouble,
)
from tests.connectors.mastodon.support import Core, play
from tests.fakes.mastodon_town import HOME


def test_while_nothing_comes_we_ask_rarely() -> None:
    async def test(core: Core) -> None:
        before = len(core.instance.asked)
        began = core.clock
        while core.clock - began < 300:
            await core.pull()
        assert len(core.instance.asked) - before < 150

    play(test)


def test_the_last_requests_are_kept_for_sending() -> None:
    async def test(core: Core) -> None:
        core.instance.allowed = 40
        await core.pull()
        await core.pull()
        core.waited.clear()
        await core.pull()
        assert core.waited[0] > 4

    play(test)


def test_how_many_requests_are_left_is_told() -> None:
    async def test(core: Core) -> None:
        standing = (await core.pull()).standing
        assert standing is not None
        assert standing.name == f"@stadt@{HOME}"
        assert standing.rate_left is not None
        assert standing.rate_left < core.instance.allowed
        assert standing.rate_resets_at is not None

    play(test)


@pytest.mark.parametrize(("seconds", "least"), [(30, 28), (None, None), (99_999, 3600)])
def test_too_fast_is_said_with_how_long(seconds: int | None, least: int | None) -> None:
    async def test(core: Core) -> None:
        core.instance.limited.append(seconds)
        with pytest.raises(PlatformError) as raised:
            await core.pull()
        assert raised.value.trouble is Trouble.RATE
        asked = raised.value.retry_after
        if least is None:
            assert asked is None
        else:
            assert asked is not None
            assert least <= asked.total_seconds() <= 3600

    play(test)


def test_a_worthless_token_is_a_matter_of_the_login() -> None:
    async def test(core: Core) -> None:
        core.instance.logged_in = False
        with pytest.raises(PlatformError) as raised:
            await core.pull()
        assert raised.value.trouble is Trouble.LOGIN

    play(test)
