"""Who hears what: nothing private goes to others, and a group's talk is never taken for private."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import OutboundPart, PlatformError, RawFile
from connectors.capabilities import Visibility
from connectors.matrix import cursors
from connectors.results import Permanent, SendResult, Sent, Transient
from tests.connectors.matrix.support import Core, run
from tests.connectors.matrix.test_trouble import BROKEN, GOOD, Town, core_of, message, room, texts
from tests.fakes.homeserver import ANNA, ME, Homeserver, Query, member, members, misbehaving

BELA = "@bela:boese.test"
JOINS, LEAVES = member(BELA), member(BELA, "leave", "join")
SECRET = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm"}}
DIAGNOSIS = message("b1", "Meine Diagnose") | {"sender": BELA}
SENT = {"event_id": "$ok"}


def said(core: Core) -> list[tuple[object, object]]:
    """Return what was taken in, with whether it is private."""
    private = [item.payload.get("private") for item in core.items.values()]
    return list(zip(texts(core), private, strict=True))


async def started(core: Core) -> None:
    await core.pull()
    await core.pull()


def put(server: Homeserver) -> int:
    return server.count("/key")


def test_a_private_answer_goes_to_nobody_else(tmp_path: Path) -> None:
    """Bela comes, Anna goes: two again, but not those two."""
    gone = member(ANNA, "leave", "join")
    town = Town(s0={GOOD: room(message("g1", "Unter uns"))}, s1={GOOD: room(JOINS, gone)})

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, key=lambda _: SENT) as server,
            core_of(server, tmp_path) as core,
        ):
            await started(core)
            part = core.part("Ihr Ticket 2026-17", GOOD)
            assert await core.link.send(part, key="key") == Sent("$ok")
            await core.pull()
            for _ in range(2):
                result = await core.link.send(part, key="key")
                assert isinstance(result, Permanent)
                assert result.code == "not_private"
                await core.link.close()
                core.fresh_link()  # nothing is remembered: who is there has to be asked
                server.scripts["members"] = lambda _: members(ME, BELA)
                await core.pull()
            assert put(server) == 1

    run(story())


def test_who_is_there_is_asked_again_where_something_was_left_out(tmp_path: Path) -> None:
    town = Town(s0={GOOD: room(message("g1", "Unter uns"))}, s1={GOOD: room(limited=True)})
    town.pages[GOOD] = lambda _: {"chunk": []}

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages, key=lambda _: SENT) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await started(core)
            part = core.part("Ihr Ticket 2026-17", GOOD)
            assert await core.link.send(part, key="key") == Sent("$ok")
            await core.pull()
            server.scripts["members"] = lambda _: members(ME, BELA)
            assert isinstance(await core.link.send(part, key="key"), Permanent)
            assert put(server) == 1

    run(story())


def test_nothing_leaves_on_old_knowledge(tmp_path: Path) -> None:
    town = Town()

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, key=lambda _: SENT) as server,
            core_of(server, tmp_path) as core,
        ):
            await started(core)
            server.scripts["sync"] = lambda _: BROKEN
            core.ahead += timedelta(seconds=50)
            part = core.part("Hallo", GOOD)
            assert await core.link.send(part, key="key") == Sent("$ok")
            core.ahead += timedelta(seconds=20)
            with pytest.raises(PlatformError):
                await core.pull()
            public = core.part("Hallo", GOOD, visibility=Visibility.PUBLIC)
            for one in (part, public):
                assert isinstance(await core.link.send(one, key="key"), Transient)
            assert put(server) == 1
            server.scripts["sync"] = town.sync
            await core.pull()
            assert await core.link.send(part, key="key") == Sent("$ok")

    run(story())


@pytest.mark.parametrize("news", [room(JOINS, members=3), room(SECRET)])
def test_what_changes_while_a_file_is_handed_in_counts(
    tmp_path: Path, news: dict[str, object]
) -> None:
    town = Town(s0={GOOD: news})

    async def story() -> None:
        uploading, go_on = asyncio.Event(), asyncio.Event()
        async with (
            misbehaving(sync=town.sync, key=lambda _: SENT) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            quiet = cursors.write(cursors.Cursor(since="s9"))
            await core.link.pull(quiet)  # a first answer, which brings nothing
            server.held["upload"] = (uploading, go_on)
            server.scripts["upload"] = lambda _: {"content_uri": "mxc://boese.test/a"}
            file = RawFile("plan.pdf", "application/pdf", b"%PDF")
            part = OutboundPart(GOOD, Visibility.PRIVATE, file=file, recipient=ANNA)
            sending = asyncio.create_task(core.link.send(part, key="key"))
            await uploading.wait()
            await core.pull()
            go_on.set()
            result: SendResult = await sending
            assert isinstance(result, Permanent | Transient)
            assert put(server) == 0

    run(story())


def test_a_long_backlog_of_one_room_keeps_nobody_waiting(tmp_path: Path) -> None:
    town = Town(
        s0={GOOD: room(limited=True)},
        s1={"!neu:boese.test": room(message("n1", "Hilfe, es brennt"))},
    )

    def endless(query: Query) -> object:
        number = int(query["from"].strip("sp")) + 1
        return {"chunk": [message(f"g{number}", f"Nachricht {number}")], "end": f"p{number}"}

    town.pages[GOOD] = endless

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            await started(core)
            await core.pull()
            assert "Hilfe, es brennt" in texts(core)
            assert cursors.read(core.cursor).gaps, "the other room is not done"

    run(story())


def test_each_word_is_judged_by_who_was_there(tmp_path: Path) -> None:
    news = [
        DIAGNOSIS,
        LEAVES,
        message("a1", "Jetzt unter uns"),
        member(BELA, "invite", "leave"),
        message("a2", "Bela ist eingeladen"),
        member(BELA, "join", "invite"),
        message("a3", "Nicht für die Stadt"),
    ]
    town = Town(state={GOOD: room(members=3)}, s0={GOOD: room(*news, members=3)})

    async def story() -> None:
        async with misbehaving(sync=town.sync) as server, core_of(server, tmp_path) as core:
            await started(core)
            assert said(core) == [("Jetzt unter uns", True), ("Bela ist eingeladen", False)]

    run(story())


@pytest.mark.parametrize(
    ("before", "news", "after", "private"),
    [
        (3, [DIAGNOSIS, LEAVES], 2, []),
        (2, [message("a1", "Unter uns"), JOINS], 3, [("Unter uns", True)]),
    ],
)
def test_what_comes_afterwards_changes_nothing(
    tmp_path: Path, before: int, news: list[object], after: int, private: list[object]
) -> None:
    town = Town(state={GOOD: room(members=before)}, s0={GOOD: room(*news, members=after)})

    async def story() -> None:
        async with misbehaving(sync=town.sync) as server, core_of(server, tmp_path) as core:
            await started(core)
            assert said(core) == private

    run(story())


@pytest.mark.parametrize("restarts", [True, False])
def test_a_gap_is_judged_by_who_was_there(tmp_path: Path, *, restarts: bool) -> None:
    town = Town(state={GOOD: room(members=3)}, s1={GOOD: room(limited=True)})
    page = [DIAGNOSIS, LEAVES, message("a1", "Unter uns")]
    town.pages[GOOD] = lambda _: {"chunk": page}

    def then(query: Query) -> object:
        return members(ME, ANNA, *([BELA] if query.get("at") == "s1" else []))

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages, members=then) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            core.cursor = cursors.write(cursors.Cursor(since="s0"))
            town.news["s0"] = {}
            await core.pull()
            town.news["state"] = {GOOD: room()}
            if restarts:
                await core.link.close()
                core.fresh_link()
            for _ in range(3):
                await core.pull()
            assert said(core) == [("Unter uns", True)]

    run(story())


def test_first_words_are_judged_by_who_was_there(tmp_path: Path) -> None:
    """Bela speaks and goes before we come in: we find two people."""
    invited = member(ME, "invite")
    newest_first = [
        message("a1", "Unter uns"),
        LEAVES,
        DIAGNOSIS,
        invited,
        message("alt", "Davor"),
    ]
    town = Town(s0={GOOD: room(limited=True)})
    town.pages[GOOD] = lambda _: {"chunk": newest_first}

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, messages=town.messages) as server,
            core_of(server, tmp_path) as core,
        ):
            town.server = server
            joining = frozenset({GOOD})
            core.cursor = cursors.write(cursors.Cursor(since="s0", joining=joining))
            await started(core)
            assert said(core) == [("Unter uns", True)]

    run(story())


@pytest.mark.parametrize(
    "state",
    [
        {"type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "public"}},
        member(BELA, "invite"),
    ],
)
def test_one_person_alone_with_us_is_heard_in_public(
    tmp_path: Path, state: dict[str, object]
) -> None:
    counts = {"m.joined_member_count": 2, "m.invited_member_count": int("sender" in state)}
    news = room(state, message("a1", "ja")) | {"summary": counts}
    town = Town(s0={GOOD: news})

    async def story() -> None:
        async with misbehaving(sync=town.sync) as server, core_of(server, tmp_path) as core:
            await started(core)
            assert said(core) == [("ja", False)]

    run(story())
