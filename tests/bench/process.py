"""The process as a whole: start, memory, and from a message to its stored answer."""

import statistics
import subprocess
import time
from pathlib import Path

import httpx

from tests.bench.table import show, timed
from tests.support.server import Server

_TURNS = 30


def run(folder: Path) -> None:
    """Print start-up time, idle memory and the time to an answer."""
    server = Server(f"sqlite:///{folder / 'city.sqlite3'}", folder, really=True)
    server.load_demo()
    slug, token = server.channel("Bench")
    server.start()
    server.stop()
    start = timed(server.start)
    idle = _memory("-p", server.pid)
    waits = _turns(server, slug, token)
    used = _memory("-p", server.pid)
    language = _memory("--ppid", server.pid)
    server.stop()
    show(
        "Process (SQLite)",
        [
            ("second start until /health answers", f"{start:.2f} s"),
            ("idle memory (RSS)", f"{idle} MB"),
            (f"memory after {_TURNS} turns", f"{used} MB"),
            ("memory of its language process", f"{language} MB"),
            (
                "message to answer, p50 (1 s of it is the quiet window)",
                f"{statistics.median(waits) * 1000:.0f} ms",
            ),
        ],
    )


def _turns(server: Server, slug: str, token: str) -> list[float]:
    base = f"{server.url}/api/v1/channels/{slug}"
    waits = []
    cursor = ""
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        for number in range(_TURNS):
            message = {
                "external_id": f"b{number}",
                "thread": f"b{number}",
                "sender": {"id": f"b{number}"},
                "text": "Wann ist Markt in Opladen?",
            }
            start = time.perf_counter()
            client.post(f"{base}/messages", json=message).raise_for_status()
            page = client.get(f"{base}/replies", params={"after": cursor, "wait": "30"}).json()
            if number:  # the first one loads the model
                waits.append(time.perf_counter() - start)
            cursor = page["cursor"]
    return waits


def _memory(which: str, pid: int) -> int:
    """Return the resident memory of a process, or of its children, in MB."""
    done = subprocess.run(
        ["ps", "-o", "rss=", which, str(pid)], check=True, capture_output=True, text=True
    )
    return sum(map(int, done.stdout.split())) // 1024
