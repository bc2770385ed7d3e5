"""What leaves is posted once, where it belongs, as Bluesky wants it."""

from dataclasses import replace

import pytest

from connectors.base import OutboundPart, RawFile
from connectors.bluesky.connector import CONNECTOR
from connectors.bluesky.render import measure
from connectors.capabilities import Act, Visibility
from connectors.results import Duplicate, Permanent, Refusal, Sent, Transient, Unknown
from connectors.shapes import at, listing
from connectors.text import split
from tests.connectors.bluesky.support import Core, key_of, piece, post
from tests.fakes.bluesky import Object, XrpcError

FAMILY = "👨‍👩‍👧"
JPEG = RawFile("plan.jpg", "image/jpeg", b"\xff\xd8\xff plan")


def _last(core: Core) -> Object:
    return core.network.posts_of(core.us)[-1].value


def test_an_answer_names_the_thread_and_what_it_answers(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = core.mention("anna", "Wann?")
        await core.hear()
        first = await core.send(core.answer("Samstag.", asked), 1)
        assert isinstance(first, Sent)
        again = core.network.post(core.person("anna"), "Wo?", reply_to=first.native_id)
        await core.hear()
        await core.send(core.answer("Am Rathaus.", again), 2)
        reply = _last(core)["reply"]
        for name, uri in (("root", asked), ("parent", again)):
            record = core.network.records[uri]
            assert at(reply, name) == {"uri": uri, "cid": record.cid}

    core.run(story())


def test_links_and_whom_we_answer_can_be_followed(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = core.mention("anna", "Wo steht das?")
        await core.hear()
        text = f"Grüß Gott {FAMILY} @anna.test (siehe https://stadt.test/ä_b), @bert.test!"
        await core.send(core.answer(text, asked))
        marks = listing(_last(core)["facets"])
        found = {piece(text, one): at(one, "features") for one in marks}
        link, mention = "app.bsky.richtext.facet#link", "app.bsky.richtext.facet#mention"
        assert found == {
            "https://stadt.test/ä_b": [{"$type": link, "uri": "https://stadt.test/ä_b"}],
            "@anna.test": [{"$type": mention, "did": core.person("anna").did}],
        }

    core.run(story())


def test_an_answer_is_in_its_own_language_or_that_of_the_question(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        who = core.person("anna")
        asked = core.network.post(who, "When?", mention=core.us, extra={"langs": ["en"]})
        await core.hear()
        await core.send(core.answer("On Saturday.", asked))
        assert _last(core)["langs"] == ["en"]
        await core.send(replace(core.answer("Cumartesi.", asked), language="tr"), 3)
        assert _last(core)["langs"] == ["tr"]
        await core.send(post("Der Markt fällt aus."), 2)
        assert _last(core)["langs"] == ["de"]

    core.run(story())


def test_what_a_program_writes_says_so(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = core.mention("anna", "Wann?")
        await core.hear()
        await core.send(core.answer("Samstag.", asked, automatic=True), 1)
        assert at(_last(core)["labels"], "values") == [{"val": "bot"}]
        await core.send(core.answer("Samstag, sagt eine Kollegin.", asked), 2)
        assert "labels" not in _last(core)

    core.run(story())


def test_the_same_key_is_one_post_whatever_happened_before(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        sent = await core.send(post("einmal"), 7)
        assert isinstance(sent, Sent)
        assert await core.send(post("einmal"), 7) == Duplicate(sent.native_id)
        assert await core.link.find_sent(post("einmal"), key=key_of(7)) == sent.native_id
        assert await core.link.find_sent(post("nie"), key=key_of(8)) is None
        refused = await core.send(post("etwas anderes"), 7)
        assert isinstance(refused, Permanent), "nothing is written over"
        assert [one.value["text"] for one in core.network.posts_of(core.us)] == ["einmal"]

    core.run(story())


def test_a_server_that_breaks_while_posting_leaves_the_question_open(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.refusals += [XrpcError(502, "UpstreamFailure")]
        assert isinstance(await core.send(post("hallo")), Unknown)
        assert isinstance(await core.send(post("hallo")), Sent)

    core.run(story())


def test_three_hundred_characters_fit_and_one_more_does_not(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        fitting = ["ä" * 300, FAMILY * 166, "x" * 300, "ไทย" * 100]
        beyond = ["ä" * 301, FAMILY * 167, "x" * 301, "🏳️‍🌈" * 300]
        for number, text in enumerate(fitting):
            assert measure(text) <= CONNECTOR.capabilities.max_text
            assert isinstance(await core.send(post(text), number), Sent)
        for number, text in enumerate(beyond, 10):
            assert measure(text) > CONNECTOR.capabilities.max_text
            assert isinstance(await core.send(post(text), number), Permanent)
            parts = split(text, CONNECTOR.capabilities.max_text, measure)
            assert "".join(parts) == text
            for place, one in enumerate(parts):
                assert isinstance(await core.send(post(one), 100 * number + place), Sent)

    core.run(story())


def test_nothing_private_is_posted(core: Core) -> None:
    async def story() -> None:
        part = OutboundPart("", Visibility.PRIVATE, "Ihr Bescheid", recipient="did:plc:x")
        result = await core.send(part)
        assert isinstance(result, Permanent)
        assert result.code is Refusal.NOT_PRIVATE
        assert core.network.asked == []

    core.run(story())


def test_why_somebody_cannot_be_answered_is_told_apart(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        asked = {name: core.mention(name, "Hallo") for name in ("anna", "bert", "carla")}
        await core.hear()
        core.network.remove(asked["anna"])
        core.network.blocks.add((core.person("bert").did, core.us.did))
        core.network.closed.add(asked["carla"])
        found = [await core.send(core.answer("Hallo!", uri)) for uri in asked.values()]
        assert [one.code for one in found if isinstance(one, Permanent)] == [
            Refusal.REFUSED,
            Refusal.BLOCKED,
            Refusal.FORBIDDEN,
        ]
        assert core.network.posts_of(core.us) == []

    core.run(story())


def test_a_thread_goes_on_when_its_beginning_is_gone(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        sent = await core.send(post("Frage des Tages"))
        assert isinstance(sent, Sent)
        before = core.network.records[sent.native_id]
        asked = core.network.post(core.person("anna"), "Und?", reply_to=sent.native_id)
        await core.hear()
        core.network.remove(sent.native_id)
        assert isinstance(await core.send(core.answer("Ja.", asked), 2), Sent)
        assert at(_last(core), "reply", "root") == {"uri": before.uri, "cid": before.cid}

    core.run(story())


def test_an_image_goes_out_with_words_for_those_who_cannot_see_it(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        part = OutboundPart("", Visibility.PUBLIC, "Der neue Spielplatz", file=JPEG)
        assert isinstance(await core.send(part), Sent)
        (image,) = listing(at(_last(core), "embed", "images"))
        assert at(image, "alt") == "", "a name of a file describes nothing"
        described = replace(JPEG, description="Zwei Kinder auf einer Rutsche")
        assert isinstance(await core.send(replace(part, file=described), 2), Sent)
        (image,) = listing(at(_last(core), "embed", "images"))
        assert at(image, "alt") == described.description
        link = str(at(image, "image", "ref", "$link"))
        assert core.network.blobs[link] == ("image/jpeg", JPEG.content)

    core.run(story())


def test_an_image_at_which_the_server_breaks_is_given_up_after_three_tries(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.broken_images.add(JPEG.content)
        part = OutboundPart("", Visibility.PUBLIC, file=JPEG)
        found = [await core.send(part) for _ in range(3)]
        assert [type(one) for one in found] == [Transient, Transient, Permanent]

    core.run(story())


def test_an_image_that_is_too_large_for_the_server_is_called_so(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        core.network.largest = 4
        result = await core.send(OutboundPart("", Visibility.PUBLIC, file=JPEG))
        assert isinstance(result, Permanent)
        assert result.code is Refusal.TOO_LARGE

    core.run(story())


def test_our_own_posts_can_be_deleted_twice_and_nobody_elses(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        sent = await core.send(post("ein Irrtum"))
        assert isinstance(sent, Sent)
        hers = core.mention("anna", "Hallo")
        for target, wanted in ((sent.native_id, Sent), (sent.native_id, Sent), (hers, Permanent)):
            part = OutboundPart("", Visibility.PUBLIC, act=Act.DELETE, target=target)
            assert isinstance(await core.send(part, 2), wanted)
        assert set(core.network.records) == {hers}

    core.run(story())


def test_answers_below_our_posts_can_be_hidden_each_once(core: Core) -> None:
    async def story() -> None:
        await core.hear()
        sent = await core.send(post("Der Markt fällt aus."))
        assert isinstance(sent, Sent)
        bad = [core.network.post(core.person("bert"), t, reply_to=sent.native_id) for t in "xy"]
        for target in (*bad, bad[0]):
            part = OutboundPart(sent.native_id, Visibility.PUBLIC, act=Act.HIDE, target=target)
            assert isinstance(await core.send(part, 2), Sent)
        gate = core.network.records[sent.native_id.replace("feed.post", "feed.threadgate")]
        assert gate.value["hiddenReplies"] == bad
        assert gate.value["post"] == sent.native_id
        assert "allow" not in gate.value, "everybody may still answer"
        other = core.mention("bert", "Guten Tag")
        for thread, target in ((other, other), ("", bad[0])):
            part = OutboundPart(thread, Visibility.PUBLIC, act=Act.HIDE, target=target)
            assert isinstance(await core.send(part, 2), Permanent)

    core.run(story())


@pytest.mark.parametrize("act", [Act.EDIT])
def test_what_bluesky_has_not_is_refused(core: Core, act: Act) -> None:
    async def story() -> None:
        part = OutboundPart("", Visibility.PUBLIC, "neu", act=act, target="at://x/y/z")
        assert await core.send(part) == Permanent(Refusal.UNSUPPORTED, act)
        assert core.network.asked == []

    core.run(story())
