"""Whose account it is, and whether it works."""

from pathlib import Path

import pytest

from connectors.base import PlatformError, Trouble
from tests.connectors.x.support import Core, run
from tests.fakes.x import HANDLE, Refusal, X


def test_the_account_says_who_it_is(core: Core) -> None:
    async def story() -> None:
        assert (await core.link.check()).name == f"@{HANDLE}"
        await core.link.close()

    run(story())


def test_another_accounts_token_is_noticed(x: X, tmp_path: Path) -> None:
    core = Core(x, tmp_path / "x", account="@andere")

    async def story() -> None:
        with pytest.raises(PlatformError) as raised:
            await core.link.check()
        assert raised.value.trouble is Trouble.SETTINGS
        assert raised.value.detail.startswith("other_account")
        await core.link.close()

    run(story())


def test_a_dead_login_a_spent_credit_and_a_limit_are_told_apart(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            x.logged_in = False
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.LOGIN
            x.logged_in = True
            credit = {"title": "CreditsDepleted", "type": "https://api.x.com/2/problems/credits"}
            x.refusals = [Refusal(402, {**credit, "detail": "No credits"})] * 2
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.SETTINGS
            assert raised.value.detail.startswith("credit_spent")
            reset = str(int(core.clock.now().timestamp()) + 400)
            x.refusals = [
                Refusal(429, {"title": "Too Many Requests"}, x_rate_limit_reset=reset)
            ] * 2
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.RATE
            assert raised.value.retry_after is not None
            assert 370 <= raised.value.retry_after.total_seconds() <= 400

    run(story())
