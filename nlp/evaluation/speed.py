"""Speed and size: a fresh process on one core, as a citizen's message would meet it."""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import numpy as np


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds per text (wall clock, and of the processor), seconds, and megabytes."""

    texts: int
    median: float
    slow: float
    processor_median: float
    processor_slow: float
    cold_start: float
    processor_cold_start: float
    memory: float
    model: float
    machine: str


def measure(texts: Sequence[str]) -> Speed:
    """Start a process on one core and let it read `texts`; raises CalledProcessError."""
    with _on_one_core():
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nlp.evaluation.timed"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    with process:
        assert process.stdout is not None  # noqa: S101 it was asked for
        started = process.stdout.readline()
        cold_start = time.perf_counter() - begun
        output, _ = process.communicate(json.dumps(texts))
    if process.returncode:  # before what it said is believed
        raise subprocess.CalledProcessError(process.returncode, process.args)
    told = json.loads(output)
    wall, processor = (np.array(told[name]) * 1_000 for name in ("wall", "processor"))
    folder = files("nlp").joinpath("model")
    size = sum(len(part.read_bytes()) for part in folder.iterdir() if part.is_file())
    return Speed(
        texts=len(texts),
        median=float(np.percentile(wall, 50)),
        slow=float(np.percentile(wall, 99)),
        processor_median=float(np.percentile(processor, 50)),
        processor_slow=float(np.percentile(processor, 99)),
        cold_start=cold_start,
        processor_cold_start=float(started),
        memory=float(told["memory"]) / 1_024,
        model=size / 1_000_000,
        machine=_machine(),
    )


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Let what is started inside inherit a single core, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
