"""What `speed` starts: says a line when the first text is understood, then times the others."""

import json
import sys
import time
from pathlib import Path

from nlp import exams, pipeline
from nlp.types import Context

_WARM = 50  # texts that are not timed


def main() -> None:
    """Write the processor's time so far, read a list of texts, write how long each took.

    Times are seconds; the most memory (kB) stands beside them.
    """
    understander = pipeline.load()
    context = Context(exams.NOW)
    understander.understand("Die Laterne vor Haus 14 ist kaputt", context)
    sys.stdout.write(f"{time.process_time()}\n")
    sys.stdout.flush()
    texts = json.load(sys.stdin)
    for text in texts[:_WARM]:
        understander.understand(text, context)
    wall, processor = [], []
    for text in texts:
        begun, busy = time.perf_counter(), time.process_time()
        understander.understand(text, context)
        processor.append(time.process_time() - busy)
        wall.append(time.perf_counter() - begun)
    memory = _most_memory()
    sys.stdout.write(json.dumps({"wall": wall, "processor": processor, "memory": memory}))


def _most_memory() -> int:
    """Return the peak of this process alone (proc(5), VmHWM), in kB; 0 where it is not told."""
    status = Path("/proc/self/status")
    lines = status.read_text("ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


main()
