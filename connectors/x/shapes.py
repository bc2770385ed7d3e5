"""What X's objects say, under both of their names; pure.

X is renaming tweets to posts: the API answers `referenced_tweets` here and `referenced_posts` there
(its guides of July 2026, and its OpenAPI description 2.167 of August).
"""

import html
import re
from datetime import UTC, datetime

from connectors import shapes
from connectors.shapes import Object, at, listing, obj
from connectors.x import weight

ID = re.compile(r"[0-9]{1,19}")
_MENTIONS = re.compile(r"(?:@[A-Za-z0-9_]{1,15}\s+)+")
_SHORT = re.compile(r"https?://t\.co/\w+")
_FIRST_YEAR, _LAST_YEAR = 2006, 2100


def owner(access_token: str) -> str | None:
    """Return the id of the account that an access token of OAuth 1.0a is for: it begins with it.

    Source: docs.x.com, "OAuth 1.0a: obtaining user access tokens"; tweepy's `Client` relies on it.
    """
    account, dash, _ = access_token.strip().partition("-")
    return identity(account) if dash else None


def identity(value: object) -> str | None:
    """Return the id of a post, a message or a person."""
    found = shapes.text(value)
    return found if found and ID.fullmatch(found) else None


def instant(value: object) -> datetime | None:
    """Return a time as X writes it, with or without fractions of a second."""
    try:
        found = datetime.fromisoformat(shapes.text(value) or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _FIRST_YEAR <= found.year < _LAST_YEAR else None


def named(value: Object, name: str) -> object:
    """Return a field whose name has `post` in it, where X still says `tweet`."""
    found = value.get(name)
    return value.get(name.replace("post", "tweet")) if found is None else found


def references(post: Object) -> dict[str, str]:
    """Return which posts a post refers to, by how: replied_to, quoted, retweeted."""
    found = {}
    for one in map(obj, listing(named(post, "referenced_posts"))):
        kind, target = shapes.text(one.get("type")), identity(one.get("id"))
        if kind and target:
            found[kind] = target
    return found


def first_version(post: Object) -> str | None:
    """Return the id under which a post that was edited had come first."""
    ids = listing(named(post, "edit_history_post_ids"))
    return identity(ids[0]) if ids else None


def mentions(post: Object, account: str, handle: str) -> bool:
    """Tell whether a post names an account, by its id or its handle."""
    entities = obj(_long(post).get("entities")) or obj(post.get("entities"))
    people = [obj(one) for one in listing(entities.get("mentions"))]
    if any(identity(one.get("id")) == account for one in people):
        return True
    written = shapes.text(_long(post).get("text")) or shapes.text(post.get("text")) or ""
    return re.search(rf"@{re.escape(handle)}\b", written, re.IGNORECASE) is not None


def written(post: Object, handle: str) -> str:
    """Return what somebody has written: links in full, names before an answer left out."""
    whole = _long(post) if shapes.text(_long(post).get("text")) else post
    found = html.unescape(shapes.text(whole.get("text")) or "")
    for short, full in (_links(post) | _links(whole)).items():
        found = found.replace(short, full)
    is_reply = "replied_to" in references(post)
    leading = _MENTIONS.match(found) if is_reply else None
    if leading is None:
        leading = re.match(rf"@{re.escape(handle)}\b[,:!]?\s*", found, re.IGNORECASE)
    return found[leading.end() :] if leading else found


def same(ours: str, theirs: str) -> bool:
    """Tell whether a text of ours is one that X shows, where links have become short ones."""
    return _bare(ours) == _bare(_SHORT.sub("https://t.co", html.unescape(theirs)))


def _bare(written: str) -> str:
    end = 0
    parts = []
    for start, stop in weight.links(written):
        parts.append(written[end:start])
        end = stop
    return " ".join("\0".join([*parts, written[end:]]).split())


def _long(post: Object) -> Object:
    return obj(named(post, "note_post"))


def _links(value: Object) -> dict[str, str]:
    """Return short links and what they stand for: nothing where it is a file of the post itself."""
    found = {}
    for one in map(obj, listing(at(value, "entities", "urls"))):
        short, full = shapes.text(one.get("url")), shapes.text(one.get("expanded_url"))
        if short:
            found[short] = "" if one.get("media_key") is not None else full or short
    return found
