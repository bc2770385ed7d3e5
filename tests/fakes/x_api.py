"""What X does when it is asked, and how it says no."""

import base64
import re
import unicodedata
from collections.abc import Mapping

from tests.fakes.x import HANDLE, US, Object, Post, X, problem
from tests.fakes.x_shown import LINK, names_us, page, user


def answer(
    x: X, method: str, path: str, query: Mapping[str, str], body: object
) -> tuple[int, object]:
    """Answer a request that is signed well; raises `Refusal`."""
    parts = path.strip("/").split("/")[1:]
    said = body if isinstance(body, dict) else {}
    found = _listed(x, parts, query) if method == "GET" else _written(x, method, parts, said)
    if found is not None:
        return 201 if method == "POST" and parts[0] != "media" else 200, found
    raise problem(404, f"Nothing at {path}.", "https://api.x.com/2/problems/resource-not-found")


def _listed(x: X, parts: list[str], query: Mapping[str, str]) -> Object | None:
    match parts:
        case ["users", "me"]:
            return {"data": user(x, US)}
        case ["users", _, "mentions"]:
            return page(x, "mentions", query, [post for post in x.posts if names_us(x, post)])
        case ["users", _, "tweets"]:
            ours = [post for post in x.posts if post.author == US]
            return page(x, "tweets", query, ours)
        case ["dm_events"]:
            return page(x, "dm_events", query, x.messages)
        case ["dm_conversations", *place, "dm_events"]:
            two = "-".join(sorted((place[-1], US), key=int)) if len(place) > 1 else place[0]
            there = [event for event in x.messages if event.conversation == two]
            return page(x, "dm_events", query, there)
    return None


def _written(x: X, method: str, parts: list[str], said: Object) -> Object | None:
    match method, *parts:
        case "POST", "tweets":
            return _posted(x, said)
        case "DELETE", "tweets", name:
            return _deleted(x.posts, name)
        case "DELETE", "dm_events", name:
            return _deleted(x.messages, name)
        case "PUT", "tweets", name, "hidden":
            return _hidden(x, name, said)
        case "POST", "dm_conversations", "with", other, "messages":
            if other in x.closed_to_us or other not in x.people:
                raise problem(403, "You cannot send messages to this user.")
            return _sent(x, "-".join(sorted((other, US), key=int)), said)
        case "POST", "dm_conversations", group, "messages":
            return _sent(x, group, said)
        case "POST", "media", "upload":
            return _uploaded(x, said)
        case "POST", "media", "metadata":
            return _described(x, said)
    return None


def _described(x: X, said: Object) -> Object:
    metadata = said["metadata"]
    assert isinstance(metadata, dict)
    x.described[str(said["id"])] = metadata["alt_text"]["text"]
    return {"data": {"id": said["id"], "associated_metadata": {}}}


def _posted(x: X, said: Object) -> Object:
    text = str(said.get("text", ""))
    reply, media = said.get("reply"), said.get("media")
    target = int(reply["in_reply_to_tweet_id"]) if isinstance(reply, dict) else None
    keys = tuple(map(str, media["media_ids"])) if isinstance(media, dict) else ()
    if not text and not keys:
        raise problem(400, "text", "https://api.x.com/2/problems/invalid-request")
    if _weight(text) > 280:
        raise problem(403, "Your Tweet text is too long. For more information ...")
    if target:
        _demand_summons(x, target)
    if not keys and any(
        (post.author, post.text, post.replied_to) == (US, text, target) for post in x.posts
    ):
        raise problem(403, "You are not allowed to create a Tweet with duplicate content.")
    name = x.write(HANDLE, text, reply_to=target, media=keys)
    return {"data": {"id": str(name), "text": text}}


def _demand_summons(x: X, target: int) -> None:
    answered = x.find(target)
    if answered is None:
        raise problem(403, "You attempted to reply to a Tweet that is deleted or not visible.")
    quoted = x.find(answered.quoted)
    if answered.author == US or re.search(rf"@{HANDLE}\b", answered.text, re.IGNORECASE):
        return
    if quoted is not None and quoted.author == US:
        return
    raise problem(
        403,
        "Reply to this conversation is not allowed because you have not been mentioned or "
        "otherwise engaged by the author of the post you are replying to.",
    )


def _deleted(among: list[Post], name: str) -> Object:
    mine = [one for one in among if str(one.id) == name and one.author == US]
    if not mine:
        raise problem(
            404, "Not found.", "https://api.x.com/2/problems/resource-not-found", "Not Found"
        )
    among.remove(mine[0])
    return {"data": {"deleted": True}}


def _hidden(x: X, name: str, said: Object) -> Object:
    post = x.find(int(name))
    root = x.find(int(post.conversation)) if post else None
    if post is None or root is None or root.author != US:
        raise problem(403, "You are not the author of the conversation.")
    post.hidden = said.get("hidden") is True
    return {"data": {"hidden": post.hidden}}


def _sent(x: X, conversation: str, said: Object) -> Object:
    attachments = said.get("attachments")
    keys = [one["media_id"] for one in attachments] if isinstance(attachments, list) else []
    event_id = x.next_id()
    text = str(said.get("text", ""))
    event = Post(event_id, US, text, conversation, media=tuple(keys), at=x.now())
    x.messages.append(event)
    return {"data": {"dm_conversation_id": conversation, "dm_event_id": str(event_id)}}


def _uploaded(x: X, said: Object) -> Object:
    content = base64.b64decode(str(said["media"]), validate=True)
    if said["media_category"] not in {"tweet_image", "dm_image"} or not content:
        raise problem(400, "media", "https://api.x.com/2/problems/invalid-request")
    name = str(x.next_id())
    x.files[f"/media/{name}.jpg"] = content
    x.media[name] = {
        "media_key": name,
        "type": "photo",
        "url": f"{x.url}/media/{name}.jpg",
    }
    return {"data": {"id": name, "media_key": f"3_{name}", "size": len(content)}}


def _weight(text: str) -> int:
    """Count roughly as X does: enough to notice a text that is far too long."""
    text = LINK.sub("x" * 23, unicodedata.normalize("NFC", text))
    return len(re.sub("[\u200d\ufe0f\U0001f3fb-\U0001f3ff]", "", text))
