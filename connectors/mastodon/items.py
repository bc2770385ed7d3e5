"""Raw items: a notification or a change, with what reading it needs beside it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta

from connectors.base import Lost, RawItem
from connectors.mastodon import statuses
from connectors.mastodon.statuses import Me
from connectors.shapes import Object, at, obj, text

SAYING = frozenset({"mention", "quote"})
SIGNS = {"favourite": "⭐", "reblog": "🔁"}
# About the account, or about what others do among themselves: nobody says anything to us.
SILENT = frozenset(
    {
        "follow",
        "follow_request",
        "status",
        "poll",
        "update",
        "quoted_update",
        "admin.sign_up",
        "admin.report",
        "severed_relationships",
        "moderation_warning",
        "annual_report",
        "added_to_collection",
        "collection_update",
    }
)
_LARGEST = 256 * 1024  # bytes
_AHEAD = timedelta(minutes=5)
_PERSON = ("id", "username", "acct", "display_name", "url", "bot")
_LEFT_OUT = ("account", "card", "application", "emojis", "tags", "reblog", "filtered", "quote")


def is_wanted(notification: Object) -> bool:
    """Tell whether somebody says something, or something that nobody knows yet."""
    return kind(notification) not in SILENT


def kind(notification: Object) -> str:
    """Return the type of a notification."""
    return text(notification.get("type")) or ""


def told(
    notification: Object, me: Me, root: str, now: datetime, *, ours: bool
) -> Iterator[RawItem]:
    """Give the items of a notification: each file beyond the first is one of its own.

    `ours`: the status stands below `root`, and that is our own.
    """
    status = obj(notification.get("status"))
    status_id = statuses.identifier(status.get("id"))
    note_id = statuses.identifier(notification.get("id"))
    if is_monstrous(notification):
        yield skipped(Lost.MONSTROUS, note_id or _fingerprint(notification))
        return
    kept = _kept(notification)
    payload: dict[str, object] = {"me": asdict(me), "notification": kept, "root": root}
    payload["below"] = root if ours else None
    if kind(notification) in SIGNS or status_id is None or statuses.author(status) == me.id:
        name = f"notification:{note_id}" if note_id else f"unnamed:{_fingerprint(notification)}"
        order_key = status_id or name
        yield RawItem(name, order_key, payload, sent_at=_sent_at(notification, now))
        return
    order_key = thread(status, me, root)
    files = statuses.attachments(status)
    for place in range(max(1, len(files))):
        about = native_id(status_id, place)
        yield RawItem(
            event_id=f"status:{about}",
            order_key=order_key,
            payload=payload | {"place": place},
            sent_at=_sent_at(status, now),
            about=about,
            awaits=bool(files) and statuses.file_address(files[place]) is not None,
        )


def is_monstrous(thing: Object) -> bool:
    """Tell whether it is beyond what can be stored: nothing of it is read."""
    try:
        return len(json.dumps(thing)) > _LARGEST
    except RecursionError:
        return True


def edited(status: Object, me: Me, status_id: str, order_key: str) -> RawItem:
    """Return the item of a changed status."""
    when = text(status.get("edited_at")) or ""
    if is_monstrous(status):
        return skipped(Lost.MONSTROUS, f"{status_id}:{when}")
    return RawItem(
        event_id=f"edit:{status_id}:{when}",
        order_key=order_key,
        payload={"me": asdict(me), "edited": _slim(status)},
        about=status_id,
    )


def gone(status_id: str, parts: int, order_key: str) -> RawItem:
    """Return the item of a status that was taken back, with all of its files."""
    payload = {"gone": [native_id(status_id, place) for place in range(max(1, parts))]}
    return RawItem(f"gone:{status_id}", order_key, payload)


def skipped(why: Lost, place: str) -> RawItem:
    """Return a note that something could not be taken in; nobody can read it, so it is shown."""
    return RawItem(f"skipped:{why}:{place}", f"skipped:{why}", {"skipped": why})


def native_id(status_id: str, place: int) -> str:
    """Return the name of a message: a status with its first file, or a further file of it."""
    return f"{status_id}/{place}" if place else status_id


def thread(status: Object, me: Me, root: str) -> str:
    """Return where a status belongs: to its author alone, or to the conversation of `root`."""
    author = statuses.author(status)
    return statuses.private_thread(author) if author and statuses.is_private(status, me) else root


def _kept(notification: Object) -> dict[str, object]:
    """Return a notification without what says nothing to us: figures, pictures, biographies."""
    status = notification.get("status")
    return {
        "id": notification.get("id"),
        "type": notification.get("type"),
        "created_at": notification.get("created_at"),
        "account": _person(notification.get("account")),
        "status": _slim(status) if isinstance(status, dict) else status,
    }


def _slim(status: Object) -> dict[str, object]:
    kept = {
        name: value
        for name, value in status.items()
        if name not in _LEFT_OUT and not name.endswith("_count")
    }
    return kept | {"account": _person(status.get("account"))}


def _person(account: object) -> object:
    if not isinstance(account, dict):
        return account
    return {name: account[name] for name in _PERSON if name in account}


def _sent_at(thing: Object, now: datetime) -> datetime | None:
    found = statuses.instant(at(thing, "created_at"))
    return found if found and found <= now + _AHEAD else None


def _fingerprint(notification: Object) -> str:
    try:
        content = json.dumps(notification, sort_keys=True)
    except RecursionError:
        content = json.dumps(sorted(notification))
    return hashlib.sha256(content.encode()).hexdigest()[:32]
