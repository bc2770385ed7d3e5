"""Writing Bluesky records; pure."""

from collections.abc import Mapping
from datetime import datetime

from connectors.bluesky import facets
from connectors.bluesky.items import IMAGES, POST
from connectors.shapes import Object
from connectors.text import graphemes, utf8

GATE = "app.bsky.feed.threadgate"


def measure(text: str) -> int:
    """Return how much of a post's 300 a text takes: characters, or bytes where they are scarcer.

    A post holds 300 characters as a reader sees them, and 3000 bytes (app.bsky.feed.post).
    """
    return max(graphemes(text), -(-utf8(text) // 10))


def post(
    text: str,
    created_at: datetime,
    *,
    reply: Object | None,
    language: str,
    people: Mapping[str, str],
    automatic: bool,
    embed: Object | None,
) -> dict[str, object]:
    """Return the record of a post; `people` as for `facets.written`.

    `automatic` is told as a label of the post itself: there is no other way to.
    """
    found: dict[str, object] = {
        "$type": POST,
        "text": text,
        "createdAt": instant(created_at),
        "langs": [language],
    }
    marks = facets.written(text, people)
    bot = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
    return (
        found
        | ({"facets": marks} if marks else {})
        | ({"reply": reply} if reply else {})
        | ({"embed": embed} if embed else {})
        | ({"labels": bot} if automatic else {})
    )


def image(blob: Object, alt: str) -> dict[str, object]:
    """Return what attaches an image to a post."""
    return {"$type": IMAGES, "images": [{"image": blob, "alt": alt}]}


def gate(root: str, created_at: datetime) -> dict[str, object]:
    """Return the record that lets the author of a thread hide answers; everybody may answer."""
    return {"$type": GATE, "post": root, "createdAt": instant(created_at), "hiddenReplies": []}


def instant(at: datetime) -> str:
    """Return an instant as records have it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
