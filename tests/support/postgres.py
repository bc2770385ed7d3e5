"""A throw-away PostgreSQL cluster on a free port of 127.0.0.1."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """Return the folder of the newest installed PostgreSQL server, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    return found[-1].parent if found else None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: the URL of its maintenance database, and how to restart it."""

    url: str
    restart: Callable[[], None]


@contextmanager
def cluster() -> Iterator[str]:
    """Run a cluster and yield the URL of its maintenance database."""
    with own_cluster() as running:
        yield running.url


@contextmanager
def own_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a cluster that a test may restart; only a durable one writes to the disk, as a city's."""
    folder = binaries()
    if folder is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    memory = Path("/dev/shm")  # a cluster for an hour needs no disk
    place = memory if memory.is_dir() and not durable else None
    home = Path(tempfile.mkdtemp(prefix="stadtdraht-pg-", dir=place))
    data = home / "data"
    user = _server_user(home)

    def run(*command: str | Path) -> None:
        subprocess.run(
            command, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL, timeout=120
        )

    try:
        run(folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        port = free_port()
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} "
            f"-c fsync={'on' if durable else 'off'} -c max_connections=200"
        )
        control = (folder / "pg_ctl", "-D", data, "-w", "-l", home / "log")
        run(*control, "-o", options, "start")
        try:
            yield Cluster(
                f"postgresql://postgres@127.0.0.1:{port}/postgres",
                lambda: run(*control, "-m", "fast", "-o", options, "restart"),
            )
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


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
