"""What X tells by itself, over webhooks of the X Activity API; pure.

Source: docs.x.com, "V2 Webhooks API" (the check, the signature) and "X Activity API event payload
examples" (the bodies).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.base import RawItem
from connectors.push import Answer, Call
from connectors.shapes import Object, at, listing, number, obj, text
from connectors.x import items
from connectors.x.items import Me
from connectors.x.shapes import identity, owner

_POSTS = frozenset({"post.mention.create", "post.reply.create", "post.quote.create"})
_DELETED = "post.delete"


def receive(call: Call, values: Mapping[str, str], now: datetime) -> Answer:  # noqa: ARG001 (X signs no time)
    """Read a request of X: its check, or an event.

    The same event may come twice, and also when mentions are fetched: its name is the same then.
    """
    secret = values.get("consumer_secret", "").strip()
    if not secret:
        return Answer(401)
    if call.method == "GET":
        return _check(call, secret)
    signature = call.headers.get("x-twitter-webhooks-signature", "")
    if not hmac.compare_digest(_sign(secret, call.body).encode(), signature.encode()):
        return Answer(401)
    try:
        said = obj(json.loads(call.body))
    except (ValueError, RecursionError):
        return Answer(400)
    handle = values.get("account", "").removeprefix("@")
    event = obj(said.get("data"))
    # Accounts that share an app share its secret, and X's calls for one may reach the other. That
    # somebody has deleted a post says nothing to anybody who does not have it.
    ours = identity(at(event, "filter", "user_id")) == owner(values.get("access_token", ""))
    if not ours and event.get("event_type") != _DELETED:
        return Answer(200)
    return Answer(200, tuple(_items(event, handle)))


def _check(call: Call, secret: str) -> Answer:
    """Answer X's question whether we know the app's secret."""
    token = call.query.get("crc_token", "")
    if not token:
        return Answer(400)
    body = json.dumps({"response_token": _sign(secret, token.encode())}).encode()
    return Answer(200, body=body, media_type="application/json")


def _sign(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"


def _items(event: Object, handle: str) -> list[RawItem]:
    account = identity(at(event, "filter", "user_id"))
    kind = text(event.get("event_type")) or ""
    payload, includes = obj(event.get("payload")), obj(event.get("includes"))
    if account is None:
        return []
    me = Me(account, handle)
    if kind in _POSTS:
        return items.of_post(payload, includes, me)
    if kind == _DELETED:
        gone = identity(payload.get("id"))
        return [items.of_deletion(gone, me)] if gone else []
    if kind == "dm.received":
        return _messages(payload, me)
    if kind == "chat.received":
        return items.of_chat(payload, me)
    return []


def _messages(payload: Object, me: Me) -> list[RawItem]:
    """Return the items of direct messages, which come here in the shape of the API before."""
    people = [obj(at(one, "data")) or obj(one) for one in obj(payload.get("users")).values()]
    found = []
    for event in map(obj, listing(payload.get("direct_message_events"))):
        said = obj(event.get("message_create"))
        media = obj(at(said, "message_data", "attachment", "media"))
        key = text(media.get("id_str")) or text(media.get("media_key"))
        includes: dict[str, object] = {"users": people}
        fresh: dict[str, object] = {
            "id": event.get("id"),
            "event_type": "MessageCreate",
            "sender_id": said.get("sender_id"),
            "dm_conversation_id": _conversation(said),
            "text": at(said, "message_data", "text"),
            "created_at": _time(event.get("created_timestamp")),
            "entities": at(said, "message_data", "entities"),
        }
        if key:
            url = text(media.get("media_url_https")) or text(media.get("url"))
            fresh["attachments"] = {"media_keys": [key]}
            includes["media"] = [{"media_key": key, "type": media.get("type"), "url": url}]
        found += items.of_message(fresh, includes, me)
    return found


def _conversation(said: Object) -> str | None:
    """Return the id of a conversation of two, as X makes it: the smaller id first."""
    two = [identity(said.get("sender_id")), identity(at(said, "target", "recipient_id"))]
    ids = sorted((one for one in two if one), key=int)
    return "-".join(ids) if len(ids) == 2 else None


def _time(stamp: object) -> str | None:
    found = text(stamp)
    milliseconds = int(found[:14]) if found and found.isdecimal() else number(stamp)
    if not milliseconds or not 0 < milliseconds < 10**13:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
