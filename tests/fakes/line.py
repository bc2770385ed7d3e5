"""A line between two machines that can go wrong in every way in which a line does."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

_BLOCK = 65536
_AT_ONCE = struct.pack("ii", 1, 0)  # a socket that lingers for no time is reset


class Fate(StrEnum):
    """What becomes of a request."""

    LOST = "lost"  # the line is reset before it arrives
    UNANSWERED = "unanswered"  # it arrives; the line is reset before the answer does
    BROKEN = "broken"  # the line is reset within the answer
    ENDED = "ended"  # the line ends within the answer, in all politeness
    SILENT = "silent"  # it never arrives, and nobody says so


@dataclass(eq=False, slots=True)
class _Call:
    """One connection: who may speak next, and what the request that is on its way suffers."""

    caller: asyncio.StreamWriter
    target: asyncio.StreamWriter
    is_asking: bool = False
    fate: Fate | None = None


class Line:
    """Leads from `port` to `target`, both on 127.0.0.1.

    `asked` counts requests: how often a caller has spoken after the other side had. `struck` tells
    whether a request has suffered what was ordered for it.
    """

    def __init__(self, target: int) -> None:
        self.in_loop: Callable[[Callable[[], None]], object] = _not_yet
        self.port = 0
        self.asked = 0
        self.struck = False
        self._target = target
        self._fate: Fate | None = None
        self._at = 0
        self._saying: bytes | None = None
        self._then: Callable[[], None] | None = None
        self._is_cut = False
        self._calls: set[_Call] = set()

    def strike(
        self,
        fate: Fate,
        at: int = 1,
        *,
        saying: bytes | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Let one request suffer this: the one number `at` from now on, or the first `saying` so.

        `then` is called when it has suffered.
        """
        self._saying, self._then = saying, then
        self._fate, self._at, self.struck = fate, self.asked + at, False

    def cut(self) -> None:
        """Reset every connection, and each new one at once, until it is `mended`."""
        self._is_cut = True
        self.drop()

    def mend(self) -> None:
        """Let everything pass again."""
        self._is_cut, self._fate = False, None

    def drop(self) -> None:
        """Reset the connections that there are."""
        self.in_loop(self.abort)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        if self._is_cut:
            _reset(writer)
            return
        try:
            answers, target = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            _reset(writer)
            return
        call = _Call(writer, target)
        self._calls.add(call)
        try:
            with suppress(OSError):
                await asyncio.gather(self._there(call, reader), self._back(call, answers))
        finally:
            self._calls.discard(call)
            writer.close()
            target.close()

    async def _there(self, call: _Call, reader: asyncio.StreamReader) -> None:
        while block := await reader.read(_BLOCK):
            if not call.is_asking:
                call.is_asking = True
                self.asked += 1
            if not self.struck and self._is_meant(block):
                call.fate, self.struck = self._fate, True
            if call.fate is Fate.LOST:
                _hang_up(call)
                self._suffered()
            elif call.fate is not Fate.SILENT:
                call.target.write(block)
                await call.target.drain()
        call.target.close()

    async def _back(self, call: _Call, answers: asyncio.StreamReader) -> None:
        while block := await answers.read(_BLOCK):
            call.is_asking = False
            if call.fate is Fate.UNANSWERED:
                _hang_up(call)
                self._suffered()
                return
            if call.fate in {Fate.BROKEN, Fate.ENDED}:
                call.caller.write(block[: max(1, len(block) // 2)])
                await call.caller.drain()
                if call.fate is Fate.BROKEN:
                    _hang_up(call)
                call.caller.close()
                return
            call.caller.write(block)
            await call.caller.drain()
        call.caller.close()

    def _is_meant(self, block: bytes) -> bool:
        if self._fate is None:
            return False
        return self.asked == self._at if self._saying is None else self._saying in block

    def _suffered(self) -> None:
        if self._then is not None:
            self._then()

    def abort(self) -> None:
        """Hang up on everybody; in the loop only."""
        for call in list(self._calls):
            _hang_up(call)


def _not_yet(_: Callable[[], None]) -> None:
    raise RuntimeError("the line does not serve yet")


def _hang_up(call: _Call) -> None:
    _reset(call.caller)
    call.target.transport.abort()


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    writer.transport.abort()


@contextmanager
def lines(targets: dict[str, int]) -> Iterator[dict[str, Line]]:
    """Run a line to each target; what is still open at the end is cut off."""
    found = {name: Line(target) for name, target in targets.items()}
    began: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        ending = asyncio.Event()
        servers = []
        for line in found.values():
            server = await asyncio.start_server(line.serve, "127.0.0.1", 0)
            line.port = server.sockets[0].getsockname()[1]
            servers.append(server)
        began.set_result((asyncio.get_running_loop(), ending))
        await ending.wait()
        for server in servers:
            server.close()
        for line in found.values():
            line.abort()
        await asyncio.sleep(0.01)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="lines")
    thread.start()
    loop, ending = began.result()
    for line in found.values():
        line.in_loop = loop.call_soon_threadsafe
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
