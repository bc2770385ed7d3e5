"""A store of keys that is lost, damaged or older than the device, against a real homeserver."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.base import RESTORED, PlatformError, Trouble
from connectors.details import Detail
from connectors.results import Sent
from tests.connectors.matrix.phones import phone, secret_chat
from tests.connectors.matrix.support import Core, account, run
from tests.support.synapse import Synapse


def lose(folder: Path) -> None:
    for path in folder.glob("crypto-*.db"):
        path.unlink()


def damage(folder: Path) -> None:
    for path in folder.glob("crypto-*.db"):
        path.write_bytes(path.read_bytes()[:5000] + b"x" * 20_000)


def lose_the_key(folder: Path) -> None:
    (folder / "crypto.key").unlink()


def exchange_the_key(folder: Path) -> None:
    (folder / "crypto.key").write_text("another", "utf-8")


harms = pytest.mark.parametrize("harm", [lose, damage, lose_the_key, exchange_the_key])


@harms
def test_a_lost_store_is_a_new_device(
    synapse: Synapse, core: Core, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            before = core.renewed["device_id"]
            await core.link.close()
            harm(core.account.folder)
            core.fresh_link()
            await core.pull()
            assert core.renewed["device_id"] != before
            await mine.sync()
            await mine.say(room, "Neues Gerät?")
            await core.until(lambda: core.texts)
            assert core.texts == ["Neues Gerät?"]
            assert isinstance(await core.link.send(core.part("Ja", room), key="k1"), Sent)
            await mine.sync()
            assert mine.heard == ["Ja"]

    run(story())


@harms
def test_a_lost_store_without_a_password_needs_a_person(
    synapse: Synapse, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    bot = synapse.person("stadt")
    own = account(synapse.url, bot, tmp_path / "m", access_token=bot.token)

    async def story() -> None:
        async with Core(own, encryption=True) as core:
            await core.pull()
            await core.pull()
            await core.link.close()
            harm(core.account.folder)
            names = {path.name for path in core.account.folder.iterdir()}
            core.fresh_link()
            for _ in range(2):
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is Trouble.LOGIN
                assert raised.value.detail == Detail.KEYS_LOST
            assert {path.name for path in core.account.folder.iterdir()} == names

    run(story())


@pytest.mark.parametrize("told", [True, False])
def test_an_account_goes_on_after_a_restore(
    synapse: Synapse, core: Core, tmp_path: Path, *, told: bool
) -> None:
    """Others have used keys of the device that are in no backup; the server has more of them."""

    async def story() -> None:
        folder, backup = core.account.folder, tmp_path / "backup"
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            start = core.cursor
            await mine.say(room, "Vor der Sicherung")
            await core.until(lambda: core.texts)
            await core.link.close()
            shutil.copytree(folder, backup)
            values = dict(core.renewed)

            core.fresh_link()
            if not told:
                me = {core.account.values["user_id"]: {values["device_id"]: "signed_curve25519"}}
                mine.person.ask("POST", "/keys/claim", {"one_time_keys": me})
            for number in range(2):
                await mine.say(room, f"Danach {number}")
            await core.until(lambda: len(core.texts) == 3)
            if not told:
                mine.person.event(room, "m.sticker", {"body": "Etwas Neues"})
                await core.pull()  # hands in a new key, of which the backup knows nothing
                mine.person.ask("POST", "/keys/claim", {"one_time_keys": me})
            await core.link.close()

            shutil.rmtree(folder)
            shutil.copytree(backup, folder)
            if told:
                (folder / RESTORED).touch()
            core.items.clear()
            core.cursor, core.renewed = start, dict(values)
            core.fresh_link()
            await core.until(lambda: "Vor der Sicherung" in core.texts)
            mine.person.event(room, "m.sticker", {"body": "Etwas Neues"})
            await core.until(lambda: "Etwas Neues" in core.texts)
            mine.person.event(room, "m.sticker", {"body": "Noch etwas"})
            await core.until(lambda: "Noch etwas" in core.texts)
            assert core.renewed["device_id"] != values["device_id"]
            assert not (folder / RESTORED).exists()
            await mine.say(room, "Nach dem Einspielen")
            await core.until(lambda: "Nach dem Einspielen" in core.texts)
            assert isinstance(await core.link.send(core.part("Ja", room), key="k1"), Sent)
            await mine.sync()
            assert mine.heard == ["Ja"]

    run(story())


def test_a_device_that_was_removed_hands_its_keys_in_again(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room = await secret_chat(core, mine)
            synapse.log_out(core.account.values["user_id"], core.renewed["device_id"])
            for text in ("Hallo?", "Hallo!"):
                mine.person.event(room, "m.sticker", {"body": text})
                await core.pull()
            core.items.clear()
            await mine.say(room, "Wieder da?")
            await core.until(lambda: core.texts)
            assert core.texts == ["Wieder da?"]

    run(story())
