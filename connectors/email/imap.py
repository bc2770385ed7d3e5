"""IMAP, as little as a mailbox needs that is only read: RFC 3501, RFC 2177 (IDLE).

Every command has an end in time. After anything but a clean answer the connection is gone: what
comes behind half an answer could be taken for the next one.
"""

import asyncio
import base64
import re
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.http import trust
from connectors.mailserver import Security, Server

WITHIN = 15.0  # seconds for connecting and logging in, and for each command
_SLOWEST = 256 * 1024  # bytes a second
_POLL_EVERY = 3.0  # seconds, where the server does not tell of news by itself
_LINE = 4 * 1024 * 1024  # bytes: the numbers of half a million mails
_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}$")
_STATUS = re.compile(rb"(OK|NO|BAD)\b ?(?:\[([A-Z0-9-]+)[^\]]*\] ?)?", re.IGNORECASE)
_NEWS = re.compile(rb"\* \d+ EXISTS", re.IGNORECASE)
_CAPABILITIES = re.compile(rb"(?:\* CAPABILITY|\S+ OK \[CAPABILITY) ([^\]]+)", re.IGNORECASE)
_SENT = re.compile(rb'\* LIST \([^)]*\\Sent\b[^)]*\) (?:"(?:\\.|[^"])*"|NIL) (.+)', re.IGNORECASE)
_FETCHED = re.compile(rb"\* \d+ FETCH ", re.IGNORECASE)
# RFC 5530: the log-in may be right, the server cannot tell just now.
_LATER = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN"})


class RefusedError(Exception):
    """The server understood and said no; `code` is its word for why (RFC 5530), if it has one."""

    def __init__(self, code: str) -> None:
        super().__init__(f"NO {code}".strip())
        self.code = code


class _GoneError(Exception):
    """The server has closed the connection."""


@dataclass(frozen=True, slots=True)
class _Response:
    """One response; its literals stand beside it, and `{}` in their places."""

    text: bytes
    literals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it is opened: mails have numbers that grow, as long as `validity` is the same."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail in a folder, unread yet."""

    uid: int
    size: int
    received_at: datetime | None


class Imap:
    """A connection that is logged in. One command at a time; who uses it sees to that."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._below: asyncio.StreamWriter | None = None
        self._tags = 0
        self._capabilities: frozenset[str] = frozenset()
        self._news = False  # something has come since the last search

    @property
    def is_open(self) -> bool:
        """Whether it can be asked, as far as is known."""
        return not self._writer.is_closing() and not self._reader.at_eof()

    @classmethod
    async def connect(cls, to: Server) -> Self:
        """Connect, encrypt and log in; raises `PlatformError`."""
        tls = trust(to.ca_file) if to.security is Security.TLS else None
        try:
            async with asyncio.timeout(WITHIN):
                streams = await asyncio.open_connection(to.host, to.port, ssl=tls, limit=_LINE)
        except (OSError, UnicodeError) as error:  # the last: a name that is none
            raise PlatformError(Trouble.UNREACHABLE, _why(error)) from None
        found = cls(*streams)
        try:
            await found._begin(to)
        except BaseException:
            found.close()
            raise
        return found

    def close(self) -> None:
        """Cut the connection: nothing is lost by that, for nothing is changed."""
        self._writer.transport.abort()

    async def open(self, folder: str) -> Folder:
        """Open a folder for reading only; raises `RefusedError` where there is none."""
        async with self._asking():
            answer = await self._ask(f"EXAMINE {quoted(folder)}")
        told = b"\n".join(one.text for one in answer)
        validity = re.search(rb"\[UIDVALIDITY (\d+)\]", told)
        following = re.search(rb"\[UIDNEXT (\d+)\]", told)
        if validity is None:
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE)
        if following:
            return Folder(int(validity[1]), int(following[1]))
        return Folder(int(validity[1]), max(await self.search("ALL"), default=0) + 1)

    async def search(self, what: str) -> list[int]:
        """Return the numbers of those mails, in their order."""
        self._news = False
        async with self._asking():
            answer = await self._ask(f"UID SEARCH {what}")
        lines = [one.text for one in answer if one.text.upper().startswith(b"* SEARCH")]
        return sorted({int(word) for line in lines for word in line.split() if word.isdigit()})

    async def named(self, message_id: str) -> list[int]:
        """Return the numbers of the mails with this Message-ID."""
        return await self.search(f"HEADER Message-ID {quoted(f'<{message_id}>')}")

    async def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Return how large these mails are; one that is gone meanwhile is missing."""
        async with self._asking():
            asked = ",".join(map(str, uids))
            answer = await self._ask(f"UID FETCH {asked} (UID RFC822.SIZE INTERNALDATE)")
        found = {}
        for one in answer:
            uid, size = _number(one.text, b"UID"), _number(one.text, b"RFC822.SIZE")
            is_it = _FETCHED.match(one.text) and uid in uids
            if is_it and uid is not None and size is not None:
                found[uid] = Listed(uid, size, _instant(one.text))
        return [found[uid] for uid in sorted(found)]

    async def content(self, uid: int, most: int, *, section: str = "") -> bytes | None:
        """Return a mail's source, its first `most` bytes; None where it is gone. No mark is set."""
        async with self._asking(WITHIN + most / _SLOWEST):
            asked = f"UID FETCH {uid} (UID BODY.PEEK[{section}]<0.{most}>)"
            answer = await self._ask(asked, most=most)
        for one in answer:
            if (
                _FETCHED.match(one.text)
                and _number(one.text, b"UID") == uid
                and b"BODY" in one.text
            ):
                return one.literals[0] if one.literals else b""
        return None

    async def wait(self, seconds: float) -> None:
        """Wait until something comes into the folder, so long at most."""
        if self._news:
            return
        async with self._asking(seconds + WITHIN):
            if "IDLE" not in self._capabilities:
                await self._poll(seconds)
                return
            tag = await self._send("IDLE")
            await self._go_ahead(tag)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not self._news:
                        await self._response(0)
            self._writer.write(b"DONE\r\n")
            await self._end(tag)

    async def sent_folder(self) -> str | None:
        """Return the folder that the server calls the one for sent mail (RFC 6154), quoted."""
        special = "SPECIAL-USE" in self._capabilities
        async with self._asking():
            answer = await self._ask('LIST "" "*"' + (" RETURN (SPECIAL-USE)" if special else ""))
        for one in answer:
            if found := _SENT.match(one.text):
                name = one.literals[0] if one.literals else found[1].strip().strip(b'"')
                return name.replace(b'\\"', b'"').replace(b"\\\\", b"\\").decode("ascii", "replace")
        return None

    async def append(self, folder: str, content: bytes) -> None:
        """Put a mail into a folder, as one that was read; raises `RefusedError`."""
        async with self._asking(WITHIN + len(content) / _SLOWEST):
            at_once = "LITERAL+" in self._capabilities  # RFC 7888
            size = f"{len(content)}{'+' if at_once else ''}"
            tag = await self._send(f"APPEND {quoted(folder)} (\\Seen) {{{size}}}")
            if not at_once:
                await self._go_ahead(tag)
            self._writer.write(content + b"\r\n")
            await self._writer.drain()
            await self._end(tag)

    async def _begin(self, to: Server) -> None:
        async with self._asking():
            greeting = await self._response(0)
            if not greeting.text.upper().startswith(b"* OK"):
                said = greeting.text.upper().startswith(b"* BYE")
                raise PlatformError(
                    Trouble.UNREACHABLE if said else Trouble.SETTINGS,
                    Detail.NO_CONNECTION if said else Detail.NOT_THE_PLATFORM,
                )
            try:
                if to.security is Security.STARTTLS:
                    await self._ask("STARTTLS")
                    await self._encrypt(to)
                    self._capabilities = frozenset()  # anybody may have said them
            except RefusedError:
                raise PlatformError(Trouble.SETTINGS, f"{Detail.BAD_SETTINGS}: STARTTLS") from None
            await self._learn()
            try:
                await self._log_in(to.user or "", to.password or "")
            except RefusedError as refusal:
                raise _of_log_in(refusal) from None
            await self._learn()

    async def _learn(self) -> None:
        """Ask what the server can do, unless it has said so by itself."""
        if not self._capabilities:
            await self._ask("CAPABILITY")

    async def _encrypt(self, to: Server) -> None:
        """Go on encrypted. What somebody has slipped in before is thrown away with the reader."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LINE)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport = await loop.start_tls(
            self._writer.transport, protocol, trust(to.ca_file), server_hostname=to.host
        )
        if transport is None:
            raise _GoneError
        protocol.connection_made(transport)
        self._below = self._writer  # it would close the connection when it is forgotten
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _log_in(self, user: str, password: str) -> None:
        """Log in; `PLAIN` (RFC 4616) takes every letter, `LOGIN` is for servers without it."""
        can, self._capabilities = self._capabilities, frozenset()  # others, once logged in
        if "AUTH=PLAIN" not in can:
            await self._ask(f"LOGIN {_string(user)} {_string(password)}")
            return
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
        if "SASL-IR" in can:  # RFC 4959
            await self._ask(f"AUTHENTICATE PLAIN {secret}")
            return
        tag = await self._send("AUTHENTICATE PLAIN")
        await self._go_ahead(tag)
        self._writer.write(f"{secret}\r\n".encode())
        await self._end(tag)

    async def _poll(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.sleep(min(_POLL_EVERY, seconds))
        await self._ask("NOOP")

    async def _ask(self, command: str, *, most: int = 0) -> list[_Response]:
        return await self._end(await self._send(command), most=most)

    async def _send(self, command: str) -> bytes:
        self._tags += 1
        tag = b"s%d" % self._tags
        self._writer.write(b"%s %s\r\n" % (tag, command.encode("utf-8")))
        await self._writer.drain()
        return tag

    async def _go_ahead(self, tag: bytes) -> None:
        """Read until the server wants more; raises `RefusedError` where it does not."""
        while not (response := await self._response(0)).text.startswith(b"+"):
            if response.text.startswith(tag + b" "):
                raise _refusal(response.text.removeprefix(tag + b" ")) or PlatformError(
                    Trouble.GARBAGE, Detail.UNREADABLE
                )

    async def _end(self, tag: bytes, *, most: int = 0) -> list[_Response]:
        """Read to the end of a command; raises `RefusedError` where it failed."""
        found: list[_Response] = []
        while True:
            response = await self._response(most)
            if response.text.startswith(tag + b" "):
                if refusal := _refusal(response.text.removeprefix(tag + b" ")):
                    raise refusal
                return found
            found.append(response)
            if len(found) > 10_000:
                raise PlatformError(Trouble.GARBAGE, Detail.TOO_BIG)

    async def _response(self, most: int) -> _Response:
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
            raise _GoneError
        self._news |= _NEWS.match(text) is not None
        if told := _CAPABILITIES.match(text):
            self._capabilities = frozenset(told[1].decode("ascii", "replace").upper().split())
        return _Response(text, tuple(literals))

    @asynccontextmanager
    async def _asking(self, within: float = WITHIN) -> AsyncIterator[None]:
        """Ask in time; raises `PlatformError`, and lets through `RefusedError` alone."""
        try:
            async with asyncio.timeout(within):
                yield
        except RefusedError:
            raise
        except (OSError, EOFError, _GoneError) as error:
            self.close()
            raise PlatformError(Trouble.UNREACHABLE, _why(error)) from None
        except (ValueError, asyncio.LimitOverrunError):  # a line without an end
            self.close()
            raise PlatformError(Trouble.GARBAGE, Detail.UNREADABLE) from None
        except BaseException:
            self.close()
            raise


def quoted(text: str) -> str:
    """Return a name as a command takes it; letters beyond ASCII in the UTF-7 of RFC 3501, 5.1.3."""
    return _string(_FOREIGN.sub(_shifted, "".join(text.splitlines())))


_FOREIGN = re.compile(r"[^\x20-\x7e]+|&(?!-|[A-Za-z0-9+,]+-)")


def _shifted(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    code = base64.b64encode(found[0].encode("utf-16-be", "replace"), altchars=b"+,")
    return f"&{code.decode('ascii').rstrip('=')}-"


def _string(text: str) -> str:
    escaped = "".join(text.splitlines()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _refusal(status: bytes) -> RefusedError | None:
    found = _STATUS.match(status)
    if found is not None and found[1].upper() == b"OK":
        return None
    code = found[2] if found is not None and found[2] else b""
    return RefusedError(code.decode("ascii", "replace").upper())


def _of_log_in(refusal: RefusedError) -> PlatformError:
    if refusal.code in _LATER:
        return PlatformError(Trouble.UNREACHABLE, f"{Detail.NO_CONNECTION}: {refusal.code}")
    if refusal.code == "LIMIT":
        return PlatformError(Trouble.RATE, refusal.code, retry_after=timedelta(minutes=1))
    return PlatformError(Trouble.LOGIN, f"{Detail.NO_LOGIN}: IMAP {refusal.code}".strip())


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


def _number(text: bytes, name: bytes) -> int | None:
    found = re.search(rb"\b" + re.escape(name) + rb" (\d{1,12})\b", text, re.IGNORECASE)
    return int(found[1]) if found else None


def _instant(text: bytes) -> datetime | None:
    found = re.search(rb'INTERNALDATE "([^"]{1,40})"', text, re.IGNORECASE)
    if found is None:
        return None
    try:
        return datetime.strptime(
            found[1].decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z"
        )
    except ValueError:
        return None
