"""A throw-away PostgreSQL cluster on a free port of 127.0.0.1."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """Return the folder of the newest installed PostgreSQL server, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    return found[-1].parent if found else None


class Cluster:
    """A cluster that can go away and come back; `url` is that of its maintenance database."""

    def __init__(self, folder: Path, home: Path, *, durable: bool = False) -> None:
        self._fsync = "on" if durable else "off"
        self._folder = folder
        self._home = home
        self._data = home / "data"
        self._user = _server_user(home)
        self._run(
            folder / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8"
        )
        self._port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1 "
            f"-c unix_socket_directories={self._home} -c fsync={self._fsync} -c max_connections=200"
        )
        self._control("-o", options, "start")

    def stop(self) -> None:
        """End it as a crash would."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        log = self._home / "log"
        self._run(self._folder / "pg_ctl", "-D", self._data, "-w", "-l", log, *words)

    def _run(self, *command: str | Path) -> None:
        subprocess.run(
            command,
            check=True,
            user=self._user,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )


@contextmanager
def controlled(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a cluster and yield what stops and starts it; only a durable one writes to the disk."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    memory = Path("/dev/shm")  # a cluster for an hour needs no disk
    place = memory if memory.is_dir() and not durable else None
    home = Path(tempfile.mkdtemp(prefix="stadtdraht-pg-", dir=place))
    try:
        found = Cluster(folder, home, durable=durable)
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[str]:
    """Run a cluster and yield the URL of its maintenance database."""
    with controlled() as found:
        yield found.url


def create_database(maintenance: str, name: str, *, template: str | None = None) -> str:
    """Create a database and return its URL."""
    with psycopg.connect(maintenance, autocommit=True) as connection:
        clause = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{clause}'.encode())
    return maintenance.rsplit("/", 1)[0] + f"/{name}"


def drop_database(maintenance: str, name: str) -> None:
    """Drop a database, whoever is still connected."""
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def free_port() -> int:
    """Return a TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _version(path: Path) -> int:
    return int(path.parent.parent.name)


def _server_user(home: Path) -> str | None:
    """PostgreSQL refuses to run as root: give the folder to its own account then."""
    if os.getuid() != 0:
        return None
    account = pwd.getpwnam("postgres")
    os.chown(home, account.pw_uid, account.pw_gid)
    home.chmod(0o700)
    return "postgres"
