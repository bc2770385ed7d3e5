"""An IMAP server that stumbles over some of its mails; as little of one as the way in asks for."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_ASKED = re.compile(rb"(\S+) UID FETCH ([0-9,]+) \((UID RFC822\.SIZE)?")


@dataclass(slots=True)
class Strange:
    """What is in the folder, by numbers, and over which of them the server stumbles."""

    mails: dict[int, bytes] = field(default_factory=dict)
    refused: dict[int, bytes] = field(default_factory=dict)  # to be listed, and with which word
    hangs_up: set[int] = field(default_factory=set)
    without_size: set[int] = field(default_factory=set)
    port: int = 0

    def answer(self, line: bytes) -> bytes | None:
        """Return what is said to a command, None to hang up."""
        tag, _, command = line.partition(b" ")
        done = tag + b" OK\r\n"
        if command.startswith(b"EXAMINE"):
            following = max(self.mails, default=0) + 1
            return b"* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT %d]\r\n" % following + done
        if command.startswith(b"UID SEARCH"):
            return b"* SEARCH %s\r\n" % b" ".join(b"%d" % uid for uid in self.mails) + done
        if command.startswith(b"CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n" + done
        asked = _ASKED.match(line)
        if asked is None:
            return done
        uids = [int(uid) for uid in asked[2].split(b",")]
        return self._listed(tag, uids) if asked[3] else self._content(uids[0]) + done

    def _listed(self, tag: bytes, uids: list[int]) -> bytes | None:
        if self.hangs_up.intersection(uids):
            return None
        for uid in uids:
            if uid in self.refused:
                return tag + b" NO %s I stumble\r\n" % self.refused[uid]
        found = b""
        for uid in uids:
            size = b"" if uid in self.without_size else b" RFC822.SIZE %d" % len(self.mails[uid])
            found += b"* %d FETCH (UID %d%s)\r\n" % (uid, uid, size)
        return found + tag + b" OK\r\n"

    def _content(self, uid: int) -> bytes:
        mail = self.mails[uid]
        return b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(mail), mail)


@contextmanager
def serving() -> Iterator[Strange]:
    """Run such a server."""
    strange = Strange()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.wfile.write(b"* OK hello\r\n")
                for line in self.rfile:
                    answer = strange.answer(line.rstrip(b"\r\n"))
                    if answer is None:
                        return
                    self.wfile.write(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        strange.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="strange")
        thread.start()
        try:
            yield strange
        finally:
            server.shutdown()
            thread.join()
