"""A homeserver that does what it should not: it answers each path as a test has scripted it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

Query = dict[str, str]
Script = Callable[[Query], object]

ME = "@stadt:boese.test"
ANNA = "@anna:boese.test"


@dataclass(frozen=True)
class Live:
    """An answer that is more than bytes."""

    write: Callable[[asyncio.StreamWriter], Coroutine[object, object, None]]


@dataclass
class Homeserver:
    """`scripts` by a part of the path, the last one known; `asked` is what came, in order.

    `signed` are the paths that came with a token; `held`: an answer sets the first event and waits
    for the second one.
    """

    scripts: dict[str, Script] = field(default_factory=dict)
    asked: list[tuple[str, Query]] = field(default_factory=list)
    signed: list[str] = field(default_factory=list)
    held: dict[str, tuple[asyncio.Event, asyncio.Event]] = field(default_factory=dict)
    port: int = 0
    url: str = ""

    def count(self, end: str) -> int:
        return sum(path.endswith(end) for path, _ in self.asked)


def member(user_id: str, becomes: str = "join", was: str | None = None) -> dict[str, object]:
    """Return the event that makes somebody a member, with what they were before."""
    event: dict[str, object] = {
        "type": "m.room.member",
        "event_id": f"$m-{user_id}-{becomes}",
        "sender": user_id,
        "state_key": user_id,
        "content": {"membership": becomes},
    }
    return event | ({"unsigned": {"prev_content": {"membership": was}}} if was else {})


def members(*user_ids: str) -> dict[str, object]:
    """Return the answer that names those who are in a room."""
    return {"chunk": [member(user_id) for user_id in user_ids]}


def raw(status: int, body: bytes, *headers: str) -> bytes:
    """Return an answer as it goes over the line."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _endless(writer: asyncio.StreamWriter) -> None:
    """Answer with a body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b'{"next_batch":"')
    while True:
        writer.write(b"x" * 1024 * 1024)
        await writer.drain()


async def _cut(writer: asyncio.StreamWriter) -> None:
    """Begin to answer, and hang up."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 102\r\n\r\n")
    for byte in (b"{", *[b" "] * 100, b"}"):
        writer.write(byte)
        await writer.drain()
        await asyncio.sleep(0.05)


async def _silent(_: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.Event().wait()


def _nothing(_: Query) -> object:
    return None


endless, cut, drip, silent = Live(_endless), Live(_cut), Live(_drip), Live(_silent)


@asynccontextmanager
async def misbehaving(
    tls: ssl.SSLContext | None = None, /, **scripts: Script
) -> AsyncIterator[Homeserver]:
    """Run a homeserver that knows its account and is otherwise empty, `scripts` aside."""
    server = Homeserver(
        {
            "whoami": lambda _: {"user_id": ME, "device_id": "D"},
            "versions": lambda _: {"versions": ["v1.11"]},
            "displayname": lambda _: {},
            "sync": lambda query: {"next_batch": query.get("since", "s0")},
            "members": lambda _: members(ME, ANNA),
        }
        | scripts
    )

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            url = urlsplit(head.split(" ")[1])
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            server.asked.append((url.path, query))
            if "\r\nauthorization:" in head.lower():
                server.signed.append(url.path)
            end = url.path.rpartition("/")[2]
            if end in server.held:
                came, go_on = server.held[end]
                came.set()
                await go_on.wait()
            names = reversed(url.path.split("/"))
            script = next((server.scripts[n] for n in names if n in server.scripts), _nothing)
            answer = script(query)
            if answer is None:
                writer.write(raw(404, b'{"errcode":"M_NOT_FOUND"}'))
            elif isinstance(answer, bytes):
                writer.write(answer)
            elif isinstance(answer, Live):
                await answer.write(writer)
            else:
                writer.write(raw(200, json.dumps(answer).encode()))
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{server.port}"
    try:
        yield server
    finally:
        listening.close()
        for writer in writers:  # TLS takes leave of the other side, which may be gone
            writer.transport.abort()
        await asyncio.sleep(0.01)
