"""A mail over which the server stumbles, and a place that is lost, hold nobody up."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.base import Lost, LostError, PlatformError, RawItem, Trouble
from connectors.email.connector import CONNECTOR
from tests.connectors.email import strange
from tests.connectors.email.counterpart import ADDRESS
from tests.connectors.email.strange import Strange
from tests.connectors.email.support import Core, run, source


@pytest.fixture
def server() -> Iterator[Strange]:
    with strange.serving() as running:
        yield running


@pytest.fixture
def core(server: Strange, tmp_path: Path) -> Core:
    settings = {
        "address": ADDRESS,
        "imap": f"imap://127.0.0.1:{server.port}?tls=none",
        "smtp": "smtp://127.0.0.1:9?tls=none",
        "password": "x",
    }
    return Core(settings, tmp_path)


def come(server: Strange, count: int) -> None:
    for uid in range(1, count + 1):
        raw = source(f"Nummer {uid}", Subject="", Message_ID=f"<m{uid}@example.org>")
        server.mails[uid] = raw.encode()


def told(item: RawItem) -> str:
    """Return what a mail says, or why there is none."""
    try:
        (found,) = CONNECTOR.parse(item.payload)
    except LostError as lost:
        return lost.code
    return getattr(found, "text", "")


def pulled(core: Core, server: Strange, count: int) -> list[str]:
    """Let mails come and pull them all, as often as it takes; return what they say."""

    async def go() -> None:
        async with core:
            await core.begin()
            come(server, count)
            for _ in range(40):
                with suppress(PlatformError):
                    await core.all()
                    return

    run(go())
    return [told(item) for item in core.items.values()]


def test_a_mail_that_the_server_does_not_list_is_noted_and_the_others_are_taken(
    core: Core, server: Strange
) -> None:
    server.refused = {2: b"[SERVERBUG]", 4: b""}
    found = pulled(core, server, 25)
    lost = {2: Lost.REFUSED, 4: Lost.REFUSED}
    assert found == [lost.get(uid, f"Nummer {uid}") for uid in range(1, 26)]


@pytest.mark.parametrize("over", [{2, 3}, {1}, {3}])
def test_a_mail_over_which_the_server_hangs_up_is_noted_in_the_end(
    core: Core, server: Strange, over: set[int]
) -> None:
    server.hangs_up = over
    found = pulled(core, server, 4)
    assert found == [Lost.UNREACHABLE if uid in over else f"Nummer {uid}" for uid in range(1, 5)]


def test_a_server_that_cannot_just_now_is_asked_again(core: Core, server: Strange) -> None:
    server.refused = dict.fromkeys(range(1, 4), b"[UNAVAILABLE]")

    async def go() -> None:
        async with core:
            await core.begin()
            come(server, 3)
            with pytest.raises(PlatformError) as caught:
                await core.pull()
            assert caught.value.trouble is Trouble.UNREACHABLE
            server.refused = {}
            await core.all()

    run(go())
    assert [told(item) for item in core.items.values()] == [f"Nummer {n}" for n in range(1, 4)]


def test_a_mail_of_which_the_size_is_not_told_is_there(core: Core, server: Strange) -> None:
    server.without_size = {1, 3}
    assert pulled(core, server, 3) == ["Nummer 1", "Nummer 2", "Nummer 3"]


@pytest.mark.parametrize("cursor", ["", "ü", "[]", "{}", '{"validity": 7, "uid": 0, "newest": 1}'])
def test_a_place_that_cannot_be_read_is_noted_and_it_goes_on_from_now(
    core: Core, server: Strange, cursor: str
) -> None:
    async def go() -> None:
        come(server, 2)
        core.cursor = cursor
        async with core:
            await core.pull()
            come(server, 3)
            await core.all()

    run(go())
    assert [told(item) for item in core.items.values()] == [Lost.PLACE_LOST, "Nummer 3"]
