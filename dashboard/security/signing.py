"""Values that only this installation can have made: HMAC-SHA256, one purpose each."""

import base64
import hashlib
import hmac


def sign(value: str, *, purpose: str, secret: bytes) -> str:
    """Return `value.signature`; a signature for one purpose is worthless for another."""
    return f"{value}.{signature(value, purpose=purpose, secret=secret)}"


def unsign(text: str | None, *, purpose: str, secret: bytes) -> str | None:
    """Return the value of what `sign` made, or None when it is forged, cut or missing."""
    value, _, given = (text or "").rpartition(".")
    expected = signature(value, purpose=purpose, secret=secret)
    return value if value and is_same(given, expected) else None


def signature(value: str, *, purpose: str, secret: bytes) -> str:
    """Return the signature alone: 43 letters, digits, `-` and `_`."""
    message = f"{purpose}:{value}".encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def is_same(given: str, expected: str) -> bool:
    """Compare two texts in a time that does not tell where they differ."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )
