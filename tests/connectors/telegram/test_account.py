"""The account: whose it is, what keeps it from working, and that its token is told to nobody."""

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors import registry
from connectors.asking import Refused
from connectors.base import ParseError, PlatformError, RawItem, Trouble
from connectors.push import Answer, Call
from connectors.telegram.api import BotApi
from connectors.telegram.connector import CONNECTOR
from connectors.telegram.link import ALLOWED
from connectors.telegram.settings import Settings
from tests.connectors.telegram import oracles
from tests.connectors.telegram.support import Core, run
from tests.fakes.telegram import BOT_NAME, TOKEN, Telegram

PUSHED = {"intake": "webhook"}


async def trouble_of(core: Core) -> PlatformError:
    with pytest.raises(PlatformError) as found:
        await core.pull()
    return found.value


def test_the_bot_is_who_the_settings_say(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core, core.told(username="Anderer_Bot") as other:
            assert (await core.link.check()).name == f"@{BOT_NAME}"
            with pytest.raises(PlatformError) as found:
                await other.link.check()
            assert found.value.detail == f"other_account: @{BOT_NAME}"

    run(story())


def test_a_worthless_token_needs_a_person(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core, core.told(token=TOKEN[:-1] + "x") as other:
            telegram.is_logged_out = True
            assert (await trouble_of(core)).trouble is Trouble.LOGIN
            assert (await trouble_of(other)).trouble is Trouble.LOGIN
            with pytest.raises(PlatformError) as found:
                await core.link.check()
            assert found.value.trouble is Trouble.LOGIN

    run(story())


def test_two_who_ask_for_the_same_bot_are_noticed(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core, core.told() as other:
            first = asyncio.create_task(core.pull())
            await asyncio.to_thread(telegram.polled.wait)
            second = asyncio.create_task(other.pull())
            with pytest.raises(PlatformError) as found:
                await first
            assert found.value.trouble is Trouble.COMPETING
            telegram.write("anna", text="Hallo")
            await second
            assert other.texts == ["Hallo"]

    run(story())


def test_who_polls_takes_the_webhook_down_and_loses_nothing(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            telegram.webhook = {"url": "https://alt.example/hook"}
            telegram.write("anna", text="vorher")
            await core.pull()
            assert (telegram.webhook, core.texts) == ({}, ["vorher"])

    run(story())


def test_a_limit_while_asking_for_news_says_how_long(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core:
            telegram.limits.append(12)
            found = await trouble_of(core)
            assert found.trouble is Trouble.RATE
            assert found.retry_after is not None
            assert found.retry_after.total_seconds() == 12

    run(story())


def test_the_webhook_is_set_and_set_again_where_it_went_astray(
    core: Core, telegram: Telegram
) -> None:
    async def story() -> None:
        async with core.told(**PUSHED) as pushed:
            for _ in range(2):
                batch = await pushed.pull()
                assert (batch.items, batch.more) == ((), False)
            settings = Settings.model_validate(dict(pushed.account.values))
            assert telegram.webhook["url"] == pushed.account.push_url
            assert telegram.webhook["secret_token"] == settings.webhook_secret
            assert tuple(telegram.webhook["allowed_updates"]) == ALLOWED
            assert telegram.webhook["drop_pending_updates"] is False
            assert pushed.slept == [25]
            telegram.webhook = {"url": "https://fremd.example"}
            await pushed.pull()
            assert telegram.webhook["url"] == pushed.account.push_url

    run(story())


def test_a_webhook_that_telegram_cannot_reach_is_trouble(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with core.told(**PUSHED) as pushed:
            await pushed.pull()
            telegram.write("anna", text="Hallo?")
            failed = int(pushed.clock.now().timestamp()) - 5
            telegram.webhook |= {
                "last_error_date": failed,
                "last_error_message": "Connection refused",
            }
            found = await trouble_of(pushed)
            assert found.trouble is Trouble.UNREACHABLE
            assert found.detail == "no_connection: Connection refused"

    run(story())


def test_without_an_address_of_ours_nothing_can_be_pushed(core: Core, telegram: Telegram) -> None:
    async def story() -> None:
        async with Core(replace(core.told(**PUSHED).account, push_url="")) as pushed:
            assert (await trouble_of(pushed)).trouble is Trouble.SETTINGS
            assert telegram.asked == []

    run(story())


def push(core: Core, body: bytes, secret: str | None = None, method: str = "POST") -> Answer:
    receive = registry.receiver("telegram")
    assert receive is not None
    shown = {} if secret is None else {"x-telegram-bot-api-secret-token": secret}
    return receive(Call(method, shown, {}, body), core.account.values, datetime.now(UTC))


def test_settings_of_another_version_take_no_push_and_tell_nothing(core: Core) -> None:
    receive = registry.receiver("telegram")
    assert receive is not None
    values = {**core.account.values, "intake": "pigeons"}
    assert receive(Call("POST", {}, {}, b"{}"), values, datetime.now(UTC)) == Answer(503)


def test_a_push_is_believed_with_its_secret_only(core: Core, telegram: Telegram) -> None:
    secret = Settings.model_validate(dict(core.account.values)).webhook_secret
    said = telegram.write("anna", text="Grüße 💡")
    update = {"update_id": telegram._last_update, "message": said}
    escaped = json.dumps(update).encode()
    for wrong in (None, "", "ü", secret[:-1], secret.upper()):
        assert push(core, escaped, wrong).status == 401
    for bad in (b"", b"\xff", b"[]", b"{", b"5"):
        assert push(core, bad, secret).status == 400
    assert push(core, escaped, secret, "GET").status == 405
    taken = push(core, escaped, secret)
    assert (taken.status, taken.body) == (200, b"")

    async def polled() -> tuple[RawItem, ...]:
        async with core:
            return (await core.pull()).items

    assert taken.items == run(polled()), "the same as when it is polled"
    poison = push(core, b'{"update_id": 5, "message": {"text": "kaputt"}}', secret)
    assert poison.status == 200
    with pytest.raises(ParseError):
        CONNECTOR.parse(poison.items[0].payload)


def test_the_answer_to_a_pushed_press_stops_the_button(core: Core, telegram: Telegram) -> None:
    secret = Settings.model_validate(dict(core.account.values)).webhook_secret
    anna = telegram.person("anna")
    question = telegram.message(telegram.me, anna["id"], text="Ja?")
    press = {"id": "7", "from": anna, "chat_instance": "1", "data": "ja", "message": question}
    answer = push(core, json.dumps({"update_id": 9, "callback_query": press}).encode(), secret)
    assert answer.media_type == "application/json"
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "7"}


def test_the_token_is_told_to_nobody(
    core: Core, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        caplog.set_level(logging.INFO)
        told = []
        async with core:
            account = core.account
            telegram.write("anna", document=telegram.store("a", b"x"))
            item = (await core.pull()).items[0]
            told += [
                str(item.payload),
                repr(account),
                repr(Settings.model_validate(account.values)),
            ]
            telegram.files.clear()
            telegram.is_logged_out = True
            for call in (core.pull(), core.link.check(), core.link.fetch(item.payload)):
                with pytest.raises(PlatformError) as found:
                    await call
                told.append(f"{found.value!r} {found.value.detail} {found.value.__cause__!r}")
            told.append(repr(await core.send(telegram.person("anna")["id"])))
            api = BotApi(Settings.model_validate(account.values), account.network)
            with pytest.raises((PlatformError, Refused)) as failed:
                await api.download("nowhere", limit=5, within=5)
            told.append(repr(failed.value))
            await api.close()
        telegram.port = 1
        async with Core(
            replace(account, values={**account.values, "server": telegram.url})
        ) as lost:
            told += [repr(await trouble_of(lost)), repr(await lost.send(5, recipient="5"))]
        assert TOKEN.partition(":")[2] not in " ".join([*told, caplog.text])

    run(story())


def test_settings_want_a_token_and_a_safe_address() -> None:
    good = {"username": BOT_NAME, "token": TOKEN}
    assert str(Settings.model_validate(good).server) == "https://api.telegram.org/"
    for name, value in (
        ("username", "@mit_Klammeraffe"),
        ("token", "kein Token"),
        ("server", "http://bot.example.org"),
        ("intake", "beides"),
    ):
        with pytest.raises(ValueError, match=name):
            Settings.model_validate(good | {name: value})


@pytest.mark.skipif(not oracles.described(), reason="shared/specs is not beside this repository")
def test_telegrams_own_description_knows_what_we_ask_for() -> None:
    fields = {one["name"] for one in oracles._spec()["types"]["Update"]["fields"]}
    assert set(ALLOWED) <= fields
