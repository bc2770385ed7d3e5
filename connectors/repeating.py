"""The same news again for the same cursor, and knowing when what was renewed is stored."""

from collections.abc import Awaitable, Callable, Mapping

from connectors.base import Batch


class Repeating:
    """Asks for news by `ask`, unless it has them; tells `confirm` which renewed settings are kept.

    A cursor that comes back was stored, and with it the settings that came beside it.
    """

    def __init__(
        self,
        ask: Callable[[str | None], Awaitable[Batch]],
        confirm: Callable[[Mapping[str, str]], None],
    ) -> None:
        self._ask = ask
        self._confirm = confirm
        self._last: tuple[str | None, Batch] | None = None
        self._told: tuple[str, dict[str, str]] | None = None

    async def pull(self, cursor: str | None) -> Batch:
        """Return what is new behind `cursor`."""
        if self._last is not None and self._last[0] == cursor:
            return self._last[1]
        if self._told is not None and self._told[0] == cursor:
            self._confirm(self._told[1])
        batch = await self._ask(cursor)
        self._last = (cursor, batch) if batch.cursor != cursor else None
        if batch.standing is not None:
            self._told = (batch.cursor, dict(batch.standing.renewed))
        return batch
