"""Many processes: how fast 1, 2 and 4 worker processes answer what waits, on PostgreSQL."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median

from sqlalchemy import func, select, update

from bot import clock
from bot.channels.models import Channel
from bot.db.engine import Database
from bot.inbound import service as inbound
from bot.inbound.service import Arrival
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.work.models import Work
from connectors.base import RawItem
from tests.bench.table import rate, show
from tests.support import postgres
from tests.support.server import Server

_WORKERS = (1, 2, 4)
_THREADS, _EACH = 200, 10
_ROUNDS = 2
_WITHIN = 600.0  # seconds
_LATER = timedelta(hours=1)  # what is stored waits until all of it is there
_TEXT = "Wann ist Markt in Opladen?"


def run(folder: Path) -> None:
    """Print messages a second, from the first claim to the last part sent, and the ratio to one.

    Every message is a turn of its own: ten people write in each thread.
    """
    paces: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
    with postgres.controlled(durable=True) as cluster, ExitStack() as stack:
        url = postgres.create_database(cluster.url, "region")
        servers = [Server(url, folder, role="worker", really=True) for _ in range(max(_WORKERS))]
        servers[0].load_demo()
        slug, _ = servers[0].channel("Bench")
        database = Database(url)
        stack.callback(database.close)
        for server in servers:
            stack.callback(server.kill)
        runs = count()
        for _ in range(_ROUNDS):
            for workers in _WORKERS:
                running = servers[:workers]
                with ThreadPoolExecutor(workers) as pool:
                    list(pool.map(Server.start, running))
                _answer_all(database, slug, f"warm{next(runs)}", 1)
                seconds = _answer_all(database, slug, f"run{next(runs)}", _EACH)
                paces[workers].append(_THREADS * _EACH / seconds)
                for server in running:
                    server.stop()
    one = median(paces[1])
    show(
        f"Worker processes (PostgreSQL): {_THREADS * _EACH:,} messages in {_THREADS} threads,"
        f" with understanding; this machine has {os.cpu_count()} cores",
        [
            (
                f"{workers} process{'es' if workers > 1 else ''}",
                rate(1, 1 / median(paces[workers])),
                f"{median(paces[workers]) / one:.2f}",
                f"({min(paces[workers]):,.0f} to {max(paces[workers]):,.0f})",
            )
            for workers in _WORKERS
        ],
    )


def _answer_all(database: Database, slug: str, title: str, each: int) -> float:
    """Store the messages, let them be due all at once, return the seconds until all are sent."""
    with database.unit_of_work() as session:
        channel_id = session.execute(select(Channel.id).where(Channel.slug == slug)).scalar_one()
        items = [
            _item(f"{title}-{thread}", f"{title}-{thread}-{place}")
            for place in range(each)
            for thread in range(_THREADS)
        ]
        inbound.store(
            session, [Arrival(channel_id, item) for item in items], now=clock.now() + _LATER
        )
    expected = _sent(database) + len(items)
    start = time.monotonic()
    with database.unit_of_work() as session:
        session.execute(update(Work).values(due_at=clock.now()))
    while (sent := _sent(database)) < expected:
        if time.monotonic() - start > _WITHIN:
            raise TimeoutError(f"{expected - sent} messages are not answered")
        time.sleep(0.02)
    return time.monotonic() - start


def _item(thread: str, who: str) -> RawItem:
    return RawItem(
        f"{who}-message",
        f"private:{thread}",
        {"external_id": f"{who}-message", "thread": thread, "sender": {"id": who}, "text": _TEXT},
    )


def _sent(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SENT)) or 0
