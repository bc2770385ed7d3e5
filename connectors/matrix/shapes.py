"""What stands where in an event."""

from connectors.shapes import Object, at, identifier, obj


def relation(content: Object) -> Object:
    """Return how an event relates to others."""
    return obj(content.get("m.relates_to"))


def thread_root(content: Object) -> str | None:
    """Return the event that began the thread in which an event stands."""
    found = relation(content)
    return identifier(found.get("event_id")) if found.get("rel_type") == "m.thread" else None


def replied_to(content: Object) -> str | None:
    """Return the event that is answered; in a thread only where it is meant, not a fallback."""
    found = relation(content)
    if found.get("rel_type") == "m.thread" and found.get("is_falling_back") is True:
        return None
    return identifier(at(found, "m.in_reply_to", "event_id"))


def replaced(content: Object) -> str | None:
    """Return the event that an edit replaces."""
    found = relation(content)
    return identifier(found.get("event_id")) if found.get("rel_type") == "m.replace" else None
