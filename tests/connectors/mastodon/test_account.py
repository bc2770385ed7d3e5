"""Whose account it is, and whether it works."""

import pytest
from pydantic import ValidationError

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.mastodon.settings import Settings
from tests.connectors.mastodon.support import Core, play
from tests.fakes.mastodon import TOKEN


def test_the_account_is_checked() -> None:
    async def test(core: Core) -> None:
        assert (await core.link.check()).name == "@stadt@stadt.test"
        core.instance.scopes = ("read:statuses", "write")
        with pytest.raises(PlatformError) as raised:
            await core.link.check()
        assert raised.value.trouble is Trouble.SETTINGS
        assert raised.value.detail.startswith(Detail.NO_RIGHTS)
        assert "read:notifications" in raised.value.detail
        assert "write:media" not in raised.value.detail

    play(test)


@pytest.mark.parametrize("name", ["anders", "@stadt@anderswo.test"])
def test_another_account_than_the_one_entered_is_refused(name: str) -> None:
    async def test(_: Core) -> None:
        """Nothing more: the first question fails."""

    with pytest.raises(PlatformError) as raised:
        play(test, account=name)
    assert raised.value.trouble is Trouble.SETTINGS


@pytest.mark.parametrize("name", ["stadt", "@Stadt", "stadt@stadt.test"])
def test_the_account_may_be_written_in_several_ways(name: str) -> None:
    async def test(core: Core) -> None:
        await core.link.check()

    play(test, account=name)


@pytest.mark.parametrize("token", ["zugang-ä", "zwei Worte", "", "zwei\nZeilen"])
def test_a_token_that_no_header_can_hold_is_no_token(token: str) -> None:
    values = {"instance": "https://m.test", "account": "stadt", "access_token": token}
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate(values)
    assert raised.value.errors()[0]["loc"] == ("access_token",)


def test_a_line_break_behind_a_token_is_none_of_it() -> None:
    async def test(core: Core) -> None:
        await core.link.check()

    play(test, access_token=f" {TOKEN}\n")
