"""What leaves: posts, answers, direct messages; once, to whom they are for, or not at all."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import OutboundPart, RawFile
from connectors.capabilities import Act, Visibility
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
from tests.connectors.x.support import Core, act, private, public, run
from tests.fakes.x import HANDLE, US, X, problem
from tests.fakes.x import Refusal as No

LINK = "Mehr dazu: https://stadt.test/maerkte?a=1&b=2"


def test_an_answer_stands_below_what_it_answers(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write("anna", f"@{HANDLE} Wann ist Markt?")
            await core.pull()
            sent = await core.link.send(public("Am Samstag & Sonntag.", post), key="k1")
            [ours] = x.ours()
            assert sent == Sent(str(ours.id))
            assert (ours.text, ours.replied_to) == ("Am Samstag & Sonntag.", post)
            assert ours.conversation == core.messages[0].thread

    run(story())


def test_news_without_a_question_go_below_the_last_one_that_addressed_us(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            root = x.write("berta", "Ohne die Stadt")
            first = x.write("anna", f"@{HANDLE} Lampe kaputt", reply_to=root)
            last = x.write("carla", f"@{HANDLE} Bei mir auch", reply_to=first)
            await core.pull()
            thread = core.messages[0].thread
            assert thread == str(root)
            anna = OutboundPart(thread, Visibility.PUBLIC, "Erledigt", recipient=x.person("anna"))
            anybody = OutboundPart(thread, Visibility.PUBLIC, "Danke allen")
            x.cut_after = 1
            assert isinstance(await core.link.send(anna, key="k1"), Unknown)
            assert await core.link.find_sent(anna, key="k1") is not None
            assert isinstance(await core.link.send(anybody, key="k2"), Sent)
            assert [one.replied_to for one in x.ours()] == [first, last]

    run(story())


def test_a_post_without_a_thread_is_one_of_its_own(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            assert isinstance(await core.link.send(public("Der Markt ist zu."), key="k1"), Sent)
            assert x.ours()[0].replied_to is None

    run(story())


def test_a_private_answer_reaches_its_person_alone(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            anna, berta = x.person("anna"), x.person("berta")
            sent = await core.link.send(private("Nur für Sie", anna), key="k1")
            [ours] = x.messages
            assert sent == Sent(f"dm:{ours.id}")
            assert set(ours.conversation.split("-")) == {anna, US}
            for thread, recipient in (
                (f"dm:{anna}", berta),
                (f"dm:{anna}", None),
                ("group:555", anna),
                ("1990000000000000001", anna),
                ("", anna),
            ):
                part = OutboundPart(thread, Visibility.PRIVATE, "Geheim", recipient=recipient)
                refused = await core.link.send(part, key=f"k-{thread}")
                assert isinstance(refused, Permanent)
                assert refused.code is Refusal.NOT_PRIVATE
            wrong = OutboundPart(f"dm:{anna}", Visibility.PUBLIC, "Öffentlich")
            assert isinstance(await core.link.send(wrong, key="k9"), Permanent)
            assert len(x.ours()) == 1

    run(story())


def test_what_is_public_in_a_group_goes_there(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            part = OutboundPart("group:555", Visibility.PUBLIC, "Guten Tag")
            assert isinstance(await core.link.send(part, key="k1"), Sent)
            assert x.messages[0].conversation == "555"

    run(story())


def test_who_takes_no_messages_from_the_city_is_told_apart(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            anna = x.person("anna")
            x.closed_to_us.add(anna)
            refused = await core.link.send(private("Hallo", anna), key="k1")
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.BLOCKED
            x.refusals = [problem(403, "Forbidden")]
            again = await core.link.send(private("Hallo", anna), key="k2")
            assert isinstance(again, Permanent)
            assert again.code is Refusal.BLOCKED

    run(story())


def test_who_has_not_summoned_us_is_not_answered_and_nobody_is_asked(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            ours = await core.link.send(public("Heute Markt"), key="k0")
            assert isinstance(ours, Sent)
            quiet = x.write("anna", "Ohne Namen darunter", reply_to=int(ours.native_id))
            quoting = x.write("berta", "Schaut mal", quoted=int(ours.native_id))
            await core.pull()
            before = len(x.asked)
            refused = await core.link.send(public("Danke", quiet), key="k1")
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.NOT_SUMMONED
            assert len(x.asked) == before
            assert isinstance(await core.link.send(public("Danke!", quoting), key="k2"), Sent)
            await core.link.close()
            refused = await core.fresh_link().send(public("Danke", quiet), key="k3")
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.NOT_SUMMONED, "X says it where we do not know it"

    run(story())


def test_a_lost_answer_is_found_and_nothing_is_posted_twice(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write("anna", f"@{HANDLE} Hallo")
            other = x.write("berta", f"@{HANDLE} Hallo")
            await core.pull()
            anna = x.person("anna")
            assert isinstance(await core.link.send(public(LINK, other), key="k0"), Sent)
            assert isinstance(await core.link.send(private(LINK, anna), key="k00"), Sent)
            core.clock.advance(300)
            for part, key in ((public(LINK, post), "k1"), (private(LINK, anna), "k2")):
                x.cut_after = 1
                assert isinstance(await core.link.send(part, key=key), Unknown)
                await core.link.close()
                core.fresh_link()  # killed: what was tried stands in the folder
                found = await core.link.find_sent(part, key=key)
                assert found is not None
                assert found.removeprefix("dm:") == str(x.ours()[-1].id)
            assert [one.text for one in x.ours()] == [LINK] * 4

    run(story())


def test_what_never_arrived_is_not_found(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write("anna", f"@{HANDLE} Hallo")
            anna = x.person("anna")
            assert isinstance(await core.link.send(private("Danke!", anna), key="k0"), Sent)
            core.clock.advance(600)
            bad = No(502, {"title": "Bad Gateway"})
            for part, key in ((public("Danke", post), "k1"), (private("Danke!", anna), "k2")):
                x.refusals = [bad]
                assert isinstance(await core.link.send(part, key=key), Unknown)
                assert await core.link.find_sent(part, key=key) is None
            assert await core.link.find_sent(public("Nie", post), key="nie") is None

    run(story())


def test_what_x_calls_a_duplicate_is_the_one_that_is_there(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            x.cut_after = 1
            part = public("Der Markt ist zu.")
            assert isinstance(await core.link.send(part, key="k1"), Unknown)
            [ours] = x.ours()
            assert await core.link.send(part, key="k1") == Duplicate(str(ours.id))
            other = await core.link.send(part, key="k2")
            assert isinstance(other, Permanent)
            assert other.code is Refusal.REFUSED, "that is what the first key has become"
            assert len(x.ours()) == 1

    run(story())


def test_a_key_that_was_sent_stays_sent_even_if_nobody_wrote_it_down(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            part = private("Danke!", x.person("anna"))
            sent = await core.link.send(part, key="k1")
            assert isinstance(sent, Sent)
            await core.link.close()
            core.fresh_link()  # killed before the core had stored it
            assert await core.link.find_sent(part, key="k1") == sent.native_id
            assert await core.link.send(part, key="k1") == Duplicate(sent.native_id)
            assert len(x.messages) == 1

    run(story())


def test_one_of_two_equal_parts_is_not_taken_for_the_other(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = x.write("anna", f"@{HANDLE} Bilder?")
            picture = RawFile("a.jpg", "image/jpeg", b"Bild")
            part = replace(public("", post), file=picture)
            assert isinstance(await core.link.send(part, key="k1"), Sent)
            x.refuse = lambda _method, path: No(502, {}) if path == "/2/tweets" else None
            assert isinstance(await core.link.send(part, key="k2"), Unknown)
            assert await core.link.find_sent(part, key="k2") is None

    run(story())


def test_a_picture_goes_out_with_its_description(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            picture = RawFile("markt.jpg", "image/jpeg", b"Bild")
            anna = x.person("anna")
            described = replace(picture, description="Der Markt")
            post = OutboundPart("", Visibility.PUBLIC, "Samstag", file=described)
            direct = OutboundPart(f"dm:{anna}", Visibility.PRIVATE, file=picture, recipient=anna)
            assert isinstance(await core.link.send(post, key="k1"), Sent)
            assert isinstance(await core.link.send(direct, key="k2"), Sent)
            said, sent = x.ours()
            assert [x.files[f"/media/{one.media[0]}.jpg"] for one in (said, sent)] == [b"Bild"] * 2
            assert x.described == {said.media[0]: "Der Markt"}
            for file, code in (
                (RawFile("plan.pdf", "application/pdf", b"%PDF"), Refusal.UNSUPPORTED),
                (RawFile("g.jpg", "image/jpeg", b"x" * (5 * 1024 * 1024 + 1)), Refusal.TOO_LARGE),
            ):
                part = OutboundPart("", Visibility.PUBLIC, file=file)
                refused = await core.link.send(part, key=file.name)
                assert isinstance(refused, Permanent)
                assert refused.code is code

    run(story())


def test_our_words_are_deleted_and_others_words_hidden(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            post = await core.link.send(public("Der Markt ist zu."), key="k1")
            direct = await core.link.send(private("Hallo", x.person("anna")), key="k2")
            assert isinstance(post, Sent)
            assert isinstance(direct, Sent)
            below = x.write("anna", f"@{HANDLE} Frechheit", reply_to=int(post.native_id))
            second = f"{below}/2"  # its second picture: a message of its own, hidden with the rest
            hidden = await core.link.send(act(Act.HIDE, second), key="k3")
            assert hidden == Sent(second)
            reply = x.find(below)
            assert reply is not None
            assert reply.hidden
            for sent in (post, direct):
                deleted = await core.link.send(act(Act.DELETE, sent.native_id), key="k4")
                assert deleted == sent
                again = await core.link.send(act(Act.DELETE, sent.native_id), key="k5")
                assert again == Duplicate(sent.native_id)
            assert x.ours() == []
            for what, target in ((Act.EDIT, post.native_id), (Act.HIDE, direct.native_id)):
                refused = await core.link.send(act(what, target), key="k6")
                assert isinstance(refused, Permanent)
                assert refused.code is Refusal.UNSUPPORTED

    run(story())


def test_patience_login_and_spent_credit(x: X, core: Core) -> None:
    async def story() -> None:
        async with core:
            now = int(core.clock.now().timestamp())
            limited: dict[str, object] = {"title": "Too Many Requests", "status": 429}
            x.refusals = [No(429, limited, x_rate_limit_reset=str(now + 120))]
            result = await core.link.send(public("Eins"), key="k1")
            assert isinstance(result, RetryAfter)
            assert result.scope is Scope.CHANNEL
            assert timedelta(seconds=118) <= result.delay <= timedelta(seconds=120)
            daily = {"x_user_limit_24hour_remaining": "0"}
            daily |= {"x_user_limit_24hour_reset": str(now + 80_000)}
            x.refusals = [No(429, limited, **daily)]
            result = await core.link.send(public("Eins"), key="k1")
            assert result == RetryAfter(timedelta(hours=1))
            x.refusals = [No(402, {"title": "CreditsDepleted", "detail": "No credits."})]
            refused = await core.link.send(public("Eins"), key="k1")
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.TOO_EXPENSIVE
            x.refusals = [No(402, {"title": "Payment Required"})]
            refused = await core.link.send(public("Eins"), key="k1")
            assert isinstance(refused, Permanent)
            assert refused.code is Refusal.TOO_EXPENSIVE
            x.refusals = [problem(403, "User has been suspended: [berta].")]
            refused = await core.link.send(public("Eins"), key="k1")
            assert isinstance(refused, Permanent), "another one's trouble is not ours"
            x.refusals = [problem(403, "Your account is suspended.")]
            assert isinstance(await core.link.send(public("Eins"), key="k1"), LoginNeeded)
            x.logged_in = False
            assert isinstance(await core.link.send(public("Eins"), key="k1"), LoginNeeded)

    run(story())


def test_where_nobody_listens_nothing_was_sent(x: X, tmp_path: Path) -> None:
    core = Core(x, tmp_path / "x", server="http://127.0.0.1:9")

    async def story() -> None:
        assert isinstance(await core.link.send(public("Eins"), key="k1"), Transient)
        await core.link.close()

    run(story())


@pytest.mark.parametrize("status", [500, 503])
def test_an_act_that_failed_is_done_again(x: X, core: Core, status: int) -> None:
    async def story() -> None:
        async with core:
            post = await core.link.send(public("Der Markt ist zu."), key="k1")
            assert isinstance(post, Sent)
            x.refusals = [No(status, {"title": "Broken"})]
            part = act(Act.DELETE, post.native_id)
            assert isinstance(await core.link.send(part, key="k2"), Transient)
            assert await core.link.send(part, key="k2") == post

    run(story())
