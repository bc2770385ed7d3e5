"""Random tokens and their hashes: a token is shown once and never stored."""

import hashlib
import secrets

API_PREFIX = "sd_"  # lets secret scanners find one that was published by mistake


def new_token() -> str:
    """Return 256 random bits as text for cookies and addresses."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the SHA-256 (hex) under which a token is looked up.

    A fast hash is right here: 256 random bits cannot be guessed. Looking up the hash instead of
    comparing tokens leaves nothing to time.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
