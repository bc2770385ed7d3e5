"""Run every benchmark in a folder of its own and print the tables."""

import sys
import tempfile
from pathlib import Path

from tests.bench import growth, inbox, intake, process, processing, workers

_ALL = {
    "intake": intake.run,
    "processing": processing.run,
    "process": process.run,
    "inbox": inbox.run,
    "workers": workers.run,
    "growth": growth.run,
}


def main() -> None:
    wanted = sys.argv[1:] or list(_ALL)
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="stadtdraht-bench-") as folder:
            _ALL[name](Path(folder))


main()
