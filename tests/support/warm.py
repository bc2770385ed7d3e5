"""A warm start: one process has imported the whole program and forks a child for each command.

Importing takes longer than most commands work. A child has its own environment (with a
`sitecustomize` on its `PYTHONPATH`), folder and files, and goes on where a fresh interpreter would
call `main`; how it ends is its own affair, so a signal, a traceback and an exit code are what they
always were. What else an interpreter reads at its start (`PYTHONIOENCODING` and the like) comes too
late here: see `command.start`.
"""

import gc
import importlib
import json
import os
import signal
import site
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from threading import Lock

from tests.support import language

_ROOT = Path(__file__).parents[2]
_PROGRAM = "from tests.support.warm import fork; fork(); from bot.cli import main; main()"
# What the program imports when it comes to it; nothing here may start a thread.
_LATER = (
    "bot.cli",
    "bot.operation.backup",
    "bot.operation.restore",
    "bot.operation.upgrade",
    "bot.server",
    "connectors.matrix.link",
    "dashboard.app",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
_MOST = 1 << 17  # bytes of one order
_STREAMS = 3


class Process:
    """A child of the host, used like a `subprocess.Popen`."""

    def __init__(self, pid: int, report: "Connection[None, int]") -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._report = report

    def poll(self) -> int | None:
        """Return the exit code (a signal's number below zero), None while it lives."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait at most `timeout` seconds for the exit code; raises `subprocess.TimeoutExpired`."""
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("stadtdraht", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal if it still lives."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it (SIGKILL)."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and self._report.poll(timeout):
            self.returncode = self._report.recv()
            self._report.close()
        return self.returncode


class Host:
    """The process that forks; it starts with the first order and ends with us."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._orders: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], streams: Sequence[int]
    ) -> Process:
        """Start `stadtdraht` with these words; `streams` are its stdin, stdout and stderr."""
        order = json.dumps([words, dict(environment), str(Path.cwd())])
        report, theirs = Pipe(duplex=False)
        with theirs:
            orders = self._open()
            socket.send_fds(orders, [order.encode()], [*streams, theirs.fileno()])
        return Process(report.recv(), report)

    def close(self) -> None:
        """End it; children that still live go on."""
        if self._orders and self._process:
            self._orders.close()
            self._process.wait(timeout=60)

    def _open(self) -> socket.socket:
        with self._lock:
            if self._orders is None:
                self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                with theirs:
                    self._process = subprocess.Popen(
                        [
                            *(sys.executable, "-c", _PROGRAM),
                            *(str(theirs.fileno()), language.HOST.interpreter),
                        ],
                        pass_fds=[theirs.fileno()],
                        cwd=_ROOT,
                        stdin=subprocess.DEVNULL,
                    )
            return self._orders


def fork() -> None:
    """Take orders until the tests end; return in each child, as an interpreter that has started."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the children
    sys.executable = sys.argv[2]  # what the program starts is warm too
    for name in _LATER:
        importlib.import_module(name)
    gc.freeze()
    children: dict[int, tuple[int, Connection[int, None]]] = {}  # by their pidfd
    while True:
        ready = wait([orders.fileno(), *children])
        for handle in children.keys() & ready:
            pid, report = children.pop(handle)
            os.close(handle)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with report, suppress(OSError):  # nobody may want to know
                report.send(code)
        if orders.fileno() not in ready:
            continue
        order, received, _, _ = socket.recv_fds(orders, _MOST, _STREAMS + 1)
        if not order:
            os._exit(0)
        *streams, number = received
        pid, report = os.fork(), Connection(number, readable=False)
        if not pid:
            orders.close()
            for left in (report, *(other for _, other in children.values())):
                left.close()
            signal.signal(signal.SIGINT, interrupted)
            _become(streams, *json.loads(order))
            return
        for stream in streams:
            os.close(stream)
        children[os.pidfd_open(pid)] = pid, report
        report.send(pid)


def _become(streams: list[int], words: list[str], environment: dict[str, str], folder: str) -> None:
    """Put on what makes this process another one: its words, environment, folder, streams."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(_STREAMS, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if "PYTHONPATH" in environment:
        sys.path[1:1] = environment["PYTHONPATH"].split(os.pathsep)
        sys.modules.pop("sitecustomize", None)  # the machine may have one of its own
        site.execsitecustomize()
    sys.argv[1:] = words
    out, error = sys.stdout, sys.stderr
    sys.stdin = os.fdopen(0, encoding=sys.stdin.encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=out.encoding, errors=out.errors, closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding=error.encoding, errors=error.errors, closefd=False)
