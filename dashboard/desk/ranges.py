"""A byte range of what is in memory, as players of sounds ask for it (RFC 9110, 14)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """What is answered: the whole (200), a part (206), or nothing (416)."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def part(content: bytes, wanted: str | None, condition: str | None) -> Part:
    """Return what the fields Range and If-Range ask for.

    Several ranges, other units and nonsense give the whole, which 14.2 allows. So does a condition
    (13.1.5): nothing here has a validator that it could name.
    """
    size = len(content)
    whole = Part(content, headers={"Accept-Ranges": "bytes"})
    found = _RANGE.fullmatch(wanted or "")
    if found is None or condition is not None or not any(found.groups()):
        return whole
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return whole
    begin = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if begin >= end:
        return Part(b"", 416, {"Accept-Ranges": "bytes", "Content-Range": f"bytes */{size}"})
    told = f"bytes {begin}-{end - 1}/{size}"
    return Part(content[begin:end], 206, {"Accept-Ranges": "bytes", "Content-Range": told})
