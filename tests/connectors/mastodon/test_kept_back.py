"""What is kept from us: by its size, by a block, by a suspension."""

import pytest

from connectors.asking import ANSWER
from connectors.base import InboundDeletion
from tests.connectors.mastodon.support import Core, play


def test_a_monstrous_status_becomes_a_note_and_nothing_of_it_is_read() -> None:
    async def test(core: Core) -> None:
        core.mention("x" * 300_000, answers=core.town.post(core.anna, "Anfang").id)
        core.instance.asked.clear()
        await core.pull()
        assert core.instance.asked == [("GET", "/api/v1/notifications")], "not for its beginning"
        core.mention("danach")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["danach"]
        assert next(iter(core.items.values())).payload == {"skipped": "monstrous"}

    play(test)


@pytest.mark.parametrize("how", ["blocks", "suspended", "unreadable"])
def test_what_is_kept_from_us_is_not_taken_for_withdrawn(how: str) -> None:
    async def test(core: Core) -> None:
        place = core.mention("Drohung")
        await core.until_quiet()
        if how == "suspended":
            core.town.suspended.add(core.anna.id)
        else:
            core.town.blocking.add(core.anna.id)
        if how == "unreadable":
            core.instance.scopes = ("read:statuses", "read:accounts")
        await core.until_quiet()
        core.town.blocking.clear()
        core.town.delete(core.anna, place)  # nobody looks any more
        found = await core.until_quiet()
        assert not [one for one in found if isinstance(one, InboundDeletion)]

    play(test)


def huge(core: Core, size: int) -> str:
    """Let Anna's server send a status of so many bytes; return the notification's id."""
    raw = {"id": "5", "account": {"id": core.anna.id}, "content": "x" * size}
    return core.town.notify("mention", core.anna, None, raw=raw).id


def test_a_page_beyond_every_size_stops_nobody() -> None:
    async def test(core: Core) -> None:
        core.mention("davor")
        huge(core, ANSWER // 2)
        huge(core, ANSWER // 2)
        core.mention("dazwischen")
        huge(core, ANSWER + 1)
        core.mention("danach")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["davor", "dazwischen", "danach"]
        noted = [one.payload.get("skipped") for one in core.items.values()]
        assert [why for why in noted if why] == ["monstrous", "monstrous", "oversize"]

    play(test)


def test_a_beginning_beyond_every_size_is_a_beginning() -> None:
    async def test(core: Core) -> None:
        huge(core, ANSWER + 1)
        core.cursor = None
        await core.pull()
        core.mention("danach")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["danach"]

    play(test)
