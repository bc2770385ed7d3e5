"""The stores of keys in an account's folder: one for each device, and the key that opens them."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe

from connectors.base import RESTORED


class KeyStore:
    """The files below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = folder / "crypto.key"
        self._restored = folder / RESTORED

    @property
    def restored(self) -> bool:
        """Whether the folder was put back from a backup: the device may have gone on since."""
        return self._restored.exists()

    def settle(self) -> None:
        """Know that what has to be done after a restore is done."""
        self._restored.unlink(missing_ok=True)

    def path(self, device_id: str) -> Path:
        """Return where a device's store lies."""
        device = hashlib.sha256(device_id.encode()).hexdigest()[:16]
        return self._folder / f"crypto-{device}.db"

    def is_sound(self, device_id: str) -> bool:
        """Tell whether a store that is there can be opened; raises `sqlite3.OperationalError`.

        That is a full disk or a lock: it passes, and the store is still good.
        """
        if not self._key.exists():
            return False
        try:
            with closing(sqlite3.connect(self.path(device_id))) as store:
                return bool(store.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            return False

    def key(self) -> str:
        """Return the key; a new one is made only where no store waits for an old one."""
        if not self._key.exists():
            self.set_aside()
            fresh = self._key.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            with fresh.open("w", encoding="utf-8") as file:
                file.write(token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._key)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return self._key.read_text("utf-8")

    def set_aside(self) -> None:
        """Give up every store; the files are kept, for who may still find their key."""
        for path in self._folder.glob("crypto-*.db"):
            path.replace(path.with_suffix(".db.lost"))
