"""A forward proxy (RFC 9110, 9.3.6 and 3.7) that knows where names are; clients do not."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_BLOCK = 65536


@dataclass(slots=True)
class Proxy:
    """`places` maps host names to ports of this machine; `asked` are the first lines it got."""

    places: Mapping[str, int]
    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, headers = head.decode("latin-1").partition("\r\n")
        self.asked.append(line)
        method, target, version = line.split(" ")
        is_tunnel = method == "CONNECT"
        host = (target.rpartition(":")[0] if is_tunnel else urlsplit(target).hostname) or ""
        if host not in self.places:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        upstream = await asyncio.open_connection("127.0.0.1", self.places[host])
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                first = f"{method} {urlsplit(target).path} {version}\r\n{headers}"
                upstream[1].write(first.encode("latin-1"))
            await asyncio.gather(_copy(reader, upstream[1]), _copy(upstream[0], writer))
        finally:
            upstream[1].close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(_BLOCK):
            sink.write(block)
            await sink.drain()
    sink.close()


@contextmanager
def proxying(places: Mapping[str, int]) -> Iterator[Proxy]:
    """Run a proxy; what is still open at the end is cut off."""
    proxy = Proxy(places)
    began: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        ending = asyncio.Event()
        async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
            proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            began.set_result((asyncio.get_running_loop(), ending))
            await ending.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="proxy")
    thread.start()
    loop, ending = began.result()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
