"""Who comes late, dated back by their author or behind a crowd, is heard all the same."""

from datetime import timedelta

from connectors.bluesky.link import _LATE
from tests.connectors.bluesky.support import NOW, Core

JPEG = ("image/jpeg", b"\xff\xd8\xff first")


def test_no_page_ends_a_gap_where_many_came_in_the_same_instant(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        instant = NOW
        wanted = [f"Meldung {number}" for number in range(250)]
        for number, text in enumerate(wanted):  # an instant lies across each end of a page
            core.mention("anna", text, instant + timedelta(milliseconds=number // 30))
        assert sorted(await core.hear()) == sorted(wanted)
        asked = len(core.network.asked)
        assert await core.hear() == []
        assert len(core.network.asked) > asked

    core.run(story())


def test_a_post_that_its_author_dated_back_is_heard_all_the_same(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        now = NOW
        core.mention("anna", "jetzt", now)
        assert await core.hear() == ["jetzt"]
        core.mention("bert", "geschrieben im Zug, ohne Netz", now - timedelta(minutes=20))
        assert await core.hear() == ["geschrieben im Zug, ohne Netz"]
        core.mention("cem", "auf einem Telefon von gestern", now - timedelta(days=1))
        assert await core.hear() == ["auf einem Telefon von gestern"]
        assert await core.hear() == []

    core.run(story())


def test_latecomers_are_found_behind_all_that_is_known_by_name(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        for number in range(450):
            core.mention("anna", str(number), NOW - timedelta(minutes=number))
        assert len(await core.hear()) == 450
        core.mention("bert", "vor vier Stunden", NOW - timedelta(hours=4))
        core.seconds += _LATE
        assert await core.hear() == ["vor vier Stunden"]
        core.mention("bert", "vor sieben Stunden", NOW - timedelta(hours=7))
        await core.link.close()
        core.restarted()
        assert await core.hear() == ["vor sieben Stunden"]
        core.mention("bert", "vorgestern", NOW - timedelta(days=2))
        core.mention("bert", "heute", NOW)
        core.seconds += _LATE
        assert await core.hear() == ["heute"]

    core.run(story())


def test_between_two_looks_for_latecomers_a_question_is_one_page(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        for number in range(450):
            core.mention("anna", str(number), NOW - timedelta(minutes=number))
        await core.hear()
        core.seconds += _LATE
        asked, began = len(_lists(core)), core.seconds
        while core.seconds < began + 10 * _LATE:
            assert await core.hear() == []
        times = (core.seconds - began) / _LATE + 1
        assert len(_lists(core)) - asked <= times * (_LATE / 3 + 5)

    core.run(story())


def _lists(core: Core) -> list[object]:
    return [one for one in core.network.asked if "listNotifications" in str(one)]
