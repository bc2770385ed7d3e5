"""A form of the desk as it was posted: its texts by name, none of them a file."""

from typing import Annotated

from fastapi import Depends, Request

_MAX_FIELDS = 60


async def _read(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
        return {name: value for name, value in form.multi_items() if isinstance(value, str)}


Posted = Annotated[dict[str, str], Depends(_read)]
