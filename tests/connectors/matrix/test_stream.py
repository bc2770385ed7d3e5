"""The stream on a real homeserver: gaps, repetition, outages, log-ins and limits."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import Account, PlatformError, Trouble
from connectors.matrix import cursors
from connectors.results import Duplicate, LoginNeeded, RetryAfter, Scope, Sent, Transient, Unknown
from tests.connectors.matrix.support import Core, account, content, run
from tests.support.synapse import Person, Synapse


@pytest.fixture
def core(synapse: Synapse, tmp_path: Path) -> Core:
    return Core(account(synapse.url, synapse.account("stadt"), tmp_path / "matrix"))


async def chat(core: Core, anna: Person) -> str:
    """Have a direct chat in which one message was heard."""
    await core.pull()
    room = anna.room(core.account.values["user_id"])
    anna.say(room, "Hallo")
    await core.until(lambda: core.texts)
    return room


def written(who: Person, room: str, text: str) -> int:
    """Return how often a text stands in a room."""
    return sum(content(event).get("body") == text for event in who.messages(room))


def test_what_was_said_while_we_were_away_comes_complete_and_in_order(
    synapse: Synapse, core: Core
) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room, other = await chat(core, anna), anna.room(core.account.values["user_id"])
            anna.say(other, "Im zweiten Raum")
            await core.until(lambda: len(core.texts) > 1)
            await core.link.close()
            for number in range(130):
                anna.say(room, f"Nachricht {number}")
                if number < 60:
                    anna.say(other, f"Zweite {number}")
            core.fresh_link()
            await core.pull()
            assert len(cursors.read(core.cursor).gaps) == 2
            await core.link.close()
            core.fresh_link()  # killed before the gaps are filled: it goes on from there
            await core.until(lambda: len(core.texts) > 191)
            first = [one.text for one in core.messages if one.thread == room]
            second = [one.text for one in core.messages if one.thread == other]
            assert first == ["Hallo", *(f"Nachricht {number}" for number in range(130))]
            assert second == ["Im zweiten Raum", *(f"Zweite {number}" for number in range(60))]

    run(story())


def test_the_same_cursor_brings_the_same_news(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            before = core.cursor
            anna.say(room, "Eins")
            anna.say(room, "Zwei")
            await core.until(lambda: len(core.texts) > 2)
            again = await core.link.pull(before)
            assert again == await core.link.pull(before)
            assert {item.event_id for item in again.items} < set(core.items)
            await core.link.close()
            anew = await core.fresh_link().pull(before)
            assert anew.items[: len(again.items)] == again.items

    run(story())


def test_what_was_said_before_we_came_in_is_heard(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            await core.pull()
            room = anna.room(core.account.values["user_id"])
            for number in range(70):
                anna.say(room, f"Nachricht {number}")
            await core.until(lambda: len(core.texts) > 69)
            assert core.texts == [f"Nachricht {number}" for number in range(70)]

    run(story())


def test_entering_and_dying_before_it_was_stored_loses_no_first_word(
    synapse: Synapse, core: Core
) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            await core.pull()
            room = anna.room(core.account.values["user_id"])
            anna.say(room, "Erstes Wort")
            await core.until(lambda: cursors.read(core.cursor).invites)
            invited = core.cursor
            await core.pull()  # enters, and is killed before the core has stored that
            core.items.clear()
            core.cursor = invited
            await core.link.close()
            core.fresh_link()
            await core.until(lambda: core.texts)
            assert core.texts == ["Erstes Wort"]

    run(story())


def test_the_past_of_an_account_is_not_taken_in(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            core.cursor = None
            core.items.clear()
            await core.link.close()
            core.fresh_link()
            await core.pull()
            anna.say(room, "Neu")
            await core.until(lambda: core.texts)
            assert core.texts == ["Neu"]

    run(story())


def test_one_key_is_one_message_whatever_happens(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            part = core.part("Genau einmal", room)
            first = await core.link.send(part, key="k1")
            assert isinstance(first, Sent)
            assert await core.link.send(part, key="k1") == first
            assert await core.link.find_sent(part, key="k1") == first.native_id
            assert await core.link.find_sent(part, key="nie") is None
            await core.link.close()
            core.renewed = {}  # not even the session was stored: the folder knows the device
            core.fresh_link()
            assert isinstance(await core.link.send(part, key="k1"), Transient), "not yet"
            anna.say(room, "Danke")
            await core.until(lambda: len(core.texts) > 1)
            assert await core.link.send(part, key="k1") == first
            synapse.kill()
            assert isinstance(await core.link.send(part, key="k1"), Transient | Unknown)
            synapse.start()
            assert await core.link.send(part, key="k1") == first
            assert written(anna, room, "Genau einmal") == 1

    run(story())


def test_what_may_have_arrived_is_not_sent_again_after_a_new_log_in(
    synapse: Synapse, tmp_path: Path
) -> None:
    bot, anna = synapse.person("stadt"), synapse.person("anna")
    own = account(synapse.url, bot, tmp_path / "m", access_token=bot.token)

    async def story() -> None:
        async with Core(own) as core:
            room = await chat(core, anna)
            part = core.part("Genau einmal", room)
            first = await core.link.send(part, key="k1")
            assert isinstance(first, Sent)
            await core.link.close()
            bot.log_in()
            core.renewed = {"access_token": bot.token}
            core.fresh_link()
            anna.say(room, "Noch da?")
            await core.until(lambda: len(core.texts) > 1)
            again = await core.link.send(replace(part, repeated=True), key="k1")
            assert again == Duplicate(first.native_id)
            assert await core.link.find_sent(part, key="k1") == first.native_id
            assert written(anna, room, "Genau einmal") == 1
            never = replace(core.part("Nie angekommen", room), repeated=True)
            assert isinstance(await core.link.send(never, key="k2"), Sent)
            synapse.kill()
            lost = await core.link.send(replace(never, text="Später"), key="k3")
            assert isinstance(lost, Transient), "nothing leaves where that cannot be looked up"
            synapse.start()

    run(story())


def test_an_outage_loses_nothing(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            anna.say(room, "Vor dem Ausfall")
            synapse.kill()
            for _ in range(3):
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is Trouble.UNREACHABLE
            with pytest.raises(PlatformError) as raised:
                await core.link.check()
            assert raised.value.trouble is Trouble.UNREACHABLE
            synapse.start()
            anna.say(room, "Danach")
            await core.until(lambda: len(core.texts) > 2)
            assert core.texts == ["Hallo", "Vor dem Ausfall", "Danach"]

    run(story())


def test_a_revoked_session_logs_in_again_on_its_device(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            before = dict(core.renewed)
            synapse.log_out(core.account.values["user_id"], before["device_id"])
            anna.say(room, "Noch da?")
            await core.until(lambda: len(core.texts) > 1)
            assert core.renewed["device_id"] == before["device_id"]
            assert core.renewed["access_token"] != before["access_token"]
            standing = await core.link.check()
            assert standing.name == core.account.values["user_id"]
            synapse.log_out(core.account.values["user_id"], before["device_id"])
            assert isinstance(await core.link.send(core.part("Ja", room), key="k2"), Sent)

    run(story())


def test_a_revoked_token_without_a_password_needs_a_person(
    synapse: Synapse, tmp_path: Path
) -> None:
    bot, anna = synapse.person("stadt"), synapse.person("anna")
    own = account(synapse.url, bot, tmp_path / "m", access_token=bot.token)

    async def story() -> None:
        async with Core(own) as core:
            room = await chat(core, anna)
            standing = await core.link.check()
            assert standing.name == bot.user_id
            synapse.log_out(bot.user_id, core.renewed["device_id"])
            for _ in range(2):
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is Trouble.LOGIN
                assert bot.token not in str(raised.value)
            with pytest.raises(PlatformError) as raised:
                await core.link.check()
            assert raised.value.trouble is Trouble.LOGIN
            assert isinstance(await core.link.send(core.part("Ja", room), key="k"), LoginNeeded)

    run(story())


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ({"password": "falsch"}, Trouble.LOGIN),
        ({"access_token": "falsch"}, Trouble.LOGIN),
        ({"user_id": "@jemand:anders.example"}, Trouble.LOGIN),
        ({"homeserver": "http://127.0.0.1:9"}, Trouble.UNREACHABLE),
    ],
)
def test_wrong_settings_are_told_apart(
    synapse: Synapse, tmp_path: Path, values: dict[str, str], trouble: Trouble
) -> None:
    bot = synapse.account("stadt")
    right = account(synapse.url, bot, tmp_path / "m").values
    if "access_token" in values:
        right = {name: value for name, value in right.items() if name != "password"}

    async def story() -> None:
        async with Core(Account("matrix", tmp_path / "m", {**right, **values})) as core:
            for asked in (core.link.check, core.pull):
                with pytest.raises(PlatformError) as raised:
                    await asked()
                assert raised.value.trouble is trouble

    run(story())


def test_the_servers_limits_are_kept(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            synapse.limit(core.account.values["user_id"], per_second=1, burst=2)
            results = [
                await core.link.send(core.part(f"Teil {number}", room), key=f"k{number}")
                for number in range(8)
            ]
            asked = [result for result in results if isinstance(result, RetryAfter)]
            assert asked
            assert all(
                one.scope is Scope.CHANNEL and one.delay.total_seconds() > 0 for one in asked
            )
            sent = [result for result in results if isinstance(result, Sent)]
            texts = [content(one).get("body") for one in anna.messages(room)]
            assert sum(str(text).startswith("Teil") for text in texts) == len(sent)

    run(story())


@pytest.mark.parametrize("restarts", [False, True])
def test_an_answer_in_a_direct_chat_goes_into_the_thread_of_what_it_answers(
    synapse: Synapse, core: Core, *, restarts: bool
) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            room = await chat(core, anna)
            root = core.messages[0].native_id
            in_thread = {"rel_type": "m.thread", "event_id": root}
            asked = anna.say(room, "Dazu noch etwas", **{"m.relates_to": in_thread})
            await core.until(lambda: len(core.texts) > 1)
            assert core.messages[1].thread == room, "one conversation with one person"
            part = core.part("Gern", room, in_reply_to=asked)
            if restarts:
                await core.link.close()
                core.fresh_link()
                await core.pull()
            sent = await core.link.send(part, key="k1")
            assert isinstance(sent, Sent)
            [event] = [one for one in anna.messages(room) if one["event_id"] == sent.native_id]
            assert content(event)["m.relates_to"] == {
                "rel_type": "m.thread",
                "event_id": root,
                "is_falling_back": False,
                "m.in_reply_to": {"event_id": asked},
            }

    run(story())
