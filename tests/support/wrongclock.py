"""A clock of a server that can be wrong, as a machine's is after a bad battery or time server."""

import shutil
import struct
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")


class WrongClock:
    """The time of day of every process started with `environment`; it goes right at first."""

    def __init__(self, folder: Path) -> None:
        """Build it in a folder; raises `OSError` where no C compiler works."""
        compiler = shutil.which("cc")
        if compiler is None:
            raise OSError("there is no C compiler")
        library = folder / "wrongclock.so"
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"]
        try:
            subprocess.run(command, check=True)
        except subprocess.CalledProcessError as error:  # one without headers, say
            raise OSError("the C compiler does not work here") from error
        self._file = folder / "wrong-by"
        self._file.write_bytes(struct.pack("q", 0))
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "WRONG_CLOCK": str(self._file),
        }

    def set(self, offset: timedelta) -> None:
        """Let it be wrong by so much from now on."""
        with self._file.open("r+b") as file:  # never emptied: others look into it all the time
            file.write(struct.pack("q", int(offset.total_seconds())))
