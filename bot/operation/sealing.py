"""Backups encrypted for a public key (age, https://age-encryption.org/v1), as streams."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyrage

from bot.operation.errors import BackupError, BrokenBackupError, LockedBackupError

MAGIC = b"age-encryption.org/"
_IDENTITY = "AGE-SECRET-KEY-1"
_BUFFER = 256 * 1024


def recipient(public_key: str) -> pyrage.x25519.Recipient:
    """Read a public key (`age1...`); raises `ValueError`."""
    try:
        return pyrage.x25519.Recipient.from_str(public_key)
    except pyrage.RecipientError as error:
        raise ValueError(f"not a public key of age: {error}") from None


def identities(path: Path) -> list[pyrage.x25519.Identity]:
    """Read the private keys of a file as `age-keygen` writes it; raises `LockedBackupError`."""
    try:
        lines = [line.strip() for line in path.read_text("ascii").splitlines()]
        found = [
            pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(_IDENTITY)
        ]
    except (pyrage.IdentityError, UnicodeDecodeError):
        found = []
    if not found:
        raise LockedBackupError(f"{path} holds no private key of age ({_IDENTITY}...).")
    return found


@contextmanager
def encrypted(out: BinaryIO, public_key: str) -> Iterator[BinaryIO]:
    """Yield a file whose content reaches `out` encrypted; whole when the block has ended."""
    for_whom = recipient(public_key)
    source, sink = _pipe()

    def encrypt() -> None:
        with source:
            pyrage.encrypt_io(source, out, [for_whom])

    with ThreadPoolExecutor(1, thread_name_prefix="encrypt") as pool:
        done = pool.submit(encrypt)
        try:
            with sink:
                yield sink
        except BrokenPipeError:  # the other end says what happened
            pass
        try:
            done.result()
        except pyrage.EncryptError as error:
            raise BackupError(f"The backup cannot be written: {error}.") from None


@contextmanager
def decrypted(file: BinaryIO, keys: Sequence[pyrage.x25519.Identity]) -> Iterator[BinaryIO]:
    """Yield what a backup holds, whether it is encrypted or not.

    Raises `LockedBackupError`, and `BrokenBackupError` for a damaged file.
    """
    if not _is_encrypted(file):
        yield file
        return
    if not keys:
        raise LockedBackupError("This backup is encrypted: name its private key with --identity.")
    source, sink = _pipe()

    def decrypt() -> None:
        with sink:
            pyrage.decrypt_io(file, sink, list(keys))

    with ThreadPoolExecutor(1, thread_name_prefix="decrypt") as pool:
        done = pool.submit(decrypt)
        failure: Exception | None = None
        try:
            with source:
                yield source
        except BrokenBackupError as error:
            failure = error
        finally:
            problem = done.exception()  # waits: nobody reads the file after this
        if isinstance(problem, pyrage.DecryptError):
            raise LockedBackupError(f"This backup does not open: {problem}.")
        if failure is not None:
            raise failure


def _is_encrypted(file: BinaryIO) -> bool:
    beginning = file.read(len(MAGIC))
    file.seek(0)
    return beginning == MAGIC


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    source, sink = os.pipe()
    return os.fdopen(source, "rb", _BUFFER), os.fdopen(sink, "wb", _BUFFER)
