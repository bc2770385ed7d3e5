"""Durable intake over HTTP: wrk against the server, beside a raw `sqlite3` loop."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from tests.bench.table import raw_loop, show
from tests.support.server import Server

_SECONDS = 5
_FILE = "city.sqlite3"
_ROUNDS = 3
_CLIENTS = (1, 16)
_COUNT = 3000
_SCRIPT = """
local thread_number = 0
function setup(thread) thread:set("number", thread_number); thread_number = thread_number + 1 end
local sent = 0
function request()
  sent = sent + 1
  local id = string.format("%s-%d-%d", "RUN", number, sent)
  local body = string.format(
    '{"external_id":"%s","thread":"t%s","sender":{"id":"s%s"},"text":"Wann ist Markt in Opladen?"}',
    id, id, id)
  return wrk.format("POST", nil, nil, body)
end
function done(summary, latency)
  io.write(string.format("RESULT %d %f %f %d\\n", summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000,
    summary.errors.status + summary.errors.timeout + summary.errors.read))
end
"""
_PAYLOAD = json.dumps(
    {
        "external_id": "RUN-0-1",
        "thread": "tRUN-0-1",
        "visibility": "private",
        "sender": {"id": "sRUN-0-1", "name": None},
        "text": "Wann ist Markt in Opladen?",
        "sent_at": None,
        "location": None,
        "files": 0,
    }
)
_AT = "2026-11-21 12:00:00.000000"
_RAW = (
    (
        (
            "INSERT INTO raw_item (channel_id, event_id, order_key, payload, state, attempts,"
            " received_at) VALUES (1, ?, ?, ?, 'new', 0, ?) ON CONFLICT (channel_id, event_id)"
            " DO NOTHING RETURNING channel_id, event_id, id"
        ),
        lambda n: (f"raw-{n}", f"private:traw-{n}", _PAYLOAD, _AT),
    ),
    (
        (
            "INSERT INTO work (channel_id, order_key, lane, due_at, patience_until, fence)"
            " VALUES (1, ?, 'inbound', ?, ?, 0) ON CONFLICT (channel_id, order_key, lane)"
            " DO UPDATE SET due_at = excluded.due_at"
        ),
        lambda n: (f"private:traw-{n}", _AT, _AT),
    ),
)


@dataclass(frozen=True, slots=True)
class _Run:
    """What wrk saw: messages per second, median wait in ms, errors."""

    pace: float
    median: float
    errors: int


def run(folder: Path) -> None:
    """Print the pace of the intake and of the raw loop, measured in turn."""
    rounds = [_round(folder / f"round-{number}") for number in range(_ROUNDS)]
    raw = median(single for single, *_ in rounds)
    rows = [
        ("raw sqlite3 loop, a commit per message", f"{raw:,.0f}/s", "1.00", ""),
        _row("raw sqlite3 loop, 100 per commit", [(r[1], r[0]) for r in rounds], ""),
    ]
    for place, clients in enumerate(_CLIENTS):
        runs = [(r[2][place], r[0]) for r in rounds]
        waited = median(run.median for run, _ in runs)
        errors = sum(run.errors for run, _ in runs)
        rows.append(
            _row(
                f"HTTP intake, {clients} clients (wrk)",
                [(run.pace, single) for run, single in runs],
                f"p50 {waited:.1f} ms, {errors} errors",
            )
        )
    show(f"Durable intake (SQLite, synchronous FULL), median of {_ROUNDS} rounds", rows)


def _row(name: str, paces: list[tuple[float, float]], more: str) -> tuple[str, ...]:
    """Return a line: the pace, and its ratio to the raw loop of the same round."""
    pace = median(pace for pace, _ in paces)
    ratios = sorted(pace / single for pace, single in paces)
    spread = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return name, f"{pace:,.0f}/s", spread, more


def _round(folder: Path) -> tuple[float, float, list[_Run]]:
    """Run the raw loop, then each number of clients on a city of its own, without a backlog."""
    runs = [_serve(folder / str(clients), clients) for clients in _CLIENTS]
    single, grouped = raw_loop(folder / str(_CLIENTS[0]) / _FILE, _RAW, _COUNT)
    return single, grouped, runs


def _serve(folder: Path, clients: int) -> _Run:
    folder.mkdir(parents=True)
    server = Server(
        f"sqlite:///{folder / _FILE}",
        folder,
        really=True,
        STADTDRAHT_API_REQUESTS_PER_SECOND="1000000",
    )
    server.load_demo()
    slug, token = server.channel("Bench")
    server.start()
    _warm(server, slug, token)
    run = _wrk(server, slug, token, clients)
    server.kill()
    return run


def _warm(server: Server, slug: str, token: str) -> None:
    """Wait for an answer, so that nothing is measured that belongs to the start."""
    message = {"external_id": "w", "thread": "w", "sender": {"id": "w"}, "text": "Hallo"}
    base = f"{server.url}/api/v1/channels/{slug}"
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        client.post(f"{base}/messages", json=message).raise_for_status()
        client.get(f"{base}/replies", params={"wait": 30}).raise_for_status()


def _wrk(server: Server, slug: str, token: str, clients: int) -> _Run:
    script = server.folder / "post.lua"
    script.write_text(_SCRIPT.replace("RUN", f"c{clients}"))
    done = subprocess.run(
        [
            *("wrk", "-t1", f"-c{clients}", f"-d{_SECONDS}s", "--latency", "-s", str(script)),
            *("-H", f"Authorization: Bearer {token}"),
            f"{server.url}/api/v1/channels/{slug}/messages",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r"RESULT (\d+) ([\d.]+) ([\d.]+) (\d+)", done.stdout)
    if not found:
        raise RuntimeError(done.stdout + done.stderr)
    return _Run(int(found[1]) / float(found[2]), float(found[3]), int(found[4]))
