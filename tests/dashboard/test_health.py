"""Health and metrics say what is so."""

import os
import signal

import pytest

from bot import clock
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.operation import records
from tests.support.city import City, city

__all__ = ["city"]


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


def test_metrics_count_what_nobody_could_read(city: City) -> None:
    def unreadable() -> float:
        page = city.client().get("/metrics").text
        line = next(
            line for line in page.splitlines() if line.startswith("stadtdraht_items_quarantined ")
        )
        return float(line.split()[1])

    before = unreadable()
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
    assert unreadable() == before + 1
    assert 'stadtdraht_deliveries_stuck{state="dead"}' in city.client().get("/metrics").text


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
