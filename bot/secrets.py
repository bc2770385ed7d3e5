"""Secrets at rest: sealed with keys that come from the installation's key, outside the database."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import StadtdrahtError


class SealBrokenError(StadtdrahtError):
    """A stored secret does not open: the key is another one, or somebody changed the row."""

    code = "seal_broken"


def seal(key: bytes, purpose: str, plain: str) -> str:
    """Return `plain` encrypted and authenticated; it opens for the same purpose only.

    Fernet (AES-128-CBC with HMAC-SHA256) under a key of its own, see `derive`.
    """
    return _box(key, purpose).encrypt(plain.encode()).decode()


def unseal(key: bytes, purpose: str, sealed: str) -> str:
    """Return what was sealed; raises `SealBrokenError`."""
    try:
        return _box(key, purpose).decrypt(sealed).decode()
    except InvalidToken:
        raise SealBrokenError(
            "A stored secret cannot be opened: the data folder's secret.key is not the one "
            "it was stored with."
        ) from None


def derive(key: bytes, purpose: str) -> bytes:
    """Return 32 bytes of the installation's key for one purpose alone: HKDF (RFC 5869)."""
    info = f"stadtdraht:{purpose}".encode()
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(key)


def _box(key: bytes, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive(key, purpose)))
