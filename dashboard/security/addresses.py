"""Addresses that no database can look for: answered before anything reads them."""

from fastapi import Request

from bot.errors import NotFoundError


class UnreadableAddressError(NotFoundError):
    """The address holds a NUL, which no name, number or text that is stored has."""


async def demand_readable(request: Request) -> None:
    """Let a request pass whose path and query can be looked for.

    PostgreSQL refuses a NUL in any text, and SQLite finds nothing: both answer 404 here. Raises
    `UnreadableAddressError`.
    """
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise UnreadableAddressError("There is nothing at this address.")
