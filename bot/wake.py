"""Bells: who waits for news is woken at once. Never the truth, only a reason to look."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Condition


class Bell:
    """Rung after a commit; waiters are threads and coroutines of this process."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._rung = 0
        self._futures: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self.tell: Callable[[], None] | None = None  # the other processes, where there are any

    @property
    def rung(self) -> int:
        """How often it rang: read it before looking, so that no ring falls between."""
        return self._rung

    def ring(self) -> None:
        """Wake every waiter, in other processes too."""
        self.ring_here()
        if self.tell is not None:
            self.tell()

    def ring_here(self) -> None:
        """Wake every waiter of this process."""
        with self._condition:
            self._rung += 1
            self._condition.notify_all()
            waiting = list(self._futures)
        for loop, event in waiting:
            with suppress(RuntimeError):  # its loop has ended meanwhile
                loop.call_soon_threadsafe(event.set)

    def wait(self, seen: int, timeout: float) -> None:
        """Block this thread until it rings after `seen`, at most `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._rung != seen, timeout)

    async def wait_async(self, seen: int, timeout: float) -> None:  # noqa: ASYNC109 (a look, no task)
        """Wait in a coroutine until it rings after `seen`, at most `timeout` seconds."""
        event = asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._condition:
            if self._rung != seen:
                return
            self._futures.add(waiter)
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            with self._condition:
                self._futures.discard(waiter)


class Bells:
    """The bells of this process."""

    def __init__(self) -> None:
        self.inbound = Bell()  # for what cannot wait until it is due
        self.outbound = Bell()
        self.bulk = Bell()
        self.events = Bell()

    @property
    def by_name(self) -> dict[str, Bell]:
        """Each bell under the name by which other processes ring it."""
        return dict(vars(self))

    def ring_all(self) -> None:
        """Wake whoever waits for anything here."""
        for bell in self.by_name.values():
            bell.ring_here()
