"""Files that are made once: whole or not at all."""

import subprocess
import sys
from pathlib import Path

from bot.operation import folders

_FULL = """
import resource, sys
from pathlib import Path
from bot.operation import folders
resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))
folders.create_once(Path(sys.argv[1]), b"nine bytes")
"""


def test_the_first_content_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    for content in (b"first", b"second"):
        folders.create_once(path, content)
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, tmp_path / "secret.key"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "File too large" in done.stderr
    assert list(tmp_path.iterdir()) == []
