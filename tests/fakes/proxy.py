"""A forward proxy (RFC 9110, 9.3.6 and 3.7) that knows where names are; clients do not."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
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
            head = await reader.readuntil(b"\r\n\r\n")
            line, _, headers = head.decode("latin-1").partition("\r\n")
            self.asked.append(line)
            method, target, version = line.split(" ")
            is_tunnel = method == "CONNECT"
            host = (target.rpartition(":")[0] if is_tunnel else urlsplit(target).hostname) or ""
            if host not in self.places:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            else:
                upstream = await asyncio.open_connection("127.0.0.1", self.places[host])
                if is_tunnel:
                    writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                else:
                    first = f"{method} {urlsplit(target).path} {version}\r\n{headers}"
                    upstream[1].write(first.encode("latin-1"))
                await asyncio.gather(_copy(reader, upstream[1]), _copy(upstream[0], writer))
        writer.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await source.read(_BLOCK):
            sink.write(block)
            await sink.drain()
    sink.close()


@contextmanager
def proxying(places: Mapping[str, int]) -> Iterator[Proxy]:
    """Run a proxy."""
    proxy = Proxy(places)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
