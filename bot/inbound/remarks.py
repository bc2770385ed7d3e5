"""Comments below posts of the city's own: what is kept of them, and which posts are criticised."""

from collections.abc import Iterable

from bot.alarms.comments import Post
from bot.inbound.reading import Burst
from connectors.base import InboundMessage


def columns(burst: Burst, message: InboundMessage) -> dict[str, object]:
    """Return what is stored with a message; of one that is no comment nobody asks for its mood."""
    is_comment = message.below is not None
    return {"below": message.below, "negative": is_comment and _is_negative(burst)}


def criticised(bursts: Iterable[Burst]) -> set[Post]:
    """Return the posts below which somebody disapproves now."""
    return {
        (burst.key[0], message.below)
        for burst in bursts
        if _is_negative(burst)
        for message in burst.messages
        if message.below is not None
    }


def _is_negative(burst: Burst) -> bool:
    return burst.understanding is not None and burst.understanding.negative
