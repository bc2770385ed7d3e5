"""What X shows: posts and messages, page by page, and what it pushes; in either dialect."""

import hashlib
import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.fakes.x import HANDLE, US, Object, Post, X, problem

LINK = re.compile(r"https?://[^\s]+")
_PAGES = {
    "mentions": (5, 100, "since_id"),
    "tweets": (5, 100, "since_id"),
    "dm_events": (1, 100, "event_types"),
}
POST_WORDS = {
    "tweet": {
        "tweet.fields": "attachments author_id conversation_id created_at edit_history_tweet_ids "
        "entities in_reply_to_user_id note_tweet referenced_tweets",
        "expansions": "author_id attachments.media_keys referenced_tweets.id",
    },
    "post": {
        "post.fields": "attachments conversation_id created_at entities note_post",
        "expansions": "author_id attachments.media_keys edit_history_post_ids "
        "in_reply_to_user_id referenced_posts",
    },
}
MESSAGE_WORDS = {
    "dm_event.fields": "attachments created_at dm_conversation_id entities event_type id text",
    "expansions": "sender_id attachments.media_keys",
}
_COMMON = ("user.fields", "media.fields")


def told(x: X, post: Post) -> Object:
    """Return the body of a webhook about a post."""
    return {
        "data": {
            "event_uuid": str(x.next_id()),
            "filter": {"user_id": US},
            "event_type": "post.mention.create",
            "payload": shown(x, post),
            "includes": {"users": [user(x, post.author)]},
        }
    }


def told_directly(x: X, event: Post) -> Object:
    """Return the body of a webhook about a direct message, in its older shape."""
    users = {one: {"data": user(x, one)} for one in (event.author, US)}
    created: Object = {
        "type": "message_create",
        "id": str(event.id),
        "created_timestamp": str(int(event.at * 1000)),
        "message_create": {
            "target": {"recipient_id": US},
            "sender_id": event.author,
            "message_data": {"text": event.text, "entities": {"urls": []}},
        },
    }
    return {
        "data": {
            "event_uuid": str(x.next_id()),
            "filter": {"user_id": US},
            "event_type": "dm.received",
            "payload": {"direct_message_events": [created], "users": users},
        }
    }


def shown(x: X, post: Post) -> Object:
    """Return a post as X shows it: short links, escaped signs, in its dialect."""
    if post.broken is not None:
        return post.broken
    text, urls = _shortened(post.text)
    mentions = [
        {"start": at.start(), "end": at.end(), "username": at[1], "id": account}
        for at in re.finditer(r"@(\w+)", text)
        for account, handle in x.people.items()
        if handle.lower() == at[1].lower()
    ]
    refers = [("replied_to", post.replied_to), ("quoted", post.quoted)]
    referenced = [{"type": kind, "id": str(one)} for kind, one in refers if one]
    answered = x.find(post.replied_to)
    found: Object = {
        "id": str(post.id),
        "text": text,
        "author_id": post.author,
        "conversation_id": post.conversation,
        "created_at": _as_time(post.at),
        f"edit_history_{x.dialect}_ids": [str(one) for one in post.history],
        "entities": {"urls": urls, "mentions": mentions},
    }
    if referenced:
        found[f"referenced_{x.dialect}s"] = referenced
    if answered:
        found["in_reply_to_user_id"] = answered.author
    if post.media:
        found["attachments"] = {"media_keys": list(post.media)}
    return found


def _shown_message(x: X, event: Post) -> Object:
    if event.broken is not None:
        return event.broken
    text, urls = _shortened(event.text)
    found: Object = {
        "id": str(event.id),
        "event_type": "MessageCreate",
        "text": text,
        "sender_id": event.author,
        "dm_conversation_id": event.conversation,
        "created_at": _as_time(event.at),
        "entities": {"urls": urls},
    }
    return found | ({"attachments": {"media_keys": list(event.media)}} if event.media else {})


def _shortened(text: str) -> tuple[str, list[Object]]:
    """Escape a text and shorten its links."""
    urls: list[Object] = []

    def short(found: re.Match[str]) -> str:
        name = hashlib.sha256(found[0].encode()).hexdigest()[:10]
        url = f"https://t.co/{name}"
        full = html.unescape(found[0])
        urls.append(
            {"start": found.start(), "end": found.start() + len(url), "url": url}
            | {"expanded_url": full, "display_url": full.partition("://")[2][:30]}
        )
        return url

    return LINK.sub(short, html.escape(text, quote=False)), urls


def names_us(x: X, post: Post) -> bool:
    if post.broken is not None:
        return True
    answered, quoted = x.find(post.replied_to), x.find(post.quoted)
    return (
        re.search(rf"@{HANDLE}\b", post.text, re.IGNORECASE) is not None
        or (answered is not None and answered.author == US != post.author)
        or (quoted is not None and quoted.author == US != post.author)
    )


def user(x: X, account: str) -> Object:
    handle = x.people[account]
    return {"id": account, "name": handle.title(), "username": handle}


def page(x: X, kind: str, query: Mapping[str, str], found: list[Post]) -> Object:
    least, most, other = _PAGES[kind]
    is_message = kind == "dm_events"
    known = MESSAGE_WORDS if is_message else POST_WORDS[x.dialect]
    for name, value in query.items():
        if name in known:
            wrong = set(value.split(",")) - set(known[name].split())
        else:
            usual = {"max_results", "pagination_token", other, *_COMMON}
            wrong = set() if name in usual else {name}
        if wrong:
            raise problem(
                400,
                f"The query parameter or value [{','.join(sorted(wrong))}] is not valid.",
                "https://api.x.com/2/problems/invalid-request",
                "Invalid Request",
            )
    size = int(query.get("max_results", "10"))
    if not least <= size <= most:
        raise problem(
            400,
            "max_results",
            "https://api.x.com/2/problems/invalid-request",
            "Invalid Request",
        )
    since, token = int(query.get("since_id", "0")), query.get("pagination_token", "")
    before = int(token.removeprefix("fake-page-")) if token else x.last + 1
    newest = sorted(
        (post for post in found if since < post.id < before),
        key=lambda post: post.id,
        reverse=True,
    )
    page = newest[:size]
    meta: Object = {"result_count": len(page)}
    if page and not is_message:
        meta |= {"newest_id": str(page[0].id), "oldest_id": str(page[-1].id)}
    if len(newest) > size:
        meta["next_token"] = f"fake-page-{page[-1].id}"
    if not page:
        return {"meta": meta}
    keys = [key for post in page for key in post.media]
    includes: Object = {"users": [user(x, one) for one in {post.author for post in page}]}
    if media := [x.media[key] for key in dict.fromkeys(keys) if key in x.media]:
        includes["media"] = media
    about = [x.find(one) for post in page for one in (post.replied_to, post.quoted)]
    if others := {post.id: post for post in about if post}:
        includes[f"{x.dialect}s"] = [shown(x, post) for post in others.values()]
    show = _shown_message if is_message else shown
    return {"data": [show(x, post) for post in page], "includes": includes, "meta": meta}


def _as_time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + "000Z"
