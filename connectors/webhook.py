"""A signed post to another system, which answers 2xx when it has taken it."""

import asyncio
import hashlib
import hmac
from datetime import datetime

import httpx

from connectors import http
from connectors.base import Network

_RECEIVERS = 100  # at once: a slow one holds a connection, and must not keep the others waiting
WITHIN = 5.0  # seconds for the whole request, however slowly the other side answers


def client(network: Network) -> httpx.AsyncClient:
    """Return a client with room for as many receivers as a city may have."""
    return http.client(network, timeout=WITHIN, connections=_RECEIVERS)


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return the `Stadtdraht-Signature` of a body: HMAC-SHA256 over its time, a dot, and it."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"


async def post(
    through: httpx.AsyncClient, url: str, secret: str, body: bytes, *, at: datetime
) -> str | None:
    """Post a JSON body; return None where it was taken, else what went wrong, without secrets."""
    headers = {
        "Content-Type": "application/json",
        "Stadtdraht-Signature": signature(secret, body, at),
    }
    try:
        async with (
            asyncio.timeout(WITHIN),
            through.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return None if answer.is_success else f"HTTP {answer.status_code}"
    except TimeoutError:
        return "no answer in time"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # a host that is no name
        return type(error).__name__
