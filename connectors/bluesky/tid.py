"""Record keys (atproto.com/specs/tid): the same part has the same one, and is the same record."""

import hashlib
import re

_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_OURS = re.compile(r"(?P<ms>[0-9a-f]{12})[0-9a-f]{20}")
_LENGTH = 13
_SPREAD = 1 << 20  # microseconds, about a second: parts of one instant shall not meet
_CLOCKS = 1 << 10
_LATEST = 1 << 53


def of_key(key: str) -> str:
    """Return a valid TID for an outbox key: its time, and thirty bits of its digest."""
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
    found = _OURS.fullmatch(key)
    began = int(found["ms"], 16) * 1000 if found else 0
    micros = (began + digest % _SPREAD) % _LATEST if found else digest % (_LATEST >> 3)
    return _encoded(micros * _CLOCKS + (digest >> 53) % _CLOCKS)


def _encoded(number: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
