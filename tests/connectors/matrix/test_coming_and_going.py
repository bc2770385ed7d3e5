"""Invitations, people who come and go, rooms that move or put us out, on a real homeserver."""

from pathlib import Path

import pytest

from connectors.capabilities import Visibility
from connectors.matrix import cursors
from connectors.results import Permanent, Sent
from tests.connectors.matrix.support import Core, account, run
from tests.connectors.matrix.test_rooms import me, meet
from tests.support.synapse import Person, Synapse


@pytest.fixture
def core(synapse: Synapse, tmp_path: Path) -> Core:
    return Core(account(synapse.url, synapse.account("stadt"), tmp_path / "matrix"))


def test_a_direct_chat_belongs_to_the_one_whose_it_was(synapse: Synapse, core: Core) -> None:
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            anna.say(room, "Unter uns")
            await core.until(lambda: core.texts)
            part = core.part("Ihr Ticket 2026-17", room)
            anna.ask("POST", f"/rooms/{room}/invite", {"user_id": bela.user_id})
            bela.join(room)
            anna.ask("POST", f"/rooms/{room}/leave", {})
            bela.say(room, "Und jetzt wir zwei")
            await core.until(lambda: len(core.texts) > 1)
            result = await core.link.send(part, key="k2")
            assert isinstance(result, Permanent)
            assert result.code == "not_private"
            mine = core.part("Guten Tag", room, to=bela.user_id)
            assert isinstance(await core.link.send(mine, key="k3"), Sent)

    run(story())


@pytest.mark.parametrize("away", [True, False])
def test_what_was_said_before_we_were_put_out_is_heard(
    synapse: Synapse, core: Core, *, away: bool
) -> None:
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            room = await meet(core, anna, preset="private_chat")
            group = await meet(core, anna, bela, preset="private_chat")
            for one in (room, group):
                anna.say(one, "Stadt: hallo")
            await core.until(lambda: len(core.texts) > 1)
            if away:
                await core.link.close()
            anna.say(group, "Nicht für die Stadt")
            for one in (room, group):
                anna.say(one, "Hilfe, es brennt, Stadt:" if one == room else "Stadt: tschüss")
                anna.ask("POST", f"/rooms/{one}/kick", {"user_id": me(core)})
            if away:
                core.fresh_link()
            await core.until(lambda: len(core.texts) > 3)
            heard = {(one.text, one.visibility) for one in core.messages[2:]}
            assert heard == {
                ("Hilfe, es brennt, Stadt:", Visibility.PRIVATE),
                ("Stadt: tschüss", Visibility.PUBLIC),
            }
            result = await core.link.send(core.part("Wo?", room), key="k1")
            assert isinstance(result, Permanent)

    run(story())


def test_the_past_of_a_small_group_is_no_private_talk(synapse: Synapse, core: Core) -> None:
    """While we were away Bela spoke and went; now there are two."""
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            room = await meet(core, anna, bela)
            anna.say(room, "Stadt: hallo")
            await core.until(lambda: core.texts)
            await core.link.close()
            bela.say(room, "Meine Diagnose")
            for number in range(60):
                anna.say(room, f"Nur für Bela {number}")
            bela.ask("POST", f"/rooms/{room}/leave", {})
            anna.say(room, "Jetzt unter uns")
            core.fresh_link()
            await core.until(lambda: len(core.texts) > 1)
            assert core.texts == ["Stadt: hallo", "Jetzt unter uns"]
            assert core.messages[1].visibility is Visibility.PRIVATE

    run(story())


def test_first_words_of_a_small_group_are_no_private_talk(synapse: Synapse, core: Core) -> None:
    """Bela spoke and went before we came in."""
    anna, bela = synapse.person("anna"), synapse.person("bela")

    async def story() -> None:
        async with core:
            await core.pull()
            room = anna.room(bela.user_id)
            bela.join(room)
            anna.ask("POST", f"/rooms/{room}/invite", {"user_id": me(core)})
            bela.say(room, "Meine Diagnose")
            bela.ask("POST", f"/rooms/{room}/leave", {})
            anna.say(room, "Jetzt unter uns")
            await core.until(lambda: core.texts)
            assert core.texts == ["Jetzt unter uns"]

    run(story())


def test_a_room_that_moves_is_followed_whatever_the_policy(
    synapse: Synapse, tmp_path: Path
) -> None:
    anna, bot = synapse.person("anna"), synapse.account("stadt")

    async def story() -> None:
        async with Core(account(synapse.url, bot, tmp_path / "m")) as core:
            await core.pull()
            await meet(core, anna)
            core.account.values["invites"] = "none"  # type: ignore[index] # a dict, in fact
            await core.link.close()
            core.fresh_link()
            await core.pull()
            [old] = core.link._reader.rooms
            answer = anna.ask("POST", f"/rooms/{old}/upgrade", {"new_version": "10"})
            fresh = str(answer["replacement_room"])
            anna.ask("POST", f"/rooms/{old}/leave", {})  # we stay: the old room lets us in
            while cursors.read(core.cursor).invites == ():
                await core.pull()
            anna.room(bot.user_id)  # news, and nothing else
            await core.pull()  # it may not come in yet
            await core.link.close()
            core.fresh_link()  # what is wanted is known from the old room
            anna.ask("POST", f"/rooms/{fresh}/invite", {"user_id": bot.user_id})
            anna.say(fresh, "Hier geht es weiter")
            await core.until(lambda: core.texts)
            assert core.messages[0].thread == fresh

    run(story())


@pytest.mark.parametrize(
    ("policy", "answer"), [("all", "join"), ("own_server", "join"), ("none", "leave")]
)
def test_invitations_are_answered_by_policy(
    synapse: Synapse, tmp_path: Path, policy: str, answer: str
) -> None:
    anna, bot = synapse.person("anna"), synapse.account("stadt")

    async def story() -> None:
        waiting = anna.room(bot.user_id)  # before the account was ever connected
        async with Core(account(synapse.url, bot, tmp_path / "m", invites=policy)) as core:
            await core.pull()
            fresh = anna.room(bot.user_id)

            def answered() -> bool:
                return all(state(anna, room, bot) != "invite" for room in (waiting, fresh))

            await core.until(answered)
            states = {state(anna, room, bot) for room in (waiting, fresh)}
            assert states == {answer}

    run(story())


def test_many_invitations_are_answered_a_few_at_a_time(synapse: Synapse, core: Core) -> None:
    anna = synapse.person("anna")

    async def story() -> None:
        async with core:
            await core.pull()
            rooms = [anna.room(me(core), name=f"R{number}") for number in range(12)]
            bot = Person(synapse.http, me(core), "")

            def joined() -> int:
                return sum(state(anna, room, bot) == "join" for room in rooms)

            before = joined()
            while before < len(rooms):
                await core.pull()
                assert joined() - before <= 5
                before = joined()

    run(story())


def test_an_empty_room_is_left(synapse: Synapse, core: Core) -> None:
    anna, admin = synapse.person("anna"), synapse.person("aufsicht", admin=True)

    async def story() -> None:
        async with core:
            room = await meet(core, anna)
            anna.say(room, "Tschüss")
            anna.ask("POST", f"/rooms/{room}/leave", {})

            def members() -> object:
                found = admin.http.get(
                    f"/_synapse/admin/v1/rooms/{room}",
                    headers={"Authorization": f"Bearer {admin.token}"},
                )
                return found.json()["joined_members"]

            await core.until(lambda: members() == 0)

    run(story())


def state(who: Person, room: str, of: Person) -> object:
    """Return how somebody stands in a room, as a member of it sees it."""
    return who.ask("GET", f"/rooms/{room}/state/m.room.member/{of.user_id}")["membership"]
