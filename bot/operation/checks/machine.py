"""What the machine must offer: Python, time, a data folder of our own, room."""

import ctypes
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.operation.archive import KEY
from bot.operation.findings import Finding, Level, ok, warning, wrong
from bot.operation.unfinished import MARK

_PYTHON = (3, 11)
_SQLITE = (3, 35)  # UPDATE ... RETURNING
_KEY_BYTES = 32
_LITTLE, _MUCH_TOO_LITTLE = 2 * 1024**3, 256 * 1024**2  # bytes of free disk
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronized
_NETWORK_DRIVES = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs", "afs"}
)


def check(data_dir: Path) -> Iterator[Finding]:
    """Yield how the machine stands."""
    yield python(sys.version_info[:2], sqlite3.sqlite_version_info[:2])
    yield time_zones()
    yield clock(synchronized=_is_synchronized())
    found = folder(data_dir)
    yield found
    if data_dir.is_dir():
        yield key(data_dir / KEY)
        yield disk(shutil.disk_usage(data_dir).free)
        if (data_dir / MARK).exists():
            yield wrong("restore", "A restore was cut off.", "Run `stadtdraht db restore` again.")


def python(version: tuple[int, ...], sqlite: tuple[int, ...]) -> Finding:
    """Judge the versions of Python and its SQLite."""
    if version < _PYTHON:
        return wrong("python", f"Python {_dotted(version)}.", "Install Python 3.11 or newer.")
    if sqlite < _SQLITE:
        text = f"Python comes with SQLite {_dotted(sqlite)}."
        return wrong("python", text, "Use a Python with SQLite 3.35 or newer.")
    return ok("python", f"Python {_dotted(version)}, SQLite {_dotted(sqlite)}.")


def time_zones() -> Finding:
    """See whether markets and deadlines know the city's time."""
    try:
        ZoneInfo("Europe/Berlin")
    except (ZoneInfoNotFoundError, OSError):
        cure = "Install the package `tzdata` of the system or of Python."
        return wrong("time_zones", "The data of time zones is missing.", cure)
    return ok("time_zones", "Europe/Berlin is known.")


def clock(*, synchronized: bool) -> Finding:
    """Judge the machine's clock."""
    if not synchronized:
        text = "Nothing keeps the clock right: deadlines, sessions and leases depend on it."
        return warning(
            "clock", text, "Switch time synchronisation on (`timedatectl set-ntp true`)."
        )
    return ok("clock", "The clock is synchronized.")


def folder(path: Path) -> Finding:
    """Judge the data folder."""
    if not path.exists():
        text = f"{path} is not there; the first start makes it."
        return warning("data_dir", text, "If this city ran before, set STADTDRAHT_DATA_DIR.")
    if not path.is_dir():
        return wrong("data_dir", f"{path} is not a folder.", "Set STADTDRAHT_DATA_DIR to one.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        text = f"{path} is not writable for this account."
        return wrong("data_dir", text, "Run as its owner, or `chown` it to the service's account.")
    text = f"Other accounts of this machine may look into {path}."
    return too_open("data_dir", path, text, f"chmod 700 {path}") or ok(
        "data_dir", f"{path} is ours alone."
    )


def key(path: Path) -> Finding:
    """Judge the installation's key."""
    if not path.exists():
        text = "There is no key yet; the first start makes it."
        return warning("key", text, "If this city ran before, restore its key from a backup.")
    if not os.access(path, os.R_OK):
        return wrong("key", f"{path} cannot be read.", "`chown` it to the service's account.")
    if found := too_open("key", path, f"Other accounts may read {path}.", f"chmod 600 {path}"):
        return found
    if path.stat().st_size != _KEY_BYTES:
        return wrong("key", f"{path} is not a key.", "Restore it from a backup.")
    return ok("key", "The key is there.")


def open_to(mode: int, *, is_ours: bool, is_our_group: bool) -> Level:
    """Judge who else gets at what has this mode; `is_ours` when we could change it.

    What others made for us, such as volumes and secrets of Kubernetes, belongs to root and to our
    group: there the group is us, and what others may do is for who set it up to know.
    """
    others, group = mode & 0o007, mode & 0o070
    if is_ours:
        return Level.WRONG if others or group else Level.OK
    return Level.WARNING if others or (group and not is_our_group) else Level.OK


def disk(free: int) -> Finding:
    """Judge the room that is left, in bytes."""
    text = f"{free // 1024**2} MiB are free."
    cure = "Make room: without it nothing new is taken in."
    if free < _MUCH_TOO_LITTLE:
        return wrong("disk", text, cure)
    return warning("disk", text, cure) if free < _LITTLE else ok("disk", text)


def file_system(path: Path, mounts: str) -> Finding:
    """Judge where an SQLite file lies; `mounts` is `/proc/self/mounts` (fstab(5))."""
    lines = [line.split(" ") for line in mounts.splitlines()]
    around = [
        (point.replace("\\040", " "), kind)
        for _, point, kind, *_ in lines
        if path.is_relative_to(point.replace("\\040", " "))
    ]
    _, kind = max(around, key=lambda mount: len(mount[0]), default=("", ""))
    if kind in _NETWORK_DRIVES:
        text = f"The SQLite file lies on a network drive ({kind}), where locks do not hold."
        return wrong("file_system", text, "Move it to a disk of this machine, or use PostgreSQL.")
    return ok("file_system", "The SQLite file lies on a disk of this machine.")


def too_open(check: str, path: Path, text: str, cure: str) -> Finding | None:
    """Judge a file or folder that others can read or change; None where they cannot."""
    state = path.stat()
    level = open_to(
        state.st_mode,
        is_ours=state.st_uid == os.geteuid() and not os.statvfs(path).f_flag & os.ST_RDONLY,
        is_our_group=state.st_gid in {os.getegid(), *os.getgroups()},
    )
    if level is Level.OK:
        return None
    if level is Level.WRONG:
        return wrong(check, text, cure)
    return warning(
        check, text, "Nothing to do in a container of its own; else its owner closes it."
    )


def _is_synchronized() -> bool:
    """Ask the kernel (adjtimex(2)); where it does not tell, believe the clock."""
    ask = getattr(ctypes.CDLL(None), "adjtimex", None)
    return ask is None or int(ask(ctypes.create_string_buffer(512))) != _TIME_ERROR


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
