"""Asking as an account whose session may end at any time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from connectors.asking import Http, Refused

Answer = TypeVar("Answer")


async def in_session(
    http: Http,
    call: Callable[[], Awaitable[Answer]],
    *,
    begin: Callable[[], Awaitable[None]],
    lock: asyncio.Lock,
) -> Answer:
    """Ask, and once more in the session that `begin` makes where the old one has ended.

    Of all who find it ended at the same time one begins, under `lock`. Raises `PlatformError` and
    `Refused`.
    """
    token = http.token
    try:
        return await call()
    except Refused as refusal:
        if not refusal.logged_out:
            raise
    async with lock:
        if http.token == token:
            await begin()
    try:
        return await call()
    except Refused as again:
        if again.logged_out:
            raise again.trouble() from None
        raise
