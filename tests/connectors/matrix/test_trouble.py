"""A homeserver of which one room is broken: the others go on, and nothing is lost in silence."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from connectors.base import Account, ParseError, PlatformError, Trouble
from connectors.capabilities import Visibility
from connectors.matrix import cursors
from connectors.matrix.connector import CONNECTOR
from connectors.results import Permanent, Unknown
from connectors.shapes import at
from tests.connectors.matrix.support import Core, run
from tests.fakes.homeserver import ANNA, ME, Homeserver, Query, misbehaving, raw

GOOD, BAD = "!gut:boese.test", "!kaputt:boese.test"
BROKEN = raw(503, b"")
NO_HOMESERVER = raw(404, b"default backend - 404")


def message(name: str, text: str, **content: object) -> dict[str, object]:
    return {
        "type": "m.room.message",
        "event_id": f"${name}",
        "sender": ANNA,
        "origin_server_ts": 1_790_000_000_000,
        "content": {"msgtype": "m.text", "body": text} | content,
    }


def room(*events: object, members: int = 2, limited: bool = False) -> dict[str, object]:
    rule = {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "invite"}}
    return {
        "summary": {"m.joined_member_count": members, "m.invited_member_count": 0},
        "state": {"events": [rule]},
        "timeline": {"events": list(events), "limited": limited, "prev_batch": "p"},
    }


class Town:
    """What the server tells: `news` by the place behind which they stand, and pages by room."""

    def __init__(self, **news: dict[str, dict[str, object]]) -> None:
        self.news = news
        self.pages: dict[str, Callable[[Query], object]] = {}
        self.server = Homeserver()

    def sync(self, query: Query) -> dict[str, object]:
        since = query.get("since")
        if since is None:
            members = {GOOD: room(), BAD: room()} | self.news.get("state", {})
            return {"next_batch": "s0", "rooms": {"join": members}}
        after = f"s{int(since[1:]) + 1}" if since in self.news else since
        return {"next_batch": after, "rooms": {"join": self.news.get(since, {})}}

    def messages(self, query: Query) -> object:
        path = self.server.asked[-1][0]
        return next(page for name, page in self.pages.items() if name[1:4] in path)(query)


def core_of(server: Homeserver, folder: Path, **more: str) -> Core:
    values = {"homeserver": server.url, "user_id": ME, "access_token": "t"} | more
    core = Core(Account("matrix", folder, values))
    core.citizen = ANNA
    return core


def notes(core: Core) -> list[str]:
    found = []
    for item in core.items.values():
        try:
            CONNECTOR.parse(item.payload)
        except ParseError as error:
            found.append(str(error))
    return found


def texts(core: Core) -> list[object]:
    found = (at(item.payload, "event", "content", "body") for item in core.items.values())
    return [text for text in found if text is not None]


@pytest.mark.parametrize("answer", [BROKEN, NO_HOMESERVER, raw(200, b"<html>")])
@pytest.mark.parametrize("recovers", [True, False])
def test_a_broken_room_stops_no_other(tmp_path: Path, answer: bytes, *, recovers: bool) -> None:
    town = Town(
        s0={BAD: room(limited=True), GOOD: room(limited=True)},
        s1={BAD: room(message("b2", "Neues")), GOOD: room(message("g2", "Mehr"))},
    )
    broken = True
    town.pages[GOOD] = lambda _: {"chunk": [message("g1", "Alles gut")]}
    town.pages[BAD] = lambda _: answer if broken else {"chunk": [message("b1", "Altes")]}

    async def story() -> None:
        nonlocal broken
        async with (
            misbehaving(sync=town.sync, messages=town.messages) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            for _ in range(4):
                await core.pull()
            assert {"Alles gut", "Mehr"} <= set(texts(core))
            assert cursors.read(core.cursor).since == "s2"
            tries = 1
            while tries < 9:
                [gap] = cursors.read(core.cursor).gaps
                assert (gap.room_id, gap.tries) == (BAD, tries)
                assert notes(core) == []
                await core.pull()
                assert cursors.read(core.cursor).gaps == (gap,), "not before its time"
                core.ahead += timedelta(hours=2)
                await core.pull()
                tries += 1
            broken = not recovers
            core.ahead += timedelta(hours=2)
            await core.pull()
            assert cursors.read(core.cursor).gaps == ()
            if recovers:
                assert notes(core) == []
                assert set(texts(core)) == {"Alles gut", "Mehr", "Altes", "Neues"}
            else:
                assert len(notes(core)) == 1
                assert "unreachable" in notes(core)[0]
                assert set(texts(core)) == {"Alles gut", "Mehr", "Neues"}

    run(story())


def test_what_may_have_arrived_stays_unknown_where_too_much_was_said_since(
    tmp_path: Path,
) -> None:
    town = Town()
    town.pages[GOOD] = lambda _: {"chunk": [message("g1", "Viel Verkehr")], "end": "noch weiter"}

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await core.pull()
            part = core.part("Genau einmal", GOOD, visibility=Visibility.PUBLIC)
            again = await core.link.send(replace(part, repeated=True), key="k1")
            assert isinstance(again, Unknown)
            assert not any("/send/" in path for path, _ in server.asked)

    run(story())


def test_a_server_that_is_down_as_a_whole_uses_up_no_tries(tmp_path: Path) -> None:
    town = Town(s0={BAD: room(limited=True)})
    town.pages[BAD] = lambda _: BROKEN

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await core.pull()
            await core.pull()
            before = core.cursor
            server.scripts["sync"] = lambda _: BROKEN
            for _ in range(12):
                core.ahead += timedelta(hours=2)
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is Trouble.UNREACHABLE
            assert core.cursor == before
            server.scripts["sync"] = town.sync
            town.pages[BAD] = lambda _: {"chunk": [message("b1", "Altes")]}
            await core.pull()
            assert texts(core) == ["Altes"]

    run(story())


def test_what_cannot_be_looked_up_holds_up_its_room_alone_and_not_for_ever(tmp_path: Path) -> None:
    """Whether an answer in a group answers us has to be asked, and there is no answer."""
    asks = message("b1", "Und?", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$fremd"}}})
    plain = message("b2", "Stadt: hallo")
    town = Town(
        state={BAD: room(members=3)},
        s0={BAD: room(asks, plain, members=3), GOOD: room(message("g1", "Alles gut"))},
    )
    town.pages[BAD] = lambda _: {"chunk": [asks, plain]}

    async def story() -> None:
        asked = {quote("$fremd"): lambda _: BROKEN}
        async with (
            misbehaving(sync=town.sync, messages=town.messages, **asked) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await core.pull()
            await core.pull()
            assert texts(core) == ["Alles gut"]
            for _ in range(10):
                await core.pull()
                core.ahead += timedelta(hours=2)
            assert set(texts(core)) == {"Alles gut", "Stadt: hallo"}
            assert len(notes(core)) == 1
            assert cursors.read(core.cursor).gaps == ()

    run(story())


def test_what_is_heard_stays_heard_where_its_thread_cannot_be_looked_up(tmp_path: Path) -> None:
    thread = {"rel_type": "m.thread", "event_id": "$fremd"}
    asks = message("b1", "Stadt: und nun?", **{"m.relates_to": thread})
    town = Town(state={BAD: room(members=3)}, s0={BAD: room(asks, members=3)})

    async def story() -> None:
        asked = {quote("$fremd"): lambda _: BROKEN}
        async with (
            misbehaving(sync=town.sync, messages=town.messages, **asked) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await core.pull()
            await core.pull()
            assert texts(core) == ["Stadt: und nun?"]
            assert [one.below for one in core.messages] == [None]

    run(story())


def test_the_first_words_of_a_broken_room_wait_too(tmp_path: Path) -> None:
    invite = {
        "type": "m.room.member",
        "event_id": "$i",
        "sender": ANNA,
        "state_key": ME,
        "content": {"membership": "invite"},
    }
    said = [message(f"w{number}", f"Wort {number}") for number in range(5)]
    newest_first = [*reversed(said), invite, message("alt", "Davor")]
    broken = True

    def messages(query: Query) -> object:
        if broken:
            return BROKEN
        place = 0 if query["from"].startswith("s") else int(query["from"][1:])
        page = newest_first[place : place + 2]
        return {"chunk": page, "end": f"t{place + 2}"}

    town = Town()

    def sync(query: Query) -> object:
        if not any("/join/" in path for path, _ in town.server.asked):
            inviting = {"invite_state": {"events": [invite]}}
            return {"next_batch": "s0", "rooms": {"invite": {BAD: inviting}}}
        if query.get("since") == "s1":
            return {"next_batch": "s1"}
        return {"next_batch": "s1", "rooms": {"join": {BAD: room(said[-1], limited=True)}}}

    async def story() -> None:
        nonlocal broken
        joining = {quote(BAD, safe=""): lambda _: {"room_id": BAD}}
        async with (
            misbehaving(sync=sync, messages=messages, **joining) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            for _ in range(4):
                await core.pull()
            [gap] = cursors.read(core.cursor).gaps
            assert (gap.back, gap.tries) == (("s1",), 1)
            broken = False
            core.ahead += timedelta(hours=1)
            while cursors.read(core.cursor).gaps:
                await core.pull()
                await core.link.close()
                core.fresh_link()  # how far it has come stands in the cursor
            assert texts(core) == [f"Wort {number}" for number in range(5)]

    run(story())


@pytest.mark.parametrize("policy", ["all", "none"])
def test_an_invitation_is_not_settled_by_what_is_no_homeserver(tmp_path: Path, policy: str) -> None:
    inviter = {"type": "m.room.member", "state_key": ME, "sender": ANNA, "content": {}}
    waiting = {BAD: {"invite_state": {"events": [inviter]}}}
    town = Town()

    def sync(query: Query) -> object:
        return {"next_batch": "s1", "rooms": {"invite": {} if "since" in query else waiting}}

    async def story() -> None:
        answers = {quote(BAD, safe=""): lambda _: NO_HOMESERVER, "leave": lambda _: NO_HOMESERVER}
        async with misbehaving(sync=sync, **answers) as server:
            town.server = server
            core = core_of(server, tmp_path, invites=policy)
            async with core:
                for _ in range(10):
                    await core.pull()
                [invite] = cursors.read(core.cursor).invites
                assert invite.room_id == BAD
                asked = [path for path, _ in server.asked if path.endswith(("/leave", "test"))]
                assert len(asked) == 1, "not again at once"
                server.scripts |= {quote(BAD, safe=""): lambda _: {}, "leave": lambda _: {}}
                await core.link.close()
                core.fresh_link()
                await core.pull()
                assert cursors.read(core.cursor).invites == ()

    run(story())


def test_rooms_that_were_left_are_not_remembered(tmp_path: Path) -> None:
    town = Town()

    async def story() -> None:
        async with misbehaving(sync=town.sync) as server, core_of(server, tmp_path) as core:
            kept = cursors.Cursor(since="s0", encrypted=frozenset({GOOD, "!weg:boese.test"}))
            core.cursor = cursors.write(kept)
            await core.pull()
            assert cursors.read(core.cursor).encrypted == {GOOD}

    run(story())


def test_a_server_that_is_another_one_now_is_begun_with_anew(tmp_path: Path) -> None:
    """It was set up anew and does not know our place; what was encrypted stays so."""
    town = Town(s1={GOOD: room(message("g1", "Wieder da"))})
    refused = raw(400, b'{"errcode":"M_UNKNOWN","error":"Invalid stream token"}')

    def sync(query: Query) -> object:
        if query.get("since") == "alt":
            return refused
        return town.sync(query) | ({} if "since" in query else {"next_batch": "s1"})

    async def story() -> None:
        async with misbehaving(sync=sync) as server, core_of(server, tmp_path) as core:
            known = cursors.Cursor(since="alt", encrypted=frozenset({GOOD}))
            core.cursor = cursors.write(known)
            await core.pull()
            assert cursors.read(core.cursor).encrypted == {GOOD}
            [note] = notes(core)
            assert "place_lost" in note
            await core.pull()
            assert texts(core) == ["Wieder da"]
            result = await core.link.send(core.part("Hallo", GOOD, to=ANNA), key="key")
            assert isinstance(result, Permanent)
            assert result.code == "encrypted"

    run(story())


def test_rooms_that_cannot_be_left_keep_us_in_no_other(tmp_path: Path) -> None:
    empty = {f"!leer{number}:boese.test": room(members=1) for number in range(12)}
    town = Town(state=empty)
    leave = raw(403, b'{"errcode":"M_FORBIDDEN"}')

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, leave=lambda _: leave) as server,
            core_of(server, tmp_path) as core,
        ):
            for _ in range(8):
                await core.pull()
            asked = [path for path, _ in server.asked if path.endswith("/leave")]
            assert len(asked) == len(set(asked)) == len(empty)

    run(story())
