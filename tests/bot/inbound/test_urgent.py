"""Emergencies: they overtake what waits, and the fixed reply needs no language process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState
from bot.db.engine import Database
from bot.dialogue.texts import say
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbound.worker import Worker
from bot.understanding.process import LanguageProcess
from tests.fakes.town import FACTS, Town, item, raw
from tests.support import city as cities

_SILENT = (sys.executable, "-c", "import sys; sys.stdin.buffer.read()")
CRY = "Hilfe, es brennt bei uns im Haus!"


@pytest.fixture
def silent() -> Iterator[LanguageProcess]:
    """Yield a language process that never answers."""
    language = LanguageProcess(_SILENT)
    yield language
    language.stop()


@pytest.fixture
def worker(town: Town, silent: LanguageProcess) -> Worker:
    return town.worker(understander_for=silent.of)


def alarms(database: Database) -> list[tuple[AlarmKind, AlarmState, int]]:
    with database.read() as session:
        found = session.execute(select(Alarm.kind, Alarm.state, Alarm.subject_id))
        return [(kind, state, subject) for kind, state, subject in found]


def waiting(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(RawItem.state == RawState.NEW)) or 0


def test_it_overtakes_older_threads_and_its_own_and_waits_for_no_process(
    town: Town, worker: Worker
) -> None:
    town.store(*(item(f"o{number}", f"old{number}", "Hallo") for number in range(300)))
    town.says("t", "Hallo")
    town.clock.advance(60 * 60 * 9)  # a night without a server
    town.store(item("cry", "t", CRY), urgent=True)

    assert worker.run_once() == 1
    assert town.heard("t") == ["Hallo", CRY]
    [answer] = town.answers("t")
    assert answer.text.startswith(fixed("de"))
    conversation = town.conversation("t")
    assert alarms(town.database) == [(AlarmKind.EMERGENCY, AlarmState.OPEN, conversation.id)]
    assert conversation.waiting_since is not None
    assert waiting(town.database) == 300
    assert worker.run_once(only_urgent=True) == 0


def fixed(language: str) -> str:
    numbers = FACTS.emergency
    return say("emergency", language, rescue=numbers.rescue, police=numbers.police)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (CRY, "de"),
        ("Help, there is a fire in my house!", "en"),
        ("Yangın var, imdat, yardım edin!", "tr"),
        ("Допоможіть, пожежа в будинку!", "uk"),
    ],
)
def test_the_fixed_reply_is_in_their_language_without_a_model(
    town: Town, worker: Worker, text: str, language: str
) -> None:
    town.store(item("cry", "t", text), urgent=True)
    assert worker.run_once() == 1
    assert town.answers("t")[0].text.startswith(fixed(language))


def test_without_a_hint_it_is_in_the_language_of_the_conversation(
    town: Town, worker: Worker
) -> None:
    town.turn("t", "EN Hallo")
    town.store(item("cry", "t", "112"), item("cry2", "t", "Notarzt!"), urgent=True)
    worker.run_once()
    assert town.answers("t")[-1].text.startswith(fixed("en"))


def edit(native_id: str, text: str) -> dict[str, object]:
    return {"kind": "edit", "id": native_id, "text": text}


def test_an_edit_that_becomes_an_emergency_is_one(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    before = town.conversation("t")
    town.store(raw("e1", "t", edit(native_id, CRY)))
    town.work()

    after = town.conversation("t")
    [_, answer] = town.answers("t")
    assert answer.text.startswith(fixed("de"))
    assert alarms(town.database) == [(AlarmKind.EMERGENCY, AlarmState.OPEN, after.id)]
    assert after.needed_rank == 0
    assert after.waiting_since is not None
    assert after.version > before.version
    assert len(town.deliveries()) == 2

    town.store(raw("e2", "t", edit(native_id, f"{CRY} Bitte schnell")))
    town.work()
    assert len(town.deliveries()) == 2, "it has been answered"


def test_other_edits_alarm_nobody(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.store(raw("e1", "t", edit(native_id, "Die Laterne brennt nicht")))
    town.work()
    assert alarms(town.database) == []


def test_a_server_whose_language_process_never_answers_answers_it(
    database_url: str, tmp_path: Path, silent: LanguageProcess
) -> None:
    with cities.run(database_url, tmp_path, language=silent) as city:
        ada, ben = city.citizen(), city.citizen()
        ada.says("Wann ist Markt?")
        ben.says(CRY)
        assert "112" in ben.hears()
        assert [kind for kind, *_ in alarms(city.database)] == [AlarmKind.EMERGENCY]
        assert waiting(city.database) == 1
