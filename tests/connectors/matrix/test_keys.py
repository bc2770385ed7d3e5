"""Strangers who play with keys: their own device is all that they can spoil."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nio.crypto import Olm
from nio.store import SqliteMemoryStore

from connectors.base import Account, InboundDeletion
from connectors.capabilities import Visibility
from connectors.results import Sent, Transient
from tests.connectors.matrix.phones import SECRET, phone, secret_chat
from tests.connectors.matrix.support import Core, run
from tests.connectors.matrix.test_garbage import message, room
from tests.fakes.homeserver import ME, Query, misbehaving, raw
from tests.support.synapse import Synapse

ANNA, MALLORY = "@anna:boese.test", "@mallory:boese.test"
OPEN, CLOSED = "!offen:boese.test", "!zu:boese.test"


def test_what_changes_a_room_never_comes_encrypted(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        folders = [tmp_path / name for name in ("anna", "mallory")]
        for folder in folders:
            folder.mkdir()
        async with (
            core,
            phone(synapse, folders[0]) as anna,
            phone(synapse, folders[1], "mallory") as mallory,
        ):
            await core.pull()
            await core.pull()
            me = core.account.values["user_id"]
            group = anna.person.room(me, mallory.person.user_id, initial_state=[SECRET])
            mallory.person.join(group)
            while me not in anna.person.members(group):
                await core.pull()
            said = await anna.say(group, "Stadt: Bitte löschen Sie das nie")
            await core.until(lambda: core.texts)
            for kind in ("m.room.redaction", "m.room.member", "m.room.encrypted"):
                await mallory.event(group, kind, {"redacts": said, "membership": "ban"})
            await mallory.say(group, "Stadt: Danach")
            await core.until(lambda: len(core.texts) > 1)
            assert core.texts == ["Stadt: Bitte löschen Sie das nie", "Stadt: Danach"]
            assert not any(isinstance(event, InboundDeletion) for event in core.events)
            anna.person.redact(group, said)
            await core.until(
                lambda: any(isinstance(event, InboundDeletion) for event in core.events)
            )

    run(story())


@pytest.mark.parametrize("restarts", [False, True])
def test_keys_that_were_all_taken_are_replaced(
    synapse: Synapse, core: Core, tmp_path: Path, *, restarts: bool
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            await secret_chat(core, mine)
            me, device = core.account.values["user_id"], core.renewed["device_id"]
            wanted = {"one_time_keys": {me: {device: "signed_curve25519"}}}

            def claimed() -> object:
                return mine.person.ask("POST", "/keys/claim", wanted)["one_time_keys"]

            for _ in range(100):
                if not claimed():
                    break
            assert not claimed()
            if restarts:
                await core.link.close()
                core.fresh_link()
            mine.person.room(me)  # news
            await core.until(claimed)

    run(story())


def test_a_message_waits_for_its_key_behind_a_hundred_others(
    synapse: Synapse, core: Core, tmp_path: Path
) -> None:
    async def story() -> None:
        async with core, phone(synapse, tmp_path) as mine:
            room_id = await secret_chat(core, mine)
            await core.link.close()
            to_us: object = {core.account.values["user_id"]: {core.renewed["device_id"]: {}}}
            for number in range(205):
                path = f"/sendToDevice/m.dummy/d{number}"
                mine.person.ask("PUT", path, {"messages": to_us})
            await mine.say(room_id, "Nach dem Ausfall")
            core.fresh_link()
            await core.until(lambda: core.messages)
            assert core.texts == ["Nach dem Ausfall"]

    run(story())


def keys_of(who: str) -> tuple[dict[str, object], Iterator[tuple[str, dict[str, object]]]]:
    """Return the keys of a sound device, and its one-time keys."""
    shared = Olm(who, "D1", SqliteMemoryStore(who, "D1")).share_keys()
    return shared["device_keys"], iter(shared["one_time_keys"].items())


def secret_room(*people: str) -> dict[str, object]:
    whole = room()
    members = [
        {
            "type": "m.room.member",
            "event_id": f"$m{who}",
            "sender": who,
            "origin_server_ts": 1,
            "state_key": who,
            "content": {"membership": "join"},
        }
        for who in people
    ]
    made = {"event_id": "$k", "sender": ANNA, "origin_server_ts": 1}
    rule = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "invite"}}
    return whole | {"state": {"events": [rule, *members, SECRET | made]}}


def town(query: Query) -> object:
    """Tell of an encrypted room with a stranger, and of another one that has news each time."""
    since = query.get("since")
    if since is None:
        rooms = {CLOSED: secret_room(ANNA, MALLORY, ME), OPEN: room()}
        return {"next_batch": "s0", "rooms": {"join": rooms}}
    number = int(since[1:]) + 1
    news = room(message(number, f"Offen {number}"))
    return {"next_batch": f"s{number}", "rooms": {"join": {OPEN: news}}}


def uploaded(_: Query) -> object:
    return {"one_time_key_counts": {"signed_curve25519": 50}}


SOUND, _ = keys_of(MALLORY)


@pytest.mark.parametrize(
    "theirs",
    [
        {"D1": {name: part for name, part in SOUND.items() if name != "algorithms"}},
        {"D1": {name: part for name, part in SOUND.items() if name != "user_id"}},
        {"D1": SOUND | {"unsigned": "x"}},
        {"D1": SOUND | {"unsigned": {"device_display_name": {"a": 1}}}},
        {"D1": SOUND | {"keys": []}},
        {"D1": SOUND | {"signatures": 5}},
        {"D1": [1]},
        {"D1": None, "": {}},
        [],
        7,
    ],
)
def test_broken_keys_of_a_stranger_cost_the_stranger(tmp_path: Path, theirs: object) -> None:
    async def story() -> None:
        sound, one_time = keys_of(ANNA)

        def claim(_: Query) -> object:
            key_id, key = next(one_time)
            return {
                "one_time_keys": {
                    MALLORY: {"D1": {key_id: {"key": 5, "signatures": {}}}},
                    ANNA: {"D1": {key_id: key}},
                }
            }

        people = {who: {"display_name": 7} for who in (ANNA, MALLORY, ME)}
        async with misbehaving(
            sync=town,
            upload=uploaded,
            query=lambda _: {"device_keys": {MALLORY: theirs, ANNA: {"D1": sound}}},
            claim=claim,
            joined_members=lambda _: {"joined": people},
            sendToDevice=lambda _: {},
            key=lambda _: {"event_id": "$gesendet"},
        ) as server:
            values = {"homeserver": server.url, "user_id": ME, "access_token": "t"}
            core = Core(Account("matrix", tmp_path, values), encryption=True)
            async with core:
                for _ in range(4):
                    await core.pull()
                assert core.texts == ["Offen 1", "Offen 2", "Offen 3"]
                part = core.part("Geheim", CLOSED, visibility=Visibility.PUBLIC)
                assert await core.link.send(part, key="key") == Sent("$gesendet")
                shared = [path for path, _ in server.asked if "/sendToDevice/" in path]
                assert len(shared) == 1, "Anna's device has got the key"

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        {"device_keys": 5},
        raw(200, b"<html>"),
        raw(500, b""),
        raw(403, b'{"errcode":"M_FORBIDDEN"}'),
    ],
)
def test_trouble_with_keys_stops_nothing_but_what_needs_them(
    tmp_path: Path, answer: object
) -> None:
    async def story() -> None:
        async with misbehaving(
            sync=town, upload=uploaded, query=lambda _: answer, displayname=lambda _: answer
        ) as server:
            values = {"homeserver": server.url, "user_id": ME, "access_token": "t"}
            (tmp_path / "device.json").write_text(json.dumps({"user_id": ME, "device_id": "D"}))
            server.scripts["query"] = lambda _: {"device_keys": {}}
            core = Core(Account("matrix", tmp_path, values), encryption=True)
            async with core:
                await core.pull()
                server.scripts["query"] = lambda _: answer
                for _ in range(4):
                    await core.pull()
                assert len(core.texts) == 4
                assert server.count("/keys/query") <= 3, "not again at once"
                part = core.part("Geheim", CLOSED, visibility=Visibility.PUBLIC)
                server.scripts["joined_members"] = lambda _: {"joined": {ANNA: {}, ME: {}}}
                assert isinstance(await core.link.send(part, key="key"), Transient)
                await core.link.close()
                core.fresh_link()
                await core.pull()
                assert len(core.texts) == 5

    run(story())
