"""A real server process, started, killed and started again."""

import json
import os
import re
import signal
import time
from pathlib import Path

import httpx

from tests.support import command
from tests.support.postgres import free_port

_READY_WITHIN = 240.0  # a machine may be busy
_WITH_PAGES = ("all", "web")
_WORKS = "Stadtdraht works as"
_PASSWORD = re.compile(r"Password: (\S+)")


class Server:
    """`stadtdraht run` on a port of its own; `really` in a new interpreter, not a warm one."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        role: str = "all",
        really: bool = False,
        **settings: str,
    ) -> None:
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = ""
        self.folder = folder
        self.role = role
        self._log = folder / f"server-{role}-{self.port}.log"
        self._errors = self._log.with_suffix(".err")
        self._really = really
        self._environment = command.environment(
            folder, STADTDRAHT_DATABASE_URL=database_url, PORT=str(self.port), **settings
        )
        self._process: command.Started | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def command(self, *words: str, stdin: str | None = None) -> str:
        """Run a command of the CLI and return what it prints."""
        running = command.begin(
            *words, environment=self._environment, given=stdin, really=self._really
        )
        done = running.end()
        assert done.returncode == 0, done.stderr
        return done.stdout

    def load_demo(self) -> None:
        """Load the demo city, and note the password of its desk."""
        printed = self.command("demo", "load")
        found = _PASSWORD.search(printed)
        assert found, printed
        self.password = found[1]

    def channel(self, name: str) -> tuple[str, str]:
        """Add an API channel; return its slug and token."""
        made = json.loads(self.command("channel", "add", "api", name, "--json"))
        return made["slug"], made["token"]

    def start(self) -> None:
        """Start, and wait until it can store and serve."""
        before = self.log().count(_WORKS)
        with self._log.open("ab") as log, self._errors.open("ab") as errors:
            self._process = command.start(
                *("run", "--role", self.role),
                environment=self._environment,
                stdout=log,
                stderr=errors,
                really=self._really,
            )
        deadline = time.monotonic() + _READY_WITHIN
        with httpx.Client(timeout=5) as http:
            while time.monotonic() < deadline:
                if self._process.poll() is not None:
                    raise RuntimeError(f"the server ended:\n{self.log()}")
                if self.role not in _WITH_PAGES:
                    if self.log().count(_WORKS) > before:
                        return
                    time.sleep(0.05)
                    continue
                try:
                    if http.get(f"{self.url}/health").status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
        raise TimeoutError(f"the server is not ready:\n{self.log()}")

    def kill(self) -> None:
        """Kill it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to stop (SIGTERM)."""
        self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Hold it in the middle of whatever it does (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def send(self, *numbers: signal.Signals, within: float) -> int:
        """Send signals, one right after the other, and return the exit code."""
        if self._process is None:
            raise RuntimeError("the server is not running")
        for number in numbers:
            self._process.send_signal(number)
        return self._process.wait(timeout=within)

    def log(self) -> str:
        """Return what it has written, to stdout first."""
        return "".join(
            file.read_text(errors="replace") for file in (self._log, self._errors) if file.exists()
        )

    def errors(self) -> list[str]:
        """Return the lines that it has written to stderr."""
        return self._errors.read_text("utf-8").splitlines()

    def _end(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(timeout=30)
        self._process = None
