"""The way out: a part becomes a mail under a name of its own, handed in over SMTP."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from threading import Event

from connectors import smtp
from connectors.base import OutboundPart
from connectors.capabilities import Act, Capabilities, Visibility
from connectors.email import compose, ids
from connectors.email.archive import Archive
from connectors.email.subjects import Subjects
from connectors.mailserver import Server
from connectors.results import (
    LoginNeeded,
    Permanent,
    Refusal,
    Scope,
    SendResult,
    Sent,
    Transient,
    Unknown,
)
from connectors.smtp import Connection, MailError

_WITHIN = 6.0  # seconds for a mail, and some for a file: the core waits for seven
_LONGEST = 13.0
_BYTES_A_SECOND = 1024 * 1024
_SUBJECT_WITHIN = 1.0
_LOOK_WITHIN = 2.5
_COPY_WITHIN = 60.0
_CUT_WITHIN = 0.5
_AT_ONCE = 3  # connections: Exchange Online allows no more
_LIMITED = frozenset({421, 432, 454})  # it is us that the server has enough of
LOGGED_OUT = frozenset({530, 534, 535, 538})
_BUSY = "busy"  # with mails before this one
_LARGE = frozenset({552, 523})


class Post:
    """Sends for an account, and keeps a copy in the mailbox."""

    def __init__(
        self,
        server: Server,
        archive: Archive,
        subjects: Subjects,
        limits: Capabilities,
        *,
        me: str,
        name: str | None,
        plus: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._server = server
        self._archive = archive
        self._subjects = subjects
        self._limits = limits
        self._me = me
        self._name = name
        self._plus = plus
        self._now = now
        self._places = asyncio.Semaphore(_AT_ONCE)
        # As many may be saying farewell.
        self._threads = ThreadPoolExecutor(2 * _AT_ONCE, thread_name_prefix="smtp")
        self._copies: set[asyncio.Task[None]] = set()

    async def check(self) -> MailError | None:
        """Log in and send nothing; return why that does not work."""
        return await self._connect(None, within=15.0)

    async def send(self, part: OutboundPart, key: str) -> SendResult:
        """Send a part to its recipient alone."""
        if part.act is not Act.POST:
            return Permanent(Refusal.UNSUPPORTED, part.act)
        if part.visibility is not Visibility.PRIVATE:
            return Permanent(Refusal.UNSUPPORTED, "a mail is private")
        if not part.recipient:
            return Permanent(Refusal.NOT_PRIVATE, "nobody to send it to")
        size = len(part.file.content) if part.file else 0
        if size > self._limits.max_media_bytes:
            return Permanent(Refusal.TOO_LARGE)
        end = time.monotonic() + min(_WITHIN + size / _BYTES_A_SECOND, _LONGEST)
        try:
            mail = compose.mail(
                part,
                key,
                me=self._me,
                name=self._name,
                subject=await self._subject(part),
                now=self._now(),
                plus=self._plus,
            )
        except compose.NotPossibleError:
            return Permanent(Refusal.REFUSED, "no address that mail can be sent to")
        failure = await self._in_turn(mail, end)
        if failure is not None:
            return _judged(failure)
        name = compose.message_id(key, self._me)
        await self._keep(name, mail, end)
        return Sent(name)

    async def find_sent(self, key: str) -> str | None:
        """Look for our copy: it proves that a mail was sent; none proves nothing."""
        name = compose.message_id(key, self._me)
        return name if await self._archive.has_sent(name, within=_LOOK_WITHIN) else None

    async def close(self) -> None:
        """Let the last copies be written."""
        if self._copies:
            await asyncio.wait(self._copies, timeout=1.0)
        for task in self._copies:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _subject(self, part: OutboundPart) -> str | None:
        # Of a thread that begins with what is answered, that mail alone tells what it is about.
        answered, thread = part.in_reply_to or part.thread, part.thread
        names = [answered] if ids.message_id(answered) == thread else [answered, thread]
        found = self._subjects.of(*names)
        if found is not None:
            return found
        for name in filter(ids.is_real, names):
            found = await self._archive.subject(name, within=_SUBJECT_WITHIN)
            if found is not None:
                self._subjects.remember(name, found)
                return found
        return None

    async def _in_turn(self, mail: EmailMessage, end: float) -> MailError | None:
        try:
            async with asyncio.timeout(end - time.monotonic()):
                await self._places.acquire()
        except TimeoutError:
            return MailError(_BUSY)
        try:
            return await self._connect(mail, within=end - time.monotonic())
        finally:
            self._places.release()

    async def _connect(self, mail: EmailMessage | None, *, within: float) -> MailError | None:
        """Hand in a mail; return why that failed, None as soon as it was taken.

        The farewell may take its time: it changes nothing.
        """
        stop = Event()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[MailError | None] = loop.create_future()
        opened: list[Connection] = []

        def settle(found: MailError | None) -> None:
            def take() -> None:
                if not outcome.done():
                    outcome.set_result(found)

            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(take)

        def hand_in() -> None:
            name = self._me.rpartition("@")[2]
            try:
                with smtp.connected(
                    self._server, name=name, is_stopping=stop.is_set, when_stopping=0
                ) as connection:
                    opened.append(connection)
                    _hand_in(connection, mail, stop)
                    settle(None)
            except MailError as error:
                settle(error)
            except Exception as error:  # noqa: BLE001 (whoever waits has to hear of it)
                settle(MailError(f"no_connection: {type(error).__name__}", left=_has_left(opened)))

        try:
            loop.run_in_executor(self._threads, hand_in)
        except RuntimeError:  # closed meanwhile
            return MailError("no_connection")
        try:
            await asyncio.wait({outcome}, timeout=within)
            if not outcome.done():
                stop.set()
                await asyncio.wait({outcome}, timeout=_CUT_WITHIN)
            return (
                outcome.result()
                if outcome.done()
                else MailError("no_answer", left=_has_left(opened))
            )
        finally:
            if not outcome.done():
                stop.set()

    async def _keep(self, name: str, mail: EmailMessage, end: float) -> None:
        """Write the copy, in the background where that takes long."""
        content = mail.as_bytes()
        task = asyncio.create_task(self._archive.keep(name, content, within=_COPY_WITHIN))
        self._copies.add(task)
        task.add_done_callback(self._copies.discard)
        await asyncio.wait({task}, timeout=max(0.0, end - time.monotonic()))


def _hand_in(connection: Connection, mail: EmailMessage | None, stop: Event) -> None:
    if stop.is_set():  # it was said already that nothing has left
        raise MailError("no_answer")
    if mail is not None:
        smtp.send(connection, mail)


def _has_left(opened: Sequence[Connection]) -> bool:
    """Tell whether the server may have the mail; before there is a connection it has not."""
    return bool(opened) and opened[0].left


def _judged(error: MailError) -> SendResult:
    """Say what a failure means; the server's words may name people and stay out."""
    told = f"{error.code} {error.status or ''}".strip()
    if error.left:
        return Unknown(told)
    if error.status in LOGGED_OUT:
        return LoginNeeded(f"SMTP {error.status}")
    if error.final:
        return Permanent(Refusal.TOO_LARGE if error.status in _LARGE else Refusal.REFUSED, told)
    of_the_chat = error.code == _BUSY or error.status not in {None, *_LIMITED}
    return Transient(told, Scope.CHAT if of_the_chat else Scope.CHANNEL)
