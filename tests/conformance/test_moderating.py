"""What others have written where we are the host: put out of sight as promised, or left alone."""

import pytest

from connectors.base import Link, OutboundPart
from connectors.capabilities import Act, Visibility
from connectors.results import Permanent, Refusal, SendResult, Sent
from tests.conformance.case import case
from tests.conformance.counterpart import NotOffered
from tests.conformance.stage import Stage
from tests.conformance.test_out import run, warm

_WORDS = "Unter aller Kanone"


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(
            (Act.HIDE, Act.SHOW),
            marks=case(12, "what others have written can be hidden, and shown again"),
        ),
        pytest.param((Act.DELETE,), marks=case(12, "what others have written can be deleted")),
    ],
)
def test_others_are_moderated_as_promised(stage: Stage, acts: tuple[Act, ...]) -> None:
    can = stage.connector.capabilities

    async def story() -> None:
        async with stage:
            link = await stage.met("anna")
            async with stage.pulled(link):
                await warm(stage, link)
                word = f"{_WORDS}, {' und '.join(acts)}"
                native_id = await say_as_a_guest(stage, link, word)
                await stage.until(link, lambda: stage.message(word))
                assert stage.platform.shows(native_id)
                for act in acts:
                    result = await moderate(stage, link, word, act)
                    if act in can.moderates:
                        assert isinstance(result, Sent), result
                        assert stage.platform.shows(native_id) == (act is Act.SHOW)
                        continue
                    assert stage.platform.shows(native_id), "it stands as it was"
                    if act not in can.acts:
                        assert result == Permanent(Refusal.UNSUPPORTED, act)
            if not can.moderates & set(acts):
                raise NotOffered("what others write there is theirs")

    run(story())


async def say_as_a_guest(stage: Stage, link: Link, text: str) -> str:
    """Have somebody write below a post of ours, or where everybody writes; return its name."""
    ours = OutboundPart("", Visibility.PUBLIC, "Heute ist Markt.")
    post = await link.send(ours, key=stage.key())
    assert isinstance(post, Sent | Permanent), post  # not everywhere there are posts
    below = post.native_id if isinstance(post, Sent) else None
    is_open = Visibility.PUBLIC in stage.connector.capabilities.visibility
    where = Visibility.PUBLIC if is_open else Visibility.PRIVATE
    return stage.platform.say("anna", text, visibility=where, reply_to=below)


async def moderate(stage: Stage, link: Link, text: str, act: Act) -> SendResult:
    """Do this to what somebody has written, as the core asks for it."""
    written = stage.message(text)
    assert written is not None
    part = OutboundPart(written.thread, written.visibility, act=act, target=written.native_id)
    return await link.send(part, key=stage.key())
