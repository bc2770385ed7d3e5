"""Taking values out of what a server sent: the type is checked where the value is taken."""

from collections.abc import Mapping

Object = Mapping[str, object]


def obj(value: object) -> Object:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: object) -> list[object]:
    """Return `value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return `value` if it is a string that can be stored: no lone surrogates, no zero bytes."""
    if not isinstance(value, str) or "\x00" in value:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return value


def identifier(value: object) -> str | None:
    """Return `value` if it can be the name of a room, an event or a user."""
    found = text(value)
    return found if found and len(found) <= 255 and found.isprintable() else None


def number(value: object) -> int | None:
    """Return `value` if it is an integer, or a float that stands for one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


def at(value: object, *path: str) -> object:
    """Return what stands at `path`, or None."""
    for name in path:
        value = obj(value).get(name)
    return value
