"""Language processes that need not load: each is forked from one that has loaded the model.

Loading is three seconds of work, and a killed server does it again after each kill. `HOST` loads
with the first order. A new interpreter (`command.start(really=True)`) loads by itself, and is the
parent of its language process: measure memory there.
"""

import fcntl
import gc
import importlib
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock

_ROOT = Path(__file__).parents[2]
_LAUNCHER = Path(__file__).with_name("launcher.py")
_PROGRAM = "from tests.support.language import fork; fork(); from nlp.serve import main; main()"
_STREAMS = 3


class Host:
    """The process that has loaded the model; it ends with us."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def interpreter(self) -> str:
        """A program to start in place of `sys.executable`."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="stadtdraht-language-"))
                self._start(self._folder / "socket")
                self._write(self._folder / "python", self._folder / "socket")
            return str(self._folder / "python")

    @property
    def command(self) -> tuple[str, ...]:
        """What `LanguageProcess` starts."""
        return (self.interpreter, "-P", "-m", "nlp.serve")

    def close(self) -> None:
        """End it; children that still live go on."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(timeout=60)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as orders:
            orders.bind(str(path))
            orders.listen(64)
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(orders.fileno())],
                pass_fds=[orders.fileno()],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
            )

    @staticmethod
    def _write(path: Path, orders: Path) -> None:
        words = shlex.join([sys.executable, "-IS", str(_LAUNCHER), sys.executable, str(orders)])
        path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
        path.chmod(0o700)


HOST = Host()


def fork() -> None:
    """Fork a child for each launcher until our input closes; return in each child."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the children
    if orders in select.select([orders, sys.stdin], [], [])[0]:
        importlib.import_module("nlp.serve")
        importlib.import_module("nlp.pipeline").load()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while True:
        ready, _, _ = select.select([orders, sys.stdin], [], [])
        if orders not in ready:
            os._exit(0)
        launcher, _ = orders.accept()
        if not os.fork():
            orders.close()
            _become(launcher)
            return
        launcher.close()


def _become(launcher: socket.socket) -> None:
    """Take its streams, and die when it dies."""
    _, streams, _, _ = socket.recv_fds(launcher, 1, _STREAMS)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    fcntl.fcntl(launcher, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(launcher, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(launcher, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([launcher], [], [], 0)[0]:  # it died before
        os._exit(0)
    launcher.detach()  # open as long as we live
