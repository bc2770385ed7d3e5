"""Files that do not come as they should: they hold nobody up, and are fetched later."""

from pathlib import Path

import pytest

from connectors.base import (
    AWAITED,
    MISSING,
    TOO_LARGE,
    FileLostError,
    InboundEdit,
    Network,
    PlatformError,
    Trouble,
)
from connectors.matrix.connector import CONNECTOR
from connectors.matrix.http import homeserver
from tests.connectors.matrix.support import Core, run
from tests.connectors.matrix.test_trouble import BAD, GOOD, Town, core_of, message, room
from tests.fakes.authority import Authority
from tests.fakes.homeserver import ANNA, cut, misbehaving, raw, silent
from tests.fakes.proxy import proxying

MALLORY = "@mallory:boese.test"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
WHOLE = raw(200, PNG, "Content-Type: image/png")


def picture(name: str, sender: str = ANNA, **content: object) -> dict[str, object]:
    image = {"msgtype": "m.image", "url": f"mxc://boese.test/{name}"} | content
    return message(name, f"{name}.png", **image) | {"sender": sender}


def unread(core: Core, name: str) -> str | None:
    return {found.native_id: found.unread for found in core.messages}[f"${name}"]


def test_a_server_that_never_answers_holds_up_nobody(tmp_path: Path) -> None:
    stuck = [picture(f"f{number}", MALLORY) for number in range(40)]
    town = Town(
        s0={
            BAD: room(*stuck),
            GOOD: room(message("n", "Notfall: es brennt"), picture("loch")),
        }
    )

    async def story() -> None:
        never = {f"f{number}": lambda _: silent for number in range(40)}
        files = never | {"loch": lambda _: WHOLE}
        async with (
            misbehaving(sync=town.sync, **files) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert "Notfall: es brennt" in core.texts
            assert core.items["$loch"].files[0].content == PNG, "nobody's many keep out the others"
            assert {unread(core, f"f{number}") for number in range(40)} == {AWAITED}
            server.scripts["f7"] = lambda _: WHOLE
            await core.link.close()
            core.fresh_link()  # all that is needed stands in the item
            late = await core.link.fetch(core.items["$f7"].payload)
            assert (late.name, late.content) == ("f7.png", PNG)

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        raw(429, b'{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":5000}'),
        raw(502, b'{"errcode":"M_UNKNOWN"}'),
        raw(504, b'{"errcode":"M_NOT_YET_UPLOADED"}'),
        raw(404, b"default backend - 404"),
        raw(307, b""),
        raw(307, b"", "Location: file:///etc/passwd"),
        cut,
    ],
)
def test_a_hiccup_loses_no_file(tmp_path: Path, answer: object) -> None:
    town = Town(s0={GOOD: room(picture("loch"))})

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, loch=lambda _: answer) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert unread(core, "loch") == AWAITED
            assert (core.items["$loch"].awaits, core.items["$loch"].about) == (True, "$loch")
            with pytest.raises(PlatformError):
                await core.link.fetch(core.items["$loch"].payload)
            server.scripts["loch"] = lambda _: WHOLE
            assert (await core.link.fetch(core.items["$loch"].payload)).content == PNG

    run(story())


def test_a_lost_login_is_told_by_the_next_question_and_loses_no_file(tmp_path: Path) -> None:
    town = Town(s0={GOOD: room(message("n", "Hallo"), picture("loch"))})

    async def story() -> None:
        gone = raw(401, b'{"errcode":"M_UNKNOWN_TOKEN"}')
        async with (
            misbehaving(sync=town.sync, loch=lambda _: gone) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert "Hallo" in core.texts
            assert unread(core, "loch") == AWAITED
            with pytest.raises(PlatformError) as raised:
                await core.link.fetch(core.items["$loch"].payload)
            assert raised.value.trouble is Trouble.LOGIN
            server.scripts["sync"] = lambda _: gone
            with pytest.raises(PlatformError) as raised:
                await core.pull()
            assert raised.value.trouble is Trouble.LOGIN

    run(story())


def test_a_file_may_lie_elsewhere_and_our_token_does_not_go_there(tmp_path: Path) -> None:
    town = Town(s0={GOOD: room(picture("loch"), picture("weg"), picture("kreis"))})

    async def story() -> None:
        refused = raw(401, b'{"errcode":"M_UNKNOWN_TOKEN"}')
        kept = {"abc": lambda _: WHOLE, "alt": lambda _: refused}
        async with (
            misbehaving(**kept) as other,
            misbehaving(
                sync=town.sync,
                loch=lambda _: raw(307, b"", f"Location: {other.url}/abc?s=1"),
                weg=lambda _: raw(308, b"", f"Location: {other.url}/alt"),
                kreis=lambda _: raw(307, b"", "Location: kreis"),
            ) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert core.items["$loch"].files[0].content == PNG
            assert [path for path, _ in other.asked] == ["/abc", "/alt"]
            assert other.signed == []
            assert unread(core, "weg") == AWAITED, "what refuses there says nothing about us"
            assert unread(core, "kreis") == AWAITED
            assert server.count("kreis") == 3

    run(story())


@pytest.mark.parametrize(
    "place",
    [
        "http://ablage.test/loch",
        "https://",
        "https://[::1",
        "https://127.0.0.1/loch",
        "https://[fd00::7]/loch",
        "https://innen.test/loch",
    ],
)
def test_a_server_outside_sends_us_nowhere_unsafe(tmp_path: Path, place: str) -> None:
    """Not into the city's own network, and not out of TLS."""
    authority = Authority(tmp_path)
    ports: dict[str, int] = {}

    async def story() -> None:
        moved = {"weg": lambda _: raw(307, b"", f"Location: {place}")}
        there = {"da": lambda _: raw(307, b"", "Location: https://ablage.test:443/loch")}
        async with (
            misbehaving(authority.server("ablage.test"), loch=lambda _: WHOLE) as other,
            misbehaving(authority.server("matrix.test"), **moved, **there) as server,
        ):
            ports.update({"matrix.test": server.port, "ablage.test": other.port})
            http = homeserver("https://matrix.test", Network(proxy.url, authority.file), look_up)
            with pytest.raises(PlatformError):
                await http.download("/weg", limit=1000, within=5)
            assert set(proxy.asked) == {"CONNECT matrix.test:443 HTTP/1.1"}
            assert await http.download("/da", limit=1000, within=5) == PNG
            await http.close()

    with proxying(ports) as proxy:
        run(story())


async def look_up(name: str) -> list[str]:
    """Return what a name server says that knows a name of the city's own network."""
    return ["10.0.0.7" if name == "innen.test" else "93.184.215.14"]


def test_what_can_never_be_had_is_not_awaited(tmp_path: Path) -> None:
    huge: dict[str, object] = {"info": {"size": CONNECTOR.capabilities.max_media_bytes + 1}}
    town = Town(
        s0={
            GOOD: room(
                picture("gross", MALLORY, **huge),
                picture("groesser"),
                picture("nirgends", url="https://boese.test/x.png"),
                picture("zu", file={"url": "mxc://boese.test/zu"}, url=None),
            )
        }
    )

    async def story() -> None:
        big = raw(200, bytes(CONNECTOR.capabilities.max_media_bytes + 1))
        files = {"groesser": lambda _: big, "zu": lambda _: WHOLE}
        async with (
            misbehaving(sync=town.sync, **files) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert server.count("gross") == 0
            assert (unread(core, "gross"), unread(core, "groesser")) == (TOO_LARGE, TOO_LARGE)
            assert (unread(core, "nirgends"), unread(core, "zu")) == (MISSING, MISSING)
            for name in ("groesser", "nirgends", "zu"):
                with pytest.raises(FileLostError):
                    await core.link.fetch(core.items[f"${name}"].payload)

    run(story())


def test_an_edit_of_a_picture_brings_no_file(tmp_path: Path) -> None:
    relation = {"rel_type": "m.replace", "event_id": "$loch"}
    fresh = {"msgtype": "m.image", "body": "Neu", "url": "mxc://boese.test/neu"}
    change = picture("neu", ANNA, **{"m.relates_to": relation, "m.new_content": fresh})
    town = Town(s0={GOOD: room(picture("loch"), change)})

    async def story() -> None:
        async with (
            misbehaving(sync=town.sync, loch=lambda _: WHOLE) as server,
            core_of(server, tmp_path) as core,
        ):
            await core.pull()
            await core.pull()
            assert server.count("neu") == 0
            assert [type(event) for event in core.events][1] is InboundEdit
            assert (core.items["$neu"].awaits, core.items["$neu"].about) == (False, "$loch")

    run(story())
