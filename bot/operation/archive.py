"""A backup file: a tar stream in gzip that begins with a header and ends with a manifest.

header.json               what it is, and the tables with their columns
rows/message/000001.jsonl a stretch of a table
secret.key, accounts/...  the data folder's files
manifest.json             every part with its size and SHA-256: without it the file is cut off
"""

import gzip
import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

from pydantic import BaseModel, ValidationError

from bot.operation.errors import BrokenBackupError, NewerBackupError
from bot.operation.rows import Kind

FORMAT = "stadtdraht-backup"
VERSION = 1
HEADER, MANIFEST, KEY = "header.json", "manifest.json", "secret.key"
ROWS, ACCOUNTS = "rows", "accounts"
_LEVEL = 4  # gzip: beyond it a backup takes longer and hardly gets smaller
_MOST_JSON = 64 * 1024 * 1024  # bytes of header or manifest; the manifest of a terabyte has 40 MB
_MOST_ROWS = 2 * 1024 * 1024 * 1024  # bytes: no value in PostgreSQL is larger than half of it
_ROWS_NAME = re.compile(r"rows/[a-z_0-9]{1,63}/[0-9]{6,9}\.jsonl")


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class Table(BaseModel, frozen=True):
    """A table: its columns in the order of the rows, and the last number it gave out."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    last_id: int | None = None


class Header(BaseModel, frozen=True):
    """What the file is; `engine` and `product` are for people, `revision` is the schema's."""

    format: str
    version: int
    product: str
    engine: str
    revision: str
    created_at: str
    tables: tuple[Table, ...]


class Entry(BaseModel, frozen=True):
    """A part as the manifest lists it; `size` in bytes."""

    name: str
    size: int
    sha256: str


class Manifest(BaseModel, frozen=True):
    """Every part in its order."""

    parts: tuple[Entry, ...]


class Writer:
    """Writes the parts one after the other; `writing` makes one."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._entries: list[Entry] = []

    def add(self, name: str, content: bytes) -> None:
        """Add a part that is in memory."""
        self.add_stream(name, len(content), BytesIO(content))

    def add_stream(self, name: str, size: int, content: Readable) -> None:
        """Add a part of `size` bytes."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        hashed = _Hashed(content)
        self._tar.addfile(member, hashed)
        _forget(self._tar)
        self._entries.append(Entry(name=name, size=size, sha256=hashed.digest()))

    def finish(self) -> None:
        """Write the manifest."""
        manifest = Manifest(parts=tuple(self._entries))
        self.add(MANIFEST, manifest.model_dump_json().encode())


@contextmanager
def writing(out: BinaryIO, header: Header) -> Iterator[Writer]:
    """Write a backup into `out`; it is whole when the block has ended."""
    with (
        gzip.GzipFile("", "wb", _LEVEL, out, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        writer = Writer(tar)
        writer.add(HEADER, header.model_dump_json().encode())
        yield writer
        writer.finish()


@contextmanager
def _honest() -> Iterator[None]:
    """Say in our words what tar and gzip say in theirs."""
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BrokenBackupError(
            f"The backup is damaged or cut off ({type(error).__name__})."
        ) from None


class Part:
    """A part that is being read: `name`, and its bytes once."""

    def __init__(self, name: str, size: int, content: Readable) -> None:
        self.name = name
        self.size = size
        self.content = _Hashed(content)

    @_honest()
    def lines(self) -> list[bytes]:
        """Return its lines: a few megabytes, or one long row."""
        *lines, rest = _small(self, _MOST_ROWS).split(b"\n")
        if rest:
            raise BrokenBackupError(f"{self.name} ends within a line.")
        return lines

    @_honest()
    def save(self, out: BinaryIO) -> None:
        """Write it into a file."""
        while block := self.content.read(1024 * 1024):
            out.write(block)

    @_honest()
    def entry(self) -> Entry:
        """Read what is left and return what the manifest should say of it."""
        while self.content.read(1024 * 1024):
            pass
        return Entry(name=self.name, size=self.size, sha256=self.content.digest())


class Reader:
    """Reads a backup from its beginning, and believes nothing that the manifest does not say."""

    def __init__(self, content: BinaryIO) -> None:
        self._zip = gzip.GzipFile(fileobj=content)
        with _honest():
            try:
                self._tar = tarfile.open(  # noqa: SIM115 (holds nothing: `content` is the caller's)
                    fileobj=self._zip, mode="r|"
                )
            except (gzip.BadGzipFile, tarfile.ReadError):
                raise BrokenBackupError("This is not a backup of Stadtdraht.") from None
            first = self._next()
            if first is None or first.name != HEADER:
                raise BrokenBackupError("This is not a backup of Stadtdraht.")
            self.header = _header(_small(first))
            self._entries = [first.entry()]

    def parts(self) -> Iterator[Part]:
        """Yield the parts; raises `BrokenBackupError` at the latest behind the last one."""
        with _honest():
            while (part := self._next()) is not None:
                if part.name == MANIFEST:
                    self._compare(_small(part))
                    return
                if not _is_known(part.name):
                    raise BrokenBackupError(f"It holds {part.name!r}, which no backup does.")
                yield part
                self._entries.append(part.entry())
            raise BrokenBackupError("The backup is cut off: its end is missing.")

    def _next(self) -> Part | None:
        member = self._tar.next()
        _forget(self._tar)
        if member is None:
            return None
        content = self._tar.extractfile(member) if member.isreg() else None
        if content is None or member.issparse():
            raise BrokenBackupError(f"{member.name!r} is not a plain file.")
        return Part(member.name, member.size, content)

    def _compare(self, manifest: bytes) -> None:
        try:
            listed = Manifest.model_validate_json(manifest)
        except ValidationError:
            raise BrokenBackupError("The list of its parts cannot be read.") from None
        if listed.parts != tuple(self._entries):
            raise BrokenBackupError("Its parts are not those that were written.")
        more = self._tar.next() is not None
        while block := self._zip.read(1024 * 1024):  # to the checksum
            more = more or any(block)
        if more:
            raise BrokenBackupError("Something was added behind its end.")
        names = [entry.name for entry in self._entries]
        if len(set(names)) != len(names):
            raise BrokenBackupError("It holds a part twice.")


class _Hashed:
    """Reads on, and keeps the hash of what was read."""

    def __init__(self, content: Readable) -> None:
        self._content = content
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self._content.read(size)
        self._hash.update(block)
        return block

    def digest(self) -> str:
        return self._hash.hexdigest()


def _forget(tar: tarfile.TarFile) -> None:
    """Keep tarfile from remembering every part: a large city has many."""
    tar.members.clear()  # type: ignore[attr-defined]  # undocumented, and in every version


def _small(part: Part, most: int = _MOST_JSON) -> bytes:
    if part.size > most:
        raise BrokenBackupError(f"{part.name} is too large.")
    return part.content.read()


def _header(content: bytes) -> Header:
    try:
        stated = json.loads(content)
        if not isinstance(stated, dict) or stated.get("format") != FORMAT:
            raise BrokenBackupError("This is not a backup of Stadtdraht.")
        version = stated.get("version")
        if isinstance(version, int) and version > VERSION:
            raise NewerBackupError(
                "A newer Stadtdraht made this backup; restore it with that version."
            )
        return Header.model_validate(stated)
    except ValueError:  # also pydantic's
        raise BrokenBackupError("The beginning of the backup cannot be read.") from None


def _is_known(name: str) -> bool:
    """Tell whether a part may stand in a backup: nothing leaves the folders that are ours."""
    if name == KEY or _ROWS_NAME.fullmatch(name):
        return True
    path = PurePosixPath(name)
    return (
        str(path) == name
        and path.parts[0] == ACCOUNTS
        and len(path.parts) > 2
        and not any(part in {".", ".."} or "\x00" in part for part in path.parts)
    )
