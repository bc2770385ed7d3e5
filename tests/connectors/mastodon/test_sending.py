"""What we post: for whom, under what, and what becomes of it when something goes wrong."""

from dataclasses import replace

import pytest

from connectors.base import OutboundPart, RawFile
from connectors.capabilities import Act, Visibility
from connectors.mastodon import measure
from connectors.mastodon.connector import CONNECTOR
from connectors.results import (
    Duplicate,
    LoginNeeded,
    Permanent,
    Refusal,
    RetryAfter,
    Scope,
    Sent,
    Transient,
    Unknown,
)
from tests.connectors.mastodon.support import Core, play, private, public
from tests.fakes.mastodon_town import Status

PICTURE = RawFile("plan.png", "image/png", b"\x89PNG bild")


def ours(core: Core) -> list[Status]:
    return [one for one in core.town.statuses.values() if one.author is core.town.us]


def test_an_answer_stands_below_what_it_answers_and_addresses_who_asked() -> None:
    async def test(core: Core) -> None:
        for visibility in ("public", "unlisted"):
            place = core.mention("Frage", visibility=visibility)
            result = await core.send(public(core, "Antwort", place), visibility)
            status = ours(core)[-1]
            assert result == Sent(status.id)
            assert (status.text, status.answers) == ("@anna@anderswo.test Antwort", place)
            assert (status.visibility, status.mentions) == (visibility, [core.anna])

    play(test)


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_an_answer_is_never_seen_by_more_people_than_the_question(visibility: str) -> None:
    async def test(core: Core) -> None:
        core.town.join("bert", "anderswo.test")
        place = core.mention("hört, @bert@anderswo.test", visibility=visibility)
        await core.send(public(core, "Ich frage @bert@anderswo.test", place))
        (status,) = ours(core)
        assert (status.visibility, status.mentions) == ("direct", [core.anna])

    play(test)


def test_a_private_text_reaches_one_person_alone() -> None:
    async def test(core: Core) -> None:
        core.town.join("bert", "anderswo.test")
        place = core.mention("geheim", visibility="direct")
        part = private(core, "Ihre Daten, nicht die von @bert@anderswo.test", in_reply_to=place)
        assert await core.send(part) == Sent(ours(core)[0].id)
        (status,) = ours(core)
        assert (status.visibility, status.mentions) == ("direct", [core.anna])
        assert status.answers == place

    play(test)


def test_who_wrote_in_public_may_be_answered_in_private() -> None:
    async def test(core: Core) -> None:
        core.mention("öffentlich")
        await core.until_quiet()
        (message,) = core.messages()
        thread = CONNECTOR.private_thread(message.sender.id)
        assert thread is not None
        part = OutboundPart(
            thread=thread,
            visibility=Visibility.PRIVATE,
            text="unter uns",
            recipient=message.sender.id,
            in_reply_to=message.native_id,
        )
        assert isinstance(await core.send(part), Sent)
        assert (ours(core)[0].visibility, ours(core)[0].mentions) == ("direct", [core.anna])

    play(test)
    assert CONNECTOR.private_thread("kein Konto") is None


@pytest.mark.parametrize("recipient", ["1", None])
def test_nothing_private_leaves_into_a_public_conversation(recipient: str | None) -> None:
    async def test(core: Core) -> None:
        place = core.mention("öffentlich")
        part = replace(private(core, "geheim"), thread=place, recipient=recipient)
        result = await core.send(part)
        assert isinstance(result, Permanent)
        assert result.code is Refusal.NOT_PRIVATE
        other = replace(private(core, "geheim"), recipient="1")
        assert isinstance(await core.send(other), Permanent)
        assert not ours(core)

    play(test)


def test_whom_the_instance_does_not_find_gets_nothing_and_nobody_else_does() -> None:
    async def test(core: Core) -> None:
        await core.send(private(core, "eins"), "k1")
        core.anna.username = "anders"  # the name that we remember leads to nobody now
        result = await core.send(private(core, "zwei"), "k2")
        assert isinstance(result, Permanent)
        assert result.code is Refusal.BLOCKED
        assert [one.text for one in ours(core)] == ["@anna@anderswo.test eins"]
        stranger = OutboundPart(thread="@99", visibility=Visibility.PRIVATE, text="drei")
        assert isinstance(await core.send(stranger, "k3"), Permanent)

    play(test)


def test_what_a_program_writes_addresses_nobody_but_who_asked() -> None:
    async def test(core: Core) -> None:
        core.town.join("bert", "anderswo.test")
        place = core.mention("Frage")
        part = public(core, "Sie schrieben: @bert@anderswo.test", place)
        await core.send(replace(part, automatic=True), "k1")
        await core.send(part, "k2")
        automatic, written = ours(core)
        assert automatic.mentions == [core.anna]
        assert len(written.mentions) == 2

    play(test)


def test_a_content_warning_stays_on_the_answer() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Es stinkt.", warning="Müll")
        secret = core.mention("Es stinkt.", warning="Müll", visibility="direct")
        await core.send(public(core, "Danke", place), "k1")
        await core.send(private(core, "Danke", in_reply_to=secret), "k2")
        assert [(one.warning, one.sensitive) for one in ours(core)] == [("Müll", True)] * 2

    play(test)


def test_a_full_text_fits_below_a_long_warning() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage", warning="👨‍👩‍👧‍👦" * 400)
        text = ("ß" * 99 + "🇩🇪") * 4 + "x" * 20
        assert measure.length(text) == CONNECTOR.capabilities.max_text
        result = await core.send(public(core, text, place))
        assert isinstance(result, Sent)
        (status,) = ours(core)
        assert status.text.endswith(text)
        assert status.warning.endswith("…")

    play(test)


def test_a_text_beyond_the_instances_measure_is_too_large() -> None:
    async def test(core: Core) -> None:
        result = await core.send(private(core, "x" * 600))
        assert isinstance(result, Permanent)
        assert result.code is Refusal.TOO_LARGE
        core.town.characters = 50
        core.fresh_link()
        small = await core.send(private(core, "x" * 60), "k2")
        assert isinstance(small, Permanent)
        assert small.code is Refusal.TOO_LARGE
        assert not ours(core)

    play(test)


def test_a_cut_line_makes_no_second_status() -> None:
    async def test(core: Core) -> None:
        core.instance.cut = 1
        place = core.mention("Frage")
        part = public(core, "Antwort", place)
        assert isinstance(await core.send(part), Unknown)
        assert len(ours(core)) == 1
        assert await core.link.find_sent(part, key="k1") is None
        # An instance notes the key behind the status: not at once.
        core.clock += 20
        patience = await core.send(part)
        assert isinstance(patience, RetryAfter)
        assert (patience.delay.total_seconds(), patience.scope) == (40, Scope.CHAT)
        core.clock += 40
        assert await core.send(part) == Sent(ours(core)[0].id)
        assert len(ours(core)) == 1
        assert await core.send(part, "k2") == Sent(ours(core)[1].id)

    play(test)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_private_text_that_others_see_is_taken_back_or_named(*, frozen: bool) -> None:
    async def test(core: Core) -> None:
        core.instance.is_fork = True
        core.instance.frozen = frozen
        result = await core.send(private(core, "geheim"))
        assert isinstance(result, Permanent)
        assert result.code is Refusal.NOT_PRIVATE
        assert ("still stands" in result.error) is frozen
        assert [one.id in result.error for one in ours(core)] == [True] * frozen

    play(test)


def test_two_processes_make_one_status_of_one_key() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage")
        first = await core.send(public(core, "Antwort", place))
        core.fresh_link()
        assert await core.send(public(core, "Antwort", place)) == first
        assert len(ours(core)) == 1

    play(test)


def test_a_withdrawn_question_gets_no_public_answer_but_a_private_one() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage")
        secret = core.mention("geheim", visibility="direct")
        core.town.delete(core.anna, place)
        core.town.delete(core.anna, secret)
        result = await core.send(public(core, "Antwort", place), "k1")
        assert isinstance(result, Permanent)
        assert isinstance(await core.send(private(core, "Ja", in_reply_to=secret), "k2"), Sent)
        (status,) = ours(core)
        assert (status.answers, status.mentions) == (None, [core.anna])

    play(test)


def test_news_without_a_question_stand_below_the_beginning() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage")
        await core.send(replace(public(core, "Erledigt", place), in_reply_to=None), "k1")
        post = OutboundPart(thread="", visibility=Visibility.PUBLIC, text="Markt am Samstag")
        await core.send(post, "k2")
        news, announcement = ours(core)
        assert (news.answers, announcement.answers) == (place, None)
        assert (announcement.text, announcement.visibility) == ("Markt am Samstag", "public")

    play(test)


@pytest.mark.parametrize("slow", [0, 3])
def test_a_picture_is_posted_when_the_instance_has_read_it(slow: int) -> None:
    async def test(core: Core) -> None:
        core.town.slow_media = slow
        place = core.mention("Frage")
        described = replace(PICTURE, description="Ein Plan der Altstadt")
        for number, file in enumerate((described, PICTURE)):
            part = replace(public(core, "Der Plan", place), file=file, language="en")
            assert isinstance(await core.send(part, f"k{number}"), Sent)
        first, second = ours(core)
        (media,) = first.media
        assert (media.file.content, media.description) == (PICTURE.content, described.description)
        assert (first.text, first.language) == ("@anna@anderswo.test Der Plan", "en")
        assert second.media[0].description is None, "a name of a file describes nothing"

    play(test)


def test_a_picture_that_takes_its_time_is_handed_in_once() -> None:
    async def test(core: Core) -> None:
        core.town.slow_media = 8
        part = replace(private(core, ""), file=PICTURE)
        result = await core.send(part)
        assert isinstance(result, Transient)
        assert result.scope is Scope.CHAT
        assert isinstance(await core.send(part), Sent)
        assert len(core.town.media) == 1

    play(test)


def test_what_no_instance_takes_is_not_even_handed_in() -> None:
    async def test(core: Core) -> None:
        most = CONNECTOR.capabilities.max_media_bytes
        cases = {
            Refusal.UNSUPPORTED: RawFile("a.pdf", "application/pdf", b"x"),
            Refusal.TOO_LARGE: RawFile("a.png", "image/png", b"x" * (most + 1)),
            Refusal.REFUSED: RawFile("a.png", "image/png", b""),
        }
        for code, file in cases.items():
            result = await core.send(replace(private(core, ""), file=file), code)
            assert isinstance(result, Permanent)
            assert result.code is code
        assert not core.town.media

    play(test)


def test_a_status_is_changed_and_taken_away() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage", warning="Müll")
        part = replace(public(core, "Antwort", place), file=PICTURE)
        sent = await core.send(part)
        assert isinstance(sent, Sent)
        edit = replace(public(core, "Besser", place), act=Act.EDIT, target=sent.native_id)
        assert await core.send(edit) == sent
        (status,) = ours(core)
        assert status.text == "@anna@anderswo.test Besser"
        assert (status.warning, len(status.media)) == ("Müll", 1)
        core.instance.cut = 1
        assert isinstance(await core.send(edit, "k2"), Unknown)
        assert await core.send(edit, "k2") == sent, "at once: an edit made twice is made once"
        away = replace(edit, act=Act.DELETE)
        assert await core.send(away) == sent
        assert not ours(core)
        assert await core.send(away) == Duplicate(sent.native_id)
        assert isinstance(await core.send(edit), Permanent)

    play(test)


def test_an_edit_makes_nothing_private_public_and_touches_nothing_of_others() -> None:
    async def test(core: Core) -> None:
        place = core.mention("Frage")
        sent = await core.send(public(core, "Antwort", place))
        assert isinstance(sent, Sent)
        secret = replace(private(core, "geheim"), act=Act.EDIT, target=sent.native_id)
        result = await core.send(secret)
        assert isinstance(result, Permanent)
        assert result.code is Refusal.NOT_PRIVATE
        foreign = replace(public(core, "Anders", place), act=Act.EDIT, target=place)
        assert isinstance(await core.send(foreign), Permanent)
        assert core.town.statuses[place].text.endswith("Frage")

    play(test)


@pytest.mark.parametrize("act", [Act.HIDE, Act.EDIT, Act.DELETE])
def test_what_cannot_be_done_is_said(act: Act) -> None:
    async def test(core: Core) -> None:
        target = "1" if act is Act.HIDE else None
        part = replace(private(core, "x"), act=act, target=target)
        assert await core.send(part) == Permanent(Refusal.UNSUPPORTED, act)

    play(test)


def test_too_fast_and_logged_out_post_nothing() -> None:
    async def test(core: Core) -> None:
        core.instance.limited.append(40)
        result = await core.send(private(core, "x"))
        assert isinstance(result, RetryAfter)
        assert result.scope is Scope.CHANNEL
        assert 35 <= result.delay.total_seconds() <= 41
        core.instance.logged_in = False
        assert isinstance(await core.send(private(core, "x")), LoginNeeded)
        assert not ours(core)

    play(test)
