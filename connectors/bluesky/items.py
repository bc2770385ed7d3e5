"""Raw items: a notification with what reading it needs, whatever it looks like."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.base import Lost, RawItem
from connectors.shapes import Object, at, identifier, listing, number, obj

POST = "app.bsky.feed.post"
IMAGES = "app.bsky.embed.images"
_WITH_MEDIA = "app.bsky.embed.recordWithMedia"
_LARGEST = 256 * 1024  # bytes; a post has 3000 of text
_DEEPEST = 60
MOST_IMAGES = 4  # by the lexicon
_PARTS = ("uri", "cid", "reason", "reasonSubject", "record", "indexedAt")
_AUTHOR = ("did", "handle", "displayName", "labels")


def items(note: Object, me: str, largest: int) -> Iterator[RawItem]:
    """Return the raw items of a notification: one, and one more for each image but the first.

    `largest` is how many bytes an image may have. What nobody could store becomes a note about it.
    """
    key = key_of(note)
    kept = {name: note[name] for name in _PARTS if name in note}
    kept["author"] = {
        name: value for name, value in obj(note.get("author")).items() if name in _AUTHOR
    }
    uri = identifier(note.get("uri"))
    record = obj(note.get("record"))
    order = order_of(note)
    if _is_monstrous(kept):
        lost = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
        yield RawItem(f"skipped:{lost}", order, {"skipped": Lost.MONSTROUS}, about=uri)
        return
    sent_at = instant(note.get("indexedAt"))
    found = images(record)[:MOST_IMAGES]
    for place in range(max(len(found), 1)):
        yield RawItem(
            event_id=f"{key}#{place}" if place else key,
            order_key=order,
            payload={"me": me, "image": place, "largest": largest, "notification": kept},
            sent_at=sent_at,
            about=uri and part_of(uri, place),
            awaits=bool(found) and fits(found[place], largest),
        )


def gone(uri: str, order: str, me: str) -> RawItem:
    """Return the raw item which says that a post is not there any more."""
    payload = {"me": me, "gone": uri, "order": order}
    return RawItem(f"{uri}#gone", order, payload, about=uri)


def order_of(note: Object) -> str:
    """Return in which order a notification is stored: that of its thread."""
    record = obj(note.get("record"))
    if "reasonSubject" in note and "text" not in record:  # a sign on a message of ours
        return identifier(note["reasonSubject"]) or key_of(note)
    return identifier(at(record, "reply", "root", "uri")) or key_of(note)


def part_of(uri: str, place: int) -> str:
    """Return the native id of an image: the first one is the post's own."""
    return f"{uri}#{place}" if place else uri


def post_of(native_id: str) -> str:
    """Return the post to which a native id belongs."""
    return native_id.partition("#")[0]


def key_of(note: Object) -> str:
    """Return what tells a notification from every other one."""
    uri = identifier(note.get("uri"))
    if uri:
        return uri
    try:
        content = json.dumps(note, sort_keys=True)
    except RecursionError:
        content = json.dumps(sorted(note))
    return f"unnamed:{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def images(record: Object) -> list[Object]:
    """Return the images of a post, as its record has them."""
    embed = media(record)
    if embed.get("$type") != IMAGES:
        return []
    return [obj(one) for one in listing(embed.get("images"))]


def media(record: Object) -> Object:
    """Return what is attached to a post, beside a quotation."""
    embed = obj(record.get("embed"))
    return obj(embed.get("media")) if embed.get("$type") == _WITH_MEDIA else embed


def fits(image: Object, largest: int) -> bool:
    """Tell whether an image may be fetched, as far as its author says how large it is."""
    size = number(at(image, "image", "size"))
    return size is None or size <= largest


def instant(value: object) -> datetime | None:
    """Return an instant as it stands in an answer; None for what is none."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _is_monstrous(kept: Object) -> bool:
    level: list[object] = [kept]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return len(json.dumps(kept)) > _LARGEST
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
