"""Writing Matrix events; pure."""

from connectors.base import OutboundPart, RawFile
from connectors.capabilities import Act
from connectors.shapes import Object

_KINDS = {"image": "m.image", "audio": "m.audio", "video": "m.video"}


def place(thread: str) -> tuple[str, str | None]:
    """Return the room and the thread's root of a conversation's thread."""
    room_id, parted, root = thread.partition("/$")
    return room_id, f"${root}" if parted else None


def content(part: OutboundPart, root: str | None) -> dict[str, object]:
    """Return the content of a text, in the thread of `root`; for an edit, of its replacement."""
    kind = "m.notice" if part.automatic else "m.text"  # no program answers a notice
    said: dict[str, object] = {"msgtype": kind, "body": part.text}
    if part.act is Act.EDIT:
        relation = {"rel_type": "m.replace", "event_id": part.target}
        old_clients = {"body": f"* {part.text}"}
        return said | old_clients | {"m.new_content": said, "m.relates_to": relation}
    return said | _relates(part.in_reply_to, root)


def file_content(
    part: OutboundPart, file: RawFile, root: str | None, uri: str, keys: Object | None
) -> dict[str, object]:
    """Return the content of a file that lies at `uri`, with its `keys` where it is encrypted."""
    found: dict[str, object] = {
        "msgtype": _KINDS.get(file.declared_type.partition("/")[0], "m.file"),
        "body": part.text or file.description or file.name,
        "filename": file.name,
        "info": {"mimetype": file.declared_type, "size": len(file.content)},
    }
    found |= {"file": {**keys, "url": uri}} if keys else {"url": uri}
    return found | _relates(part.in_reply_to, root)


def _relates(in_reply_to: str | None, root: str | None) -> dict[str, object]:
    answered = {"m.in_reply_to": {"event_id": in_reply_to}} if in_reply_to else {}
    if root:
        last = answered or {"m.in_reply_to": {"event_id": root}}
        thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": not in_reply_to}
        return {"m.relates_to": thread | last}
    return {"m.relates_to": answered} if answered else {}
