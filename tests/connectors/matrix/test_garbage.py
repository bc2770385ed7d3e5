"""A homeserver that sends garbage: nothing hangs, nothing spins, and the cursor stays."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.asking import Unreachable
from connectors.base import Account, Network, ParseError, PlatformError, Trouble
from connectors.matrix import cursors
from connectors.matrix.connector import CONNECTOR
from connectors.matrix.http import homeserver
from connectors.results import LoginNeeded, Permanent, RetryAfter, Sent, Transient, Unknown
from tests.connectors.matrix.support import Core, run
from tests.fakes.homeserver import ANNA, ME, Homeserver, Query, cut, drip, endless, misbehaving, raw

ROOM = "!r:boese.test"


def message(number: int, text: str, **fields: object) -> dict[str, object]:
    return {
        "type": "m.room.message",
        "event_id": f"$e{number}",
        "sender": ANNA,
        "origin_server_ts": 1_790_000_000_000 + number,
        "content": {"msgtype": "m.text", "body": text},
    } | fields


def room(*events: object, **timeline: object) -> dict[str, object]:
    return {
        "summary": {"m.joined_member_count": 2, "m.invited_member_count": 0},
        "state": {
            "events": [
                {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "invite"}}
            ]
        },
        "timeline": {"events": list(events), "prev_batch": "p"} | timeline,
    }


def core_of(server: Homeserver, folder: Path, **more: str) -> Core:
    values = {"homeserver": server.url, "user_id": ME, "access_token": "t"} | more
    core = Core(Account("matrix", folder, values))
    core.citizen = ANNA
    return core


def told(*events: object, **timeline: object) -> Callable[[Query], object]:
    """Return a sync that brings the events of a room once."""

    def sync(query: Query) -> object:
        if query.get("since") == "s1":
            return {"next_batch": "s1"}
        if "since" not in query:
            return {"next_batch": "s0", "rooms": {"join": {ROOM: room()}}}
        return {"next_batch": "s1", "rooms": {"join": {ROOM: room(*events, **timeline)}}}

    return sync


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (raw(200, b"<html>Wartung</html>"), Trouble.GARBAGE),
        (raw(200, b""), Trouble.GARBAGE),
        (raw(200, b"[" * 100_000), Trouble.GARBAGE),
        (raw(200, b'{"next_batch":' + b"9" * 5000 + b"}"), Trouble.GARBAGE),
        (raw(200, b"[1,2]"), Trouble.GARBAGE),
        (raw(200, b'"text"'), Trouble.GARBAGE),
        (raw(200, b'{"next_batch":7}'), Trouble.GARBAGE),
        (raw(200, b'{"rooms":{}}'), Trouble.GARBAGE),
        (raw(200, b'{"next_batch":"s","rooms":[1]}'), Trouble.GARBAGE),
        (raw(200, b"\x1f\x8bx", "Content-Encoding: gzip"), Trouble.GARBAGE),
        (raw(500, b"{}"), Trouble.UNREACHABLE),
        (raw(502, b"<html>"), Trouble.UNREACHABLE),
        (raw(302, b"", "Location: http://169.254.169.254/"), Trouble.SETTINGS),
        (raw(403, b"<html>Proxy</html>"), Trouble.UNREACHABLE),
        (raw(404, b'{"errcode":7}'), Trouble.UNREACHABLE),
        (raw(401, b""), Trouble.UNREACHABLE),
        (raw(403, b'{"errcode":"M_USER_DEACTIVATED"}'), Trouble.LOGIN),
        (raw(404, b'{"errcode":"M_UNRECOGNIZED"}'), Trouble.SETTINGS),
        (raw(401, b'{"errcode":"M_UNKNOWN_TOKEN","soft_logout":true}'), Trouble.LOGIN),
        (raw(429, b'{"retry_after_ms":2000}'), Trouble.RATE),
        (raw(429, b"", "Retry-After: 2"), Trouble.RATE),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", Trouble.UNREACHABLE),
        (cut, Trouble.UNREACHABLE),
        (endless, Trouble.GARBAGE),
    ],
)
def test_an_answer_that_is_none(tmp_path: Path, answer: object, trouble: Trouble) -> None:
    async def story() -> None:
        async with misbehaving() as server, core_of(server, tmp_path) as core:
            await core.pull()
            await core.pull()
            before = core.cursor
            server.scripts["sync"] = lambda _: answer
            asked = server.count("sync")
            for _ in range(2):
                with pytest.raises(PlatformError) as raised:
                    await core.pull()
                assert raised.value.trouble is trouble
                if trouble is Trouble.RATE:
                    assert raised.value.retry_after is not None
                    assert raised.value.retry_after.total_seconds() == 2
            assert server.count("sync") - asked <= 6
            server.scripts["sync"] = told(message(1, "Danach geht es weiter"))
            assert core.cursor == before
            await core.pull()
            await core.until(lambda: core.items)

    run(story())


def test_an_answer_byte_by_byte_is_given_up_in_time(tmp_path: Path) -> None:
    """It would come to its end, and be right: only the limit of the whole answer ends it."""

    async def story() -> None:
        async with misbehaving(slow=lambda _: drip) as server:
            http = homeserver(server.url, Network())
            with pytest.raises(Unreachable) as raised:
                await http.ask("GET", "/slow", within=0.2)
            assert raised.value.left
            await http.close()

    run(story())


def test_a_first_answer_that_takes_minutes_is_asked_for_again_not_anew(tmp_path: Path) -> None:
    """A proxy cuts the line; the server has worked on, and answers the same question at once."""
    questions: list[str] = []

    def sync(query: Query) -> object:
        if "since" in query:
            return {"next_batch": "s0"}
        questions.append(query["filter"])
        is_ready = questions.count(query["filter"]) == 3
        return {"next_batch": "s0"} if is_ready else raw(504, b"")

    async def story() -> None:
        async with misbehaving(sync=sync) as server, core_of(server, tmp_path) as core:
            for _ in range(2):
                with pytest.raises(PlatformError):
                    await core.pull()
            await core.pull()
            for _ in range(2):  # the state of the rooms is asked for as it is now, not as it was
                await core.link.close()
                with pytest.raises(PlatformError):
                    await core.fresh_link().pull(core.cursor)
            assert len(set(questions)) == 3

    run(story())


def test_broken_events_do_not_stop_the_good_ones(tmp_path: Path) -> None:
    deep: object = "x"
    for _ in range(400):
        deep = [deep]
    broken: list[object] = [
        7,
        "text",
        None,
        {},
        message(1, "x", event_id=None),
        message(2, "x", event_id="\x00"),
        message(3, "x", sender=["wer"]),
        message(4, "x", content="kein Inhalt"),
        message(5, "x", content={"msgtype": "m.text", "body": deep}),
        message(6, "x" * 300_000),
        message(7, "x", type=5),
    ]
    good = [
        message(10, "Zukunft", origin_server_ts=10**17),
        message(11, "Vergangenheit", origin_server_ts=-5),
        message(12, "Morgen", origin_server_ts=4_000_000_000_000),
        message(13, "Alles gut"),
    ]

    async def story() -> None:
        async with (
            misbehaving(sync=told(*broken, *good)) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert len(core.items) == len(broken) + len(good)
            read, quarantined = [], 0
            for item in core.items.values():
                try:
                    read += CONNECTOR.parse(item.payload)
                except ParseError:
                    quarantined += 1
            texts = [getattr(event, "text", None) for event in read]
            assert texts == ["Zukunft", "Vergangenheit", "Morgen", "Alles gut"]
            assert quarantined == len(broken)
            ahead = [core.items[f"$e{number}"] for number in (10, 11, 12)]
            assert [item.sent_at for item in ahead] == [None, None, None]

    run(story())


def test_a_hundred_megabytes_are_stepped_over_and_told(tmp_path: Path) -> None:
    """The answer is too large at any size; room by room all but the one event are had."""
    huge = raw(200, b'{"next_batch":"s1","x":"' + b"x" * 100_000_000 + b'"}')

    def sync(query: Query) -> object:
        if "since" not in query:
            joined = {ROOM: room(), "!other:boese.test": room()}
            return {"next_batch": "s0", "rooms": {"join": joined}}
        if query["since"] == "s1":
            return {"next_batch": "s1"}
        return {"next_batch": "s1"} if '"timeline":{"types":[]}' in query["filter"] else huge

    def messages(query: Query) -> object:
        if "other" in server.asked[-1][0]:
            return {"chunk": [message(21, "Der andere Raum")]}
        match query["dir"], query["from"]:
            case "f", "s0":
                return {"chunk": [message(20, "Vor dem Riesen")], "end": "e1"}
            case "b", "s1":
                assert query["to"] == "e1", "what lies before it is read already"
                behind = [message(23, "Noch etwas"), message(22, "Hinter dem Riesen")]
                return {"chunk": behind, "end": "b1"}
        return huge

    server = Homeserver()

    async def story() -> None:
        nonlocal server
        async with (
            misbehaving(sync=sync, messages=messages) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            before = server.count("sync")
            await core.pull()
            assert server.count("sync") - before <= 6
            for _ in range(4):
                await core.pull()
            assert cursors.read(core.cursor).gaps == ()
            notes = [item for item in core.items.values() if "skipped" in item.payload]
            assert len(notes) == 1
            with pytest.raises(ParseError):
                CONNECTOR.parse(notes[0].payload)
            assert core.texts_of(ROOM) == ["Vor dem Riesen", "Hinter dem Riesen", "Noch etwas"]
            assert "$e21" in core.items

    run(story())


def test_a_thousand_invitations_are_bounded_work(tmp_path: Path) -> None:
    invited = {
        f"!r{number}:boese.test": {
            "invite_state": {
                "events": [
                    {"type": "m.room.member", "state_key": ME, "sender": ANNA, "content": {}}
                ]
            }
        }
        for number in range(1000)
    }

    def sync(query: Query) -> object:
        return {"next_batch": "s1", "rooms": {"invite": invited}}

    async def story() -> None:
        async with misbehaving(sync=sync) as server, core_of(server, tmp_path) as core:
            for _ in range(20):
                await core.pull()
            assert sum("/join/" in path for path, _ in server.asked) <= 30
            assert len(server.asked) < 150
            known = cursors.read(core.cursor)
            assert len(known.invites) <= 500
            assert known.untold
            assert core.cursor is not None
            assert len(core.cursor) < 100_000

    run(story())


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"event_id": "$ok"}, Sent),
        ({"event_id": 5}, Unknown),
        (raw(200, b"<html>"), Unknown),
        (raw(503, b""), Unknown),
        (cut, Unknown),
        (raw(429, b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":10e30}'), RetryAfter),
        (raw(401, b'{"errcode":"M_UNKNOWN_TOKEN"}'), LoginNeeded),
        (raw(403, b'{"errcode":"M_FORBIDDEN"}'), Permanent),
        (raw(403, b'{"errcode":"M_USER_DEACTIVATED"}'), LoginNeeded),
        (raw(401, b'{"errcode":"M_USER_LOCKED","soft_logout":true}'), LoginNeeded),
        (raw(404, b"default backend - 404"), Transient),
        (raw(403, b"<html>Firewall</html>"), Transient),
        (raw(400, b"{}"), Transient),
        (raw(413, b""), Permanent),
        (raw(408, b""), Transient),
        (raw(302, b"", "Location: /"), Transient),
    ],
)
def test_what_became_of_a_send(tmp_path: Path, answer: object, result: type[object]) -> None:
    async def story() -> None:
        async with (
            misbehaving(sync=told(message(1, "Hallo")), key=lambda _: answer) as server,
            core_of(server, tmp_path) as core,
        ):
            part = core.part("Hallo", ROOM)
            await core.pull()
            await core.pull()
            assert isinstance(await core.link.send(part, key="key"), result)
            sent = [path for path, _ in server.asked if path.endswith("/key")]
            assert len(sent) == 1

    run(story())


def test_what_is_sent_at_a_start_waits_until_the_rooms_are_known(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            misbehaving(sync=told(), key=lambda _: {"event_id": "$ok"}) as server,
            core_of(server, tmp_path) as core,
        ):
            part = core.part("Hallo", ROOM)
            early = asyncio.create_task(core.link.send(part, key="key"))
            await asyncio.sleep(0)
            await core.pull()
            assert await early == Sent("$ok")
            await core.link.close()
            core.fresh_link()
            assert isinstance(await core.link.send(part, key="key"), Transient), "nobody pulls"

    run(story())
