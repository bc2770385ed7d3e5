"""The generic channel's callback: a page of replies, posted and signed."""

import hashlib
import hmac
from datetime import datetime

import httpx

_TIMEOUT = httpx.Timeout(5, connect=3)  # a stopping process waits no longer than ten


def client() -> httpx.Client:
    """Return a client that follows no redirects: the address that was agreed on is the one."""
    return httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": "Stadtdraht"})


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return the `Stadtdraht-Signature` of a body: HMAC-SHA256 over its time, a dot, and it."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


def post(http: httpx.Client, url: str, secret: str, body: bytes, *, at: datetime) -> str | None:
    """Post a body; return None where it was taken (2xx), else what went wrong, without secrets."""
    headers = {
        "Content-Type": "application/json",
        "Stadtdraht-Signature": signature(secret, body, at),
    }
    try:
        with http.stream("POST", url, content=body, headers=headers) as answer:
            return None if answer.is_success else f"HTTP {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
