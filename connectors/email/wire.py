"""The line to an IMAP server: commands out, responses in, each with an end in time. RFC 3501.

After anything but a clean answer the line is cut: what comes behind half an answer could be taken
for the next one.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.http import trust
from connectors.mailserver import Security, Server

WITHIN = 15.0  # seconds for connecting, and for each command
_LINE = 4 * 1024 * 1024  # bytes: the numbers of half a million mails
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}$")
_STATUS = re.compile(rb"(OK|NO|BAD)\b ?(?:\[([A-Z0-9-]+)[^\]]*\] ?)?", re.IGNORECASE)
_NEWS = re.compile(rb"\* \d+ EXISTS", re.IGNORECASE)
_CAPABILITIES = re.compile(rb"(?:\* CAPABILITY|\S+ OK \[CAPABILITY) ([^\]]+)", re.IGNORECASE)


class RefusedError(Exception):
    """The server understood and said no; `code` is its word for why (RFC 5530), if it has one."""

    def __init__(self, code: str) -> None:
        super().__init__(f"NO {code}".strip())
        self.code = code


class GoneError(Exception):
    """The server has closed the connection."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response; its literals stand beside it, and `{}` in their places."""

    text: bytes
    literals: tuple[bytes, ...]


class Wire:
    """A line that may be encrypted; `can` is what the server says that it can do.

    `news`: something has come into the folder since somebody has set it to False.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.can: frozenset[str] = frozenset()
        self.news = False
        self._reader = reader
        self._writer = writer
        self._below: asyncio.StreamWriter | None = None
        self._tags = 0

    @property
    def is_open(self) -> bool:
        """Whether it can be used, as far as is known."""
        return not self._writer.is_closing() and not self._reader.at_eof()

    @classmethod
    async def connect(cls, to: Server) -> Self:
        """Connect; raises `PlatformError`."""
        tls = trust(to.ca_file) if to.security is Security.TLS else None
        try:
            async with asyncio.timeout(WITHIN):
                streams = await asyncio.open_connection(to.host, to.port, ssl=tls, limit=_LINE)
        except (OSError, UnicodeError) as error:  # the last: a name that is none
            raise PlatformError(Trouble.UNREACHABLE, _why(error)) from None
        return cls(*streams)

    def close(self) -> None:
        """Cut the line."""
        self._writer.transport.abort()

    async def encrypt(self, to: Server) -> None:
        """Go on encrypted. What somebody has slipped in before is thrown away with the reader."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await loop.start_tls(
            self._writer.transport, protocol, trust(to.ca_file), server_hostname=to.host
        )
        if transport is None:
            raise GoneError
        protocol.connection_made(transport)
        self._below = self._writer  # it would close the connection when it is forgotten
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    async def ask(self, command: str, *, most: int = 0) -> list[Response]:
        """Ask, and return the answer, its literals of `most` bytes; raises `RefusedError`."""
        return await self.end(await self.send(command), most=most)

    async def send(self, command: str) -> bytes:
        """Begin a command; return its tag."""
        self._tags += 1
        tag = b"s%d" % self._tags
        self._writer.write(b"%s %s\r\n" % (tag, command.encode("utf-8")))
        await self._writer.drain()
        return tag

    async def more(self, content: bytes) -> None:
        """Say what belongs to the command that has begun."""
        self._writer.write(content + b"\r\n")
        await self._writer.drain()

    async def go_ahead(self, tag: bytes) -> None:
        """Read until the server wants more; raises `RefusedError` where it does not."""
        while not (response := await self.response()).text.startswith(b"+"):
            if response.text.startswith(tag + b" "):
                raise _refusal(response.text.removeprefix(tag + b" ")) or PlatformError(
                    Trouble.GARBAGE, Detail.UNREADABLE
                )

    async def end(self, tag: bytes, *, most: int = 0) -> list[Response]:
        """Read to the end of a command; raises `RefusedError` where it failed."""
        found: list[Response] = []
        while True:
            response = await self.response(most)
            if response.text.startswith(tag + b" "):
                if refusal := _refusal(response.text.removeprefix(tag + b" ")):
                    raise refusal
                return found
            found.append(response)
            if len(found) > 10_000:
                raise PlatformError(Trouble.GARBAGE, Detail.TOO_BIG)

    async def response(self, most: int = 0) -> Response:
        """Read a response whose literals have `most` bytes, and some more beside them."""
        text, literals, room = b"", [], most + _LINE
        while True:
            text += (await self._reader.readuntil(b"\n")).rstrip(b"\r\n")
            found = _LITERAL.search(text)
            if found is None:
                break
            room -= int(found[1]) + len(found[0])
            if room < 0:
                raise PlatformError(Trouble.GARBAGE, Detail.TOO_BIG)
            literals.append(await self._reader.readexactly(int(found[1])))
            text = text[: found.start()] + b"{}"
        if text.upper().startswith(b"* BYE"):
            raise GoneError
        self.news |= _NEWS.match(text) is not None
        if told := _CAPABILITIES.match(text):
            self.can = frozenset(told[1].decode("ascii", "replace").upper().split())
        return Response(text, tuple(literals))

    @asynccontextmanager
    async def asking(self, within: float = WITHIN) -> AsyncIterator[None]:
        """Ask in time; raises `PlatformError`, and lets through `RefusedError` alone."""
        try:
            async with asyncio.timeout(within):
                yield
        except RefusedError:
            raise
        except (OSError, EOFError, GoneError) as error:
            self.close()
            raise PlatformError(Trouble.UNREACHABLE, _why(error)) from None
        except (ValueError, asyncio.LimitOverrunError):  # a line without an end
            self.close()
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE) from None
        except BaseException:
            self.close()
            raise


def _refusal(status: bytes) -> RefusedError | None:
    found = _STATUS.match(status)
    if found is not None and found[1].upper() == b"OK":
        return None
    code = found[2] if found is not None and found[2] else b""
    return RefusedError(code.decode("ascii", "replace").upper())


def _why(error: Exception) -> str:
    """Return why there is no answer."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Detail.CERTIFICATE
    if isinstance(error, socket.gaierror | UnicodeError):
        return Detail.NO_SUCH_HOST
    if isinstance(error, TimeoutError):
        return Detail.NO_ANSWER
    if isinstance(error, ConnectionRefusedError):
        return Detail.NO_CONNECTION
    return f"{Detail.BROKEN_OFF}: {type(error).__name__}"
