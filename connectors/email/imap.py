"""IMAP, as little as a mailbox needs that is only read: RFC 3501, RFC 2177 (IDLE)."""

import asyncio
import base64
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from connectors.base import PlatformError, Trouble
from connectors.details import Detail
from connectors.email.wire import WITHIN, RefusedError, Wire
from connectors.mailserver import Security, Server

_SLOWEST = 256 * 1024  # bytes a second
_POLL_EVERY = 3.0  # seconds, where the server does not tell of news by itself
_SENT = re.compile(rb'\* LIST \([^)]*\\Sent\b[^)]*\) (?:"(?:\\.|[^"])*"|NIL) (.+)', re.IGNORECASE)
_FETCHED = re.compile(rb"\* \d+ FETCH ", re.IGNORECASE)
# RFC 5530: the log-in may be right, the server cannot tell just now.
_LATER = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN"})


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as it is opened: mails have numbers that grow, as long as `validity` is the same."""

    validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail in a folder, unread yet; some servers name no size. `refused`: it cannot be listed."""

    uid: int
    size: int | None = None
    received_at: datetime | None = None
    refused: bool = False


class Imap:
    """A connection that is logged in. One command at a time; who uses it sees to that."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def is_open(self) -> bool:
        """Whether it can be asked, as far as is known."""
        return self._wire.is_open

    @classmethod
    async def connect(cls, to: Server) -> Self:
        """Connect, encrypt and log in; raises `PlatformError`."""
        wire = await Wire.connect(to)
        try:
            async with wire.asking():
                await _begin(wire, to)
        except BaseException:
            wire.close()
            raise
        return cls(wire)

    def close(self) -> None:
        """Cut the connection: nothing is lost by that, for nothing is changed."""
        self._wire.close()

    async def open(self, folder: str) -> Folder:
        """Open a folder for reading only; raises `RefusedError` where there is none."""
        async with self._wire.asking():
            answer = await self._wire.ask(f"EXAMINE {quoted(folder)}")
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
        self._wire.news = False
        async with self._wire.asking():
            answer = await self._wire.ask(f"UID SEARCH {what}")
        lines = [one.text for one in answer if one.text.upper().startswith(b"* SEARCH")]
        return sorted({int(word) for line in lines for word in line.split() if word.isdigit()})

    async def named(self, message_id: str) -> list[int]:
        """Return the numbers of the mails with this Message-ID."""
        return await self.search(f"HEADER Message-ID {quoted(f'<{message_id}>')}")

    async def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Return how large these mails are; one that is gone meanwhile is missing."""
        async with self._wire.asking():
            asked = ",".join(map(str, uids))
            answer = await self._wire.ask(f"UID FETCH {asked} (UID RFC822.SIZE INTERNALDATE)")
        found: dict[int, Listed] = {}
        for one in answer:
            uid, size = _number(one.text, b"UID"), _number(one.text, b"RFC822.SIZE")
            is_it = _FETCHED.match(one.text) and uid in uids
            # One without a size may be news of its marks, beside what was asked for.
            if is_it and uid is not None and (size is not None or uid not in found):
                found[uid] = Listed(uid, size, _instant(one.text))
        return [found[uid] for uid in sorted(found)]

    async def content(self, uid: int, most: int, *, section: str = "") -> bytes | None:
        """Return a mail's source, its first `most` bytes; None where it is gone. No mark is set."""
        async with self._wire.asking(WITHIN + most / _SLOWEST):
            asked = f"UID FETCH {uid} (UID BODY.PEEK[{section}]<0.{most}>)"
            answer = await self._wire.ask(asked, most=most)
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
        if self._wire.news:
            return
        async with self._wire.asking(seconds + WITHIN):
            if "IDLE" not in self._wire.can:
                await self._poll(seconds)
                return
            tag = await self._wire.send("IDLE")
            await self._wire.go_ahead(tag)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not self._wire.news:
                        await self._wire.response()
            await self._wire.more(b"DONE")
            await self._wire.end(tag)

    async def sent_folder(self) -> str | None:
        """Return the folder that the server calls the one for sent mail (RFC 6154), quoted."""
        only = " RETURN (SPECIAL-USE)" if "SPECIAL-USE" in self._wire.can else ""
        async with self._wire.asking():
            answer = await self._wire.ask(f'LIST "" "*"{only}')
        for one in answer:
            if found := _SENT.match(one.text):
                name = one.literals[0] if one.literals else found[1].strip().strip(b'"')
                return name.replace(b'\\"', b'"').replace(b"\\\\", b"\\").decode("ascii", "replace")
        return None

    async def append(self, folder: str, content: bytes) -> None:
        """Put a mail into a folder, as one that was read; raises `RefusedError`."""
        async with self._wire.asking(WITHIN + len(content) / _SLOWEST):
            at_once = "LITERAL+" in self._wire.can  # RFC 7888
            size = f"{len(content)}{'+' if at_once else ''}"
            tag = await self._wire.send(f"APPEND {quoted(folder)} (\\Seen) {{{size}}}")
            if not at_once:
                await self._wire.go_ahead(tag)
            await self._wire.more(content)
            await self._wire.end(tag)

    async def _poll(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.sleep(min(_POLL_EVERY, seconds))
        await self._wire.ask("NOOP")


async def _begin(wire: Wire, to: Server) -> None:
    greeting = await wire.response()
    if not greeting.text.upper().startswith(b"* OK"):
        raise PlatformError(Trouble.SETTINGS, Detail.NOT_THE_PLATFORM)
    if to.security is Security.STARTTLS:
        try:
            await wire.ask("STARTTLS")
        except RefusedError:
            raise PlatformError(Trouble.SETTINGS, f"{Detail.BAD_SETTINGS}: STARTTLS") from None
        await wire.encrypt(to)
        wire.can = frozenset()  # anybody may have said it
    await _learn(wire)
    try:
        await _log_in(wire, to.user or "", to.password or "")
    except RefusedError as refusal:
        raise _of_log_in(refusal) from None
    await _learn(wire)


async def _learn(wire: Wire) -> None:
    """Ask what the server can do, unless it has said so by itself."""
    if not wire.can:
        await wire.ask("CAPABILITY")


async def _log_in(wire: Wire, user: str, password: str) -> None:
    """Log in; `PLAIN` (RFC 4616) takes every letter, `LOGIN` is for servers without it."""
    can, wire.can = wire.can, frozenset()  # others, once logged in
    if "AUTH=PLAIN" not in can:
        await wire.ask(f"LOGIN {_string(user)} {_string(password)}")
        return
    secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    if "SASL-IR" in can:  # RFC 4959
        await wire.ask(f"AUTHENTICATE PLAIN {secret}")
        return
    tag = await wire.send("AUTHENTICATE PLAIN")
    await wire.go_ahead(tag)
    await wire.more(secret.encode())
    await wire.end(tag)


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


def _of_log_in(refusal: RefusedError) -> PlatformError:
    if refusal.code in _LATER:
        return PlatformError(Trouble.UNREACHABLE, f"{Detail.NO_CONNECTION}: {refusal.code}")
    if refusal.code == "LIMIT":
        return PlatformError(Trouble.RATE, refusal.code, retry_after=timedelta(minutes=1))
    return PlatformError(Trouble.LOGIN, f"IMAP {refusal.code}".strip())


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
