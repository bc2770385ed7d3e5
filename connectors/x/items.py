"""Raw items of posts and messages, the same whether they were fetched or pushed; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.base import Lost, RawItem
from connectors.shapes import Object, at, listing, obj, text
from connectors.x.shapes import (
    first_version,
    identity,
    instant,
    mentions,
    named,
    references,
)

PHOTOS = 4  # that a post may have
_KEPT_OF_A_PERSON = ("id", "name", "username")


@dataclass(frozen=True, slots=True)
class Me:
    """Our account: its id, and its name without the sign before it."""

    id: str
    handle: str


def place_lost(newest: str) -> RawItem:
    """Return a note that the place was lost: what comes after `newest` is read again."""
    why = Lost.PLACE_LOST
    return RawItem(f"skipped:{why}:{newest}", f"skipped:{why}", {"skipped": why})


def of_post(post: Object, includes: Object, me: Me) -> list[RawItem]:
    """Return the items of a post: its words with the first photo, and one for each further photo.

    There are none for what we have written, and for mere repetitions of others' posts.
    """
    author = identity(post.get("author_id"))
    refers = references(post)
    if author == me.id or "retweeted" in refers:
        return []
    post_id = identity(post.get("id"))
    if post_id is None:
        return [_unnamed("post", post, me)]
    conversation = identity(post.get("conversation_id")) or post_id
    first = first_version(post) or post_id
    payload: dict[str, object] = {
        "me": me.id,
        "handle": me.handle,
        "kind": "post",
        "post": post,
        "user": _person(includes, author),
        "summoned": _summons(post, includes, me),
        "below": conversation if _is_below_ours(post, includes, me) else None,
        "media": _media(post, includes),
        "part": 1,
    }
    photos = photos_of(payload)
    parts = max(1, len(photos)) if first == post_id else 1  # an edit changes words only
    return [
        RawItem(
            event_id=f"post:{post_id}" if part == 1 else f"post:{post_id}/{part}",
            order_key=conversation,
            payload={**payload, "part": part},
            sent_at=instant(post.get("created_at")),
            about=first if part == 1 else f"{post_id}/{part}",
            awaits=first == post_id and len(photos) >= part,
        )
        for part in range(1, parts + 1)
    ]


def of_message(event: Object, includes: Object, me: Me) -> list[RawItem]:
    """Return the items of a direct message, as of a post.

    In a group only what names us is for us.
    """
    sender = identity(event.get("sender_id"))
    if sender == me.id:
        return []
    event_id = identity(event.get("id"))
    if event_id is None:
        return [_unnamed("message", event, me)]
    other = partner(event, me.id)
    if other is None and not mentions(event, me.id, me.handle):
        return []
    payload: dict[str, object] = {
        "me": me.id,
        "handle": me.handle,
        "kind": "message",
        "event": event,
        "user": _person(includes, sender),
        "media": _media(event, includes),
        "part": 1,
    }
    photos = photos_of(payload)
    return [
        RawItem(
            event_id=f"dm:{event_id}" if part == 1 else f"dm:{event_id}/{part}",
            order_key=thread_of(event, me.id),
            payload={**payload, "part": part},
            sent_at=instant(event.get("created_at")),
            about=f"dm:{event_id}" if part == 1 else f"dm:{event_id}/{part}",
            awaits=len(photos) >= part,
        )
        for part in range(1, max(1, len(photos)) + 1)
    ]


def of_deletion(post_id: str, me: Me) -> RawItem:
    """Return the item of a post that its author has taken back."""
    payload = {"me": me.id, "handle": me.handle, "kind": "deleted", "id": post_id}
    return RawItem(f"deleted:{post_id}", post_id, payload, about=post_id)


def of_chat(event: Object, me: Me) -> list[RawItem]:
    """Return the item of an encrypted chat message: nobody here can read it, but it is there."""
    sender = identity(event.get("sender_id"))
    name = text(event.get("id"))
    if sender is None or not name or sender == me.id:
        return []
    payload = {
        "me": me.id,
        "handle": me.handle,
        "kind": "chat",
        "id": name[:100],
        "sender": sender,
    }
    return [RawItem(f"chat:{name[:100]}", f"dm:{sender}", payload, about=f"chat:{name[:100]}")]


def partner(event: Object, me: str) -> str | None:
    """Return with whom we are alone in a conversation; None for a group, or what may be one.

    The id of a conversation of two is made of both of theirs, `1-2` (docs.x.com, "Direct Messages
    Lookup").
    """
    people = (text(event.get("dm_conversation_id")) or "").split("-")
    if len(people) != 2 or me not in people or not all(map(identity, people)):
        return None
    others = [one for one in people if one != me]
    return others[0] if len(others) == 1 and others[0] == event.get("sender_id") else None


def thread_of(event: Object, me: str) -> str:
    """Return the thread of a direct message."""
    other = partner(event, me)
    if other is not None:
        return f"dm:{other}"
    return f"group:{(text(event.get('dm_conversation_id')) or 'unknown')[:100]}"


def photos_of(payload: Mapping[str, object]) -> list[Object]:
    """Return the photos of a payload, in order."""
    media = [obj(one) for one in listing(payload.get("media"))]
    return [one for one in media if one.get("type") == "photo" and text(one.get("url"))][:PHOTOS]


def _media(value: Object, includes: Object) -> list[Object]:
    """Return the media of a post or a message, as far as X has told of them."""
    keys = listing(at(value, "attachments", "media_keys"))
    known = {one.get("media_key"): one for one in map(obj, listing(includes.get("media")))}
    return [known.get(key, {"media_key": key}) for key in keys if isinstance(key, str)]


def _summons(post: Object, includes: Object, me: Me) -> bool:
    """Tell whether an author has addressed us: by our name, or by quoting a post of ours.

    Only then X lets a program answer (changelog of docs.x.com, 23 February 2026).
    """
    if mentions(post, me.id, me.handle):
        return True
    return _is_told_as_ours(references(post).get("quoted"), includes, me)


def _is_below_ours(post: Object, includes: Object, me: Me) -> bool:
    """Tell whether a post stands in a conversation that a post of ours began.

    X says so of a direct answer to it; of one further down only if it tells of the first post too.
    """
    first = identity(post.get("conversation_id"))
    if first is None or first == identity(post.get("id")):
        return False
    answers_first = references(post).get("replied_to") == first
    if answers_first and identity(post.get("in_reply_to_user_id")) == me.id:
        return True
    return _is_told_as_ours(first, includes, me)


def _is_told_as_ours(post_id: str | None, includes: Object, me: Me) -> bool:
    """Tell whether X has told beside a post that another one is ours."""
    others = map(obj, listing(named(includes, "posts")))
    return post_id is not None and any(
        one.get("id") == post_id and identity(one.get("author_id")) == me.id for one in others
    )


def _person(includes: Object, person: str | None) -> Object:
    for one in map(obj, listing(includes.get("users"))):
        if identity(one.get("id")) == person:
            return {name: one[name] for name in _KEPT_OF_A_PERSON if name in one}
    return {}


def _unnamed(kind: str, value: Object, me: Me) -> RawItem:
    """Return an item for what has no name: nobody can read it, so it is shown."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
    payload = {"me": me.id, "handle": me.handle, "kind": kind, "broken": value}
    return RawItem(f"unnamed:{digest}", "unnamed", payload)
