"""What people write to us: pages, people, conversations, changes."""

import json

import pytest

from connectors.base import (
    AWAITED,
    MISSING,
    FileLostError,
    InboundDeletion,
    InboundEdit,
    InboundReaction,
    ParseError,
    RawFile,
)
from connectors.capabilities import Visibility
from connectors.mastodon.connector import CONNECTOR
from tests.connectors.mastodon.support import Core, play
from tests.fakes.mastodon_town import HOME, Media


def test_many_pages_come_in_order_and_without_a_gap() -> None:
    async def test(core: Core) -> None:
        for number in range(205):
            core.mention(f"Nummer {number}")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == [f"Nummer {n}" for n in range(205)]

    play(test)


def test_the_same_cursor_brings_the_same_again() -> None:
    async def test(core: Core) -> None:
        before = core.cursor
        core.mention("eins")
        first = await core.link.pull(before)
        core.mention("zwei")
        again = await core.link.pull(before)
        assert [item.event_id for item in again.items][:1] == [first.items[0].event_id]
        assert len(again.items) == 2
        fresh = core.fresh_link()
        assert [one.payload for one in (await fresh.pull(before)).items] == [
            one.payload for one in again.items
        ]

    play(test)


def test_what_was_there_before_us_is_not_read() -> None:
    async def test(core: Core) -> None:
        core.mention("vorher")
        core.cursor = None
        await core.pull()
        core.mention("nachher")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["nachher"]

    play(test)


def test_a_place_that_nobody_can_read_is_told() -> None:
    async def test(core: Core) -> None:
        core.cursor = "kaputt"
        batch = await core.pull()
        with pytest.raises(ParseError):
            CONNECTOR.parse(batch.items[0].payload)
        core.mention("weiter")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["weiter"]

    play(test)


def test_who_writes_to_us_alone_writes_in_private() -> None:
    async def test(core: Core) -> None:
        core.mention("geheim", visibility="direct")
        core.town.join("bert", "anderswo.test")
        core.mention("mit @bert@anderswo.test", visibility="direct")
        core.mention("für meine Leute", visibility="private")
        core.mention("leise", visibility="unlisted")
        await core.until_quiet()
        alone, company, followers, unlisted = core.messages()
        assert (alone.visibility, alone.thread) == (Visibility.PRIVATE, f"@{core.anna.id}")
        assert alone.thread == CONNECTOR.private_thread(alone.sender.id)
        assert alone.sender.name == "Anna"
        for other in (company, followers, unlisted):
            assert (other.visibility, other.thread) == (Visibility.PUBLIC, other.native_id)

    play(test)


def test_a_third_whom_the_instance_does_not_know_reads_along_all_the_same() -> None:
    async def test(core: Core) -> None:
        us = f'<a href="https://{HOME}/@stadt" class="u-url mention">@<span>stadt</span></a>'
        far = '<a href="https://fern.test/@carl" class="u-url mention">@<span>carl</span></a>'
        words = f"@stadt@{HOME} hört"
        for html in (f"<p>{us} hört</p>", f"<p>{us} {far} hört</p>"):
            core.town.post(core.anna, words, visibility="direct", html=html)
        await core.until_quiet()
        assert [one.visibility for one in core.messages()] == [
            Visibility.PRIVATE,
            Visibility.PUBLIC,
        ]

    play(test)


def test_an_answer_belongs_to_where_the_conversation_began() -> None:
    async def test(core: Core) -> None:
        root = core.mention("Anfang")
        place = root
        for number in range(5):
            place = core.town.post(core.town.us, f"@anna Antwort {number}", answers=place).id
            place = core.mention(f"Frage {number}", answers=place)
        await core.until_quiet()
        assert {one.thread for one in core.messages()} == {root}
        core.fresh_link()  # which remembers nothing
        core.mention("später", answers=place)
        await core.until_quiet()
        assert core.messages()[-1].thread == root

    play(test)


def test_a_comment_below_a_post_of_ours_says_so_however_deep_it_stands() -> None:
    async def test(core: Core) -> None:
        ours = core.town.post(core.town.us, "Am Samstag ist Markt.").id
        direct = core.mention("Schon wieder?", answers=ours)
        unheard = core.town.post(core.anna, "unter uns", answers=direct).id
        deep = core.mention("Ja!", answers=unheard)
        theirs = core.town.post(core.anna, "ohne uns").id
        core.mention("Seht mal", answers=theirs)
        answer = core.town.post(core.town.us, "@anna Gern", answers=theirs).id
        core.mention("Danke", answers=answer)
        core.mention("geheim", answers=ours, visibility="direct")
        core.mention("von vorn")
        await core.until_quiet()
        found = {one.text: one.below for one in core.messages()}
        assert found.pop("Schon wieder?") == found.pop("Ja!") == ours
        assert set(found.values()) == {None}, "in the conversation of another, or in private"
        core.fresh_link()  # which remembers nothing
        core.mention("später", answers=deep)
        await core.until_quiet()
        assert core.messages()[-1].below == ours

    play(test)


def test_a_conversation_under_a_post_of_others_costs_few_requests() -> None:
    async def test(core: Core) -> None:
        place = core.town.post(core.anna, "ohne uns").id
        for _ in range(10):
            place = core.town.post(core.anna, "weiter", answers=place).id
        for number in range(30):
            core.mention(f"{number}", answers=place)
        before = len(core.instance.asked)
        await core.pull()
        assert len(core.messages()) == 30
        assert len({one.thread for one in core.messages()}) == 1
        assert len(core.instance.asked) - before < 15

    play(test)


def test_what_we_may_not_see_still_names_the_conversation() -> None:
    async def test(core: Core) -> None:
        secret = core.town.post(core.anna, "nur für mich", visibility="direct").id
        core.mention("dazu", answers=secret)
        await core.until_quiet()
        assert [one.thread for one in core.messages()] == [secret]

    play(test)


def test_a_content_warning_is_part_of_the_text() -> None:
    async def test(core: Core) -> None:
        core.mention("Es stinkt.", warning="Müll")
        await core.until_quiet()
        assert core.messages()[0].text == "Müll\n\nEs stinkt."

    play(test)


def test_programs_and_we_ourselves_are_not_heard() -> None:
    async def test(core: Core) -> None:
        bot = core.town.join("robo", "anderswo.test", bot=True)
        core.town.post(bot, f"@stadt@{HOME} piep")
        echo = core.town.post(core.town.us, "@stadt selbst")
        core.town.notify("mention", core.town.us, echo)
        assert await core.until_quiet() == []
        assert core.items

    play(test)


def test_what_concerns_the_account_only_is_not_stored() -> None:
    async def test(core: Core) -> None:
        for kind in ("follow", "follow_request", "poll", "status", "update", "admin.sign_up"):
            core.town.notify(kind, core.anna, None)
        core.town.notify("moderation_warning", core.anna, None)
        core.mention("endlich")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["endlich"]
        assert len(core.items) == 1

    play(test)


def test_signs_come_in() -> None:
    async def test(core: Core) -> None:
        ours = core.town.post(core.town.us, "Markt am Samstag")
        core.town.notify("favourite", core.anna, ours)
        core.town.notify("reblog", core.anna, ours)
        found = await core.until_quiet()
        assert [
            (one.target, one.symbol, one.sender.id)
            for one in found
            if isinstance(one, InboundReaction)
        ] == [(ours.id, "⭐", core.anna.id), (ours.id, "🔁", core.anna.id)]

    play(test)


def test_a_kind_that_nobody_knows_is_shown_where_somebody_says_something() -> None:
    async def test(core: Core) -> None:
        status = core.town.post(core.anna, "Ein Hologramm")
        core.town.notify("hologram", core.anna, status)
        core.town.notify("hologram", core.anna, None)
        core.town.notify("hologram", core.anna, core.town.post(core.town.us, "von uns"))
        core.town.notify("quote", core.anna, core.town.post(core.anna, "Lest das!"))
        await core.until_quiet()
        assert [(one.text, one.unread) for one in core.messages()] == [
            ("Ein Hologramm", "unknown"),
            ("Lest das!", None),
        ]

    play(test)


def test_a_poll_is_shown_with_its_choices() -> None:
    async def test(core: Core) -> None:
        core.town.post(core.anna, f"@stadt@{HOME} Wohin?", poll=["Park", "See"])
        await core.until_quiet()
        found = core.messages()[0]
        assert (found.text, found.unread) == ("Wohin?\n\n- Park\n- See", "poll")

    play(test)


@pytest.mark.parametrize(
    "raw", [{"id": ["kaputt"]}, {"id": "1"}, "kaputt", 7, [], {"content": None, "id": "5"}]
)
def test_what_nobody_can_read_stops_nobody(raw: object) -> None:
    async def test(core: Core) -> None:
        broken = core.town.notify("mention", core.anna, None, raw=raw)
        broken.type = "mention"
        core.mention("danach")
        await core.until_quiet()
        assert [one.text for one in core.messages()] == ["danach"]
        with pytest.raises(ParseError):
            CONNECTOR.parse(next(iter(core.items.values())).payload)

    play(test)


def test_changed_and_withdrawn_texts_are_followed() -> None:
    async def test(core: Core) -> None:
        ids = [core.mention(f"Nummer {number}") for number in range(30)]
        secret = core.mention("geheim", visibility="direct")
        await core.until_quiet()
        core.fresh_link()
        core.town.edit(core.anna, ids[2], f"@stadt@{HOME} berichtigt")
        core.town.delete(core.anna, ids[4])
        core.town.delete(core.anna, secret)
        for _ in range(4):
            found = await core.until_quiet()
        edits = [one for one in found if isinstance(one, InboundEdit)]
        assert [(one.native_id, one.text) for one in edits] == [(ids[2], "berichtigt")]
        gone = [one.native_id for one in found if isinstance(one, InboundDeletion)]
        assert sorted(gone) == sorted([ids[4], secret])
        orders = {item.about: item.order_key for item in core.items.values() if item.about}
        edit = next(item for item in core.items.values() if item.event_id.startswith("edit:"))
        assert edit.order_key == orders[ids[2]]
        by_name = {item.event_id: item.order_key for item in core.items.values()}
        assert by_name[f"gone:{secret}"] == f"@{core.anna.id}"

    play(test)


def test_a_status_that_is_only_left_out_of_a_list_is_not_taken_for_withdrawn() -> None:
    async def test(core: Core) -> None:
        place = core.mention("da")
        await core.until_quiet()
        status = core.town.statuses[place]
        core.instance.hidden.add(place)
        found = await core.until_quiet()
        assert not [one for one in found if isinstance(one, InboundDeletion)]
        assert status.id in core.town.statuses

    play(test)


def test_files_of_a_status_are_fetched_one_by_one() -> None:
    async def test(core: Core) -> None:
        files = [RawFile(f"{name}.png", "image/png", name.encode()) for name in ("eins", "zwei")]
        media = [core.town.upload(file, "Ein Loch") for file in files]
        place = core.town.post(core.anna, f"@stadt@{HOME} Seht", media=media).id
        core.town.post(core.anna, f"@stadt@{HOME}", media=media[:1])
        await core.until_quiet()
        first, second, alone = core.messages()
        assert (first.native_id, first.text, first.files) == (place, "Seht", 1)
        assert (second.native_id, second.text) == (f"{place}/1", "Ein Loch")
        assert alone.text == "Ein Loch"
        assert {one.unread for one in core.messages()} == {AWAITED}
        fetched = [await core.link.fetch(item.payload) for item in core.items.values()]
        assert [file.content for file in fetched] == [b"eins", b"zwei", b"eins"]
        assert fetched[0] == files[0]
        assert [item.about for item in core.items.values()] == [
            first.native_id,
            second.native_id,
            alone.native_id,
        ]
        core.town.delete(core.anna, place)
        found = await core.until_quiet()
        gone = {one.native_id for one in found if isinstance(one, InboundDeletion)}
        assert gone == {place, f"{place}/1"}

    play(test)


def test_a_file_without_an_address_is_missing() -> None:
    async def test(core: Core) -> None:
        lost = Media("9", RawFile("x.png", "image/png", b"x"), reading=99)
        core.town.post(core.anna, f"@stadt@{HOME} Seht", media=[lost])
        await core.until_quiet()
        (item,) = core.items.values()
        assert (core.messages()[0].unread, item.awaits) == (MISSING, False)
        with pytest.raises(FileLostError):
            await core.link.fetch(item.payload)

    play(test)


def test_the_cursor_stays_small() -> None:
    async def test(core: Core) -> None:
        for _ in range(300):
            core.mention("x")
        await core.until_quiet()
        assert core.cursor is not None
        assert len(core.cursor) < 8000
        assert len(json.loads(core.cursor)["watched"]) == 100

    play(test)
