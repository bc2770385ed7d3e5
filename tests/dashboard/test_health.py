"""Health and metrics say what is so."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import event, update

from bot import clock
from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.leases.models import Lease
from bot.operation import records
from bot.staff.states import Role
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from dashboard import metrics
from dashboard.health import Probe
from tests.support import postgres
from tests.support.city import City, run


@pytest.fixture(scope="module")
def city(own_city: City) -> City:
    """Return a city of our own: its figures are those of these tests alone."""
    return own_city


def test_a_working_city_is_healthy(city: City) -> None:
    answer = city.client().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "degraded": []})


def test_a_dead_language_process_is_named_and_comes_back(city: City) -> None:
    ada = city.citizen()
    ada.says("Hallo")
    ada.hears()
    process = city.app.language._process
    assert process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    answer = city.client().get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "degraded": ["language"]}

    ada.says("Wann ist Markt in Opladen?")
    assert "Opladen" in ada.hears()
    assert city.client().get("/health").json()["status"] == "ok"


def test_it_is_seen_everywhere_when_nobody_sweeps(city: City) -> None:
    """Neither alarms nor their mails: whoever still works says so, and the desk as well."""
    desk, seen = city.staff(Role.MANAGER), set()
    words = "Alarme werden gerade nicht geprüft"
    assert words not in desk.get("/desk").text

    def both() -> bool:
        """Make the lease old, as often as the one who sweeps here renews it."""
        with city.database.unit_of_work() as session:
            session.execute(update(Lease).values(until=clock.now() - timedelta(minutes=1)))
        if "schedule" in city.client().get("/health").json()["degraded"]:
            seen.add("health")
        if words in desk.get("/desk").text and words in desk.get("/desk/alarms/line").text:
            seen.add("desk")
        return len(seen) == 2

    city.until(both)


def figure(city: City, name: str) -> float:
    page = city.client().get("/metrics").text
    line = next(line for line in page.splitlines() if line.startswith(f"{name} "))
    return float(line.split()[1])


def test_metrics_count_what_nobody_could_read(city: City) -> None:
    before = figure(city, "stadtdraht_items_quarantined")
    with city.database.unit_of_work() as session:
        session.add(
            RawItem(
                channel_id=1,
                event_id="unreadable",
                order_key="unreadable",
                payload="{",
                state=RawState.QUARANTINED,
                received_at=clock.now(),
            )
        )
    assert figure(city, "stadtdraht_items_quarantined") == before + 1
    assert figure(city, 'stadtdraht_deliveries_stuck{state="dead"}') == 0


def test_metrics_tell_what_waits_and_for_how_long(database: Database) -> None:
    now = clock.now()
    hour = timedelta(hours=1)
    with database.unit_of_work() as session:
        for state, late in ((ChannelState.ACTIVE, hour), (ChannelState.PAUSED, 2 * hour)):
            channel = Channel(kind="api", slug=state, name=state, state=state, created_at=now)
            session.add(channel)
            session.flush()
            session.add(
                Work(channel_id=channel.id, order_key="late", lane=Lane.BULK, due_at=now - late)
            )
            urgent = work.urgent(now - late / 6)
            session.add(
                Work(channel_id=channel.id, order_key="cry", lane=Lane.INBOUND, due_at=urgent)
            )
    registry = CollectorRegistry()
    with database.read() as session:
        metrics.add_queues(registry, session)

    def figure(name: str, lane: Lane) -> float | None:
        return registry.get_sample_value(name, {"lane": lane})

    assert figure("stadtdraht_work_threads", Lane.BULK) == 2
    assert figure("stadtdraht_work_threads", Lane.OUTBOUND) == 0
    overdue = "stadtdraht_work_overdue_seconds"  # what the paused channel holds back is not late
    assert figure(overdue, Lane.BULK) == pytest.approx(hour.total_seconds(), abs=60)
    assert figure(overdue, Lane.INBOUND) == pytest.approx(hour.total_seconds() / 6, abs=60)
    assert figure(overdue, Lane.OUTBOUND) == 0


def test_metrics_count_stored_items_and_open_pages(city: City) -> None:
    streams, stored = "stadtdraht_live_streams", "stadtdraht_intake_stored_total"
    before = figure(city, streams), figure(city, stored)
    desk = city.staff(Role.MANAGER)
    city.citizen().says("Hallo")
    with desk.client.stream("GET", "/desk/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith(":")
        city.citizen().says("Guten Tag")
        assert any(line.startswith("data:") for line in lines)
        assert (figure(city, streams), figure(city, stored)) == (before[0] + 1, before[1] + 2)
    assert figure(city, "stadtdraht_database_up") == 1


def test_metrics_and_health_say_that_the_database_is_away(
    postgres_maintenance: str, postgres_template: str, tmp_path: Path
) -> None:
    url = postgres.create_database(postgres_maintenance, "away", template=postgres_template)
    with run(url, tmp_path) as town:
        assert figure(town, "stadtdraht_database_up") == 1
        town.database.close()
        postgres.drop_database(postgres_maintenance, "away")
        assert figure(town, "stadtdraht_database_up") == 0
        assert "stadtdraht_work_threads" not in town.client().get("/metrics").text
        answer = town.client().get("/health")
        assert (answer.status_code, answer.json()["status"]) == (503, "down")


def test_metrics_tell_when_the_newest_backup_was_made(city: City) -> None:
    assert "stadtdraht_backup_timestamp_seconds 0.0\n" in city.client().get("/metrics").text
    now = clock.now()
    records.note_made(city.database, now=now)
    page = city.client().get("/metrics").text
    [line] = [line for line in page.splitlines() if line.startswith("stadtdraht_backup_")]
    assert float(line.split()[1]) == pytest.approx(now.timestamp(), abs=1)


@pytest.mark.parametrize("path", ["/nowhere", "/t/unknown", "/desk/nowhere", "/static/nothing.css"])
def test_what_is_not_there_says_so_without_a_trace(city: City, path: str) -> None:
    answer = city.client().get(path)
    assert answer.status_code in {404, 303}
    assert "Traceback" not in answer.text


def test_many_questions_at_once_are_one_write(database: Database) -> None:
    written: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def _(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO city_setting"):
            written.append(statement)

    now = 0.0
    probe = Probe(database, lambda: now)
    assert all(probe.stores() for _ in range(5))
    assert len(written) == 1
    now += 1.0
    assert probe.stores()
    assert len(written) == 2
