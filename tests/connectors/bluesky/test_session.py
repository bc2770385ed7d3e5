"""One log-in lasts: it is kept, refreshed, and only made anew when nothing else helps."""

from datetime import timedelta

import pytest

from connectors.base import PlatformError, Trouble
from connectors.bluesky.connector import CONNECTOR
from connectors.bluesky.settings import Settings
from connectors.results import LoginNeeded, RetryAfter, Scope
from tests.connectors.bluesky.support import Core, post
from tests.fakes.bluesky import XrpcError

LOG_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"


def test_a_session_is_handed_over_at_once_and_outlives_restarts(core: Core) -> None:
    async def story() -> None:
        batch = await core.pull()
        assert batch.standing is not None
        assert set(batch.standing.renewed) == {"access_token", "refresh_token"}
        assert batch.standing.name == "stadt.test"
        assert (await core.pull()).standing is None, "it is stored by now"
        for _ in range(3):
            await core.link.close()
            await core.restarted().check()
            core.mention("anna", "hallo")
            assert await core.hear() == ["hallo"]
        assert core.network.asked.count(LOG_IN) == 1
        assert core.network.asked.count(REFRESH) == 0

    core.run(story())


def test_a_session_that_is_not_stored_is_handed_over_again(core: Core) -> None:
    async def story() -> None:
        first = await core.link.pull(None)
        again = await core.link.pull(None)
        assert first.standing == again.standing is not None

    core.run(story())


def test_an_access_token_that_has_ended_is_refreshed_and_stored(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        before = dict(core.values)
        core.network.expire(core.us)
        core.mention("anna", "noch da?")
        assert await core.hear() == ["noch da?"]
        assert core.values != before
        await core.link.close()
        core.network.expire(core.us)
        await core.restarted().check()
        assert core.network.asked.count(LOG_IN) == 1
        assert core.network.asked.count(REFRESH) == 2

    core.run(story())


def test_a_session_that_ends_while_we_send_is_handed_over_by_the_pull_that_waits(
    core: Core,
) -> None:
    async def story() -> None:
        await core.hear()
        await core.hear()
        core.network.expire(core.us)
        await core.send(post("Guten Morgen"))
        batch = await core.pull()
        assert batch.standing is not None
        assert not batch.items

    core.run(story())


def test_only_where_nothing_can_be_refreshed_there_is_a_new_log_in(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.end_sessions(core.us)
        core.mention("anna", "hallo")
        assert await core.hear() == ["hallo"]
        assert core.network.asked.count(REFRESH) == 1
        assert core.network.asked.count(LOG_IN) == 2

    core.run(story())


def test_a_wrong_password_is_tried_once_for_each_question(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.log_out(core.us)
        asked = core.network.asked.count(LOG_IN)
        with pytest.raises(PlatformError) as caught:
            await core.pull()
        assert caught.value.trouble is Trouble.LOGIN
        assert core.network.asked.count(LOG_IN) == asked + 1
        assert isinstance(await core.send(post("Moin")), LoginNeeded)
        core.network.log_in(core.us)
        core.mention("anna", "wieder da?")
        assert await core.hear() == ["wieder da?"]

    core.run(story())


def test_a_token_that_is_worth_nothing_from_the_start_does_not_make_a_loop(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.refusals += [
            XrpcError(400, "ExpiredToken"),
            XrpcError(400, "ExpiredToken"),
            XrpcError(401, "AuthenticationRequired"),
        ]
        with pytest.raises(PlatformError) as caught:
            await core.pull()
        assert caught.value.trouble is Trouble.LOGIN

    core.run(story())


@pytest.mark.parametrize("code", ["AccountTakedown", "AccountDeactivated"])
def test_a_locked_account_is_for_a_person_and_not_for_a_new_log_in(core: Core, code: str) -> None:
    async def story() -> None:
        await core.hear()
        core.network.refusals += [XrpcError(401, code)]
        with pytest.raises(PlatformError) as caught:
            await core.pull()
        assert caught.value.trouble is Trouble.LOGIN
        assert core.network.asked.count(LOG_IN) == 1

    core.run(story())


@pytest.mark.parametrize(("reset", "seconds"), [(30, 30), (55 * 365 * 86400, 3600), (-500, 5)])
def test_no_reset_of_a_limit_is_believed_beyond_an_hour(
    core: Core, reset: int, seconds: int
) -> None:
    async def story() -> None:
        await core.hear()
        until = int(core.network.now().timestamp()) + reset
        limited = XrpcError(429, "RateLimitExceeded", headers={"ratelimit-reset": str(until)})
        core.network.refusals += [limited]
        result = await core.send(post("Moin"))
        assert isinstance(result, RetryAfter)
        assert result.scope is Scope.CHANNEL
        assert result.delay == timedelta(seconds=seconds)
        core.network.refusals += [limited]
        with pytest.raises(PlatformError) as caught:
            await core.pull()
        assert caught.value.trouble is Trouble.RATE

    core.run(story())


def test_too_many_log_ins_are_waited_for(core: Core) -> None:
    async def story() -> None:
        core.network.refusals += [XrpcError(429, "RateLimitExceeded")]
        with pytest.raises(PlatformError) as caught:
            await core.link.check()
        assert caught.value.trouble is Trouble.RATE
        assert (await core.link.check()).name == "stadt.test"

    core.run(story())


def test_the_handle_alone_tells_the_account_apart_and_is_written_in_one_way_only() -> None:
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    assert required == {"server", "handle", "app_password"}
    for wrong in ("@stadt.example.org", "Stadt.example.org", "stadt", "stadt.example.org."):
        with pytest.raises(ValueError, match="handle"):
            Settings.model_validate(
                {"server": "https://bsky.social", "handle": wrong, "app_password": "x"}
            )


def test_nobody_is_answered_in_private() -> None:
    assert CONNECTOR.private_thread("did:plc:x") is None
