"""The worker: turns in, one answer each, in order, whatever else happens."""

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState, SubjectKind
from bot.alarms.watch import Watch
from bot.audit.service import CLI
from bot.contacts.models import Identity
from bot.db.engine import Database
from bot.inbound import quarantine
from bot.inbound.models import RawItem
from bot.inbound.quarantine import ItemNotFoundError
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Message, MessageRevision, TurnUnderstanding
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.processes.service import Roll
from bot.work.models import Work
from bot.work.service import LEASE
from bot.work.states import Lane
from nlp import pipeline
from nlp.types import Context, Understanding
from tests.fakes.town import Town, item, poison, raw
from tests.fakes.words import Words


def states(town: Town) -> dict[str, RawState]:
    with town.database.read() as session:
        return dict(session.execute(select(RawItem.event_id, RawItem.state)).all())


def rows_of(
    database: Database, table: type[Work | Message | Conversation | TurnUnderstanding]
) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def inbound_work(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).where(Work.lane == Lane.INBOUND)) or 0


def test_a_burst_is_one_turn_with_one_answer_to_its_last_message(town: Town) -> None:
    town.says("t", "Hallo", "die Laterne ist kaputt", "in der Dorfstraße 5")
    town.work()

    assert town.heard("t") == ["Hallo", "die Laterne ist kaputt", "in der Dorfstraße 5"]
    assert [text for text, _ in town.words.heard] == [
        "Hallo\ndie Laterne ist kaputt\nin der Dorfstraße 5"
    ]
    [delivery] = town.deliveries()
    assert delivery.in_reply_to == "m3"
    assert "LEV-" in delivery.text
    assert rows_of(town.database, TurnUnderstanding) == 1


def test_items_before_the_end_of_the_quiet_window_wait(town: Town) -> None:
    town.says("t", "Hallo")
    town.clock.advance(0.5)
    assert town.worker().run_once() == 0
    town.clock.advance(0.6)
    assert town.worker().run_once() == 1


def test_an_urgent_item_waits_for_nothing(town: Town) -> None:
    town.store(item("m1", "t", "Notfall"), urgent=True)
    assert town.worker().run_once() == 1
    assert "112" in town.answers("t")[0].text


def test_a_thread_keeps_its_order_also_within_one_batch(town: Town) -> None:
    numbers = [f"e{number}" for number in range(20)]  # "e10" sorts before "e9"
    town.store(*(item(native, "t", native) for native in numbers))
    town.work()
    assert town.heard("t") == numbers


def test_many_threads_in_one_batch_keep_their_own_order(town: Town) -> None:
    for number in range(12):
        town.says(f"t{number % 3}", f"{number}")
    town.work()
    for thread in range(3):
        assert town.heard(f"t{thread}") == [str(n) for n in range(thread, 12, 3)]
    assert len(town.deliveries()) == 3


def test_two_senders_in_a_public_thread_have_a_conversation_each(town: Town) -> None:
    town.says("post", "Hallo", sender="anna", visibility="public")
    town.says("post", "Hallo auch", sender="ben", visibility="public")
    town.says("post", "noch etwas", sender="anna", visibility="public")
    town.work()

    with town.database.read() as session:
        found = session.execute(
            select(Identity.external_id, Conversation.id)
            .join(Conversation, Conversation.contact_id == Identity.contact_id)
            .order_by(Identity.external_id)
        ).all()
        texts = {
            who: session.scalars(
                select(Message.text)
                .where(Message.conversation_id == key, Message.direction == Direction.INBOUND)
                .order_by(Message.id)
            ).all()
            for who, key in found
        }
    assert texts == {"anna": ["Hallo", "noch etwas"], "ben": ["Hallo auch"]}
    assert [delivery.in_reply_to for delivery in town.deliveries()] == ["m3", "m2"]


def test_public_and_private_of_one_thread_are_never_one_conversation(town: Town) -> None:
    town.turn("t", "Hallo", sender="anna")
    town.turn("t", "Hallo", sender="anna", visibility="public")
    assert rows_of(town.database, Conversation) == 2


def test_poison_is_quarantined_and_does_not_stop_the_next(town: Town) -> None:
    town.store(item("m1", "t", "Hallo"), poison("bad", "t"), item("m2", "t", "Danke"))
    town.work()

    assert town.heard("t") == ["Hallo", "Danke"]
    assert states(town) == {
        "m1": RawState.DONE,
        "bad": RawState.QUARANTINED,
        "m2": RawState.DONE,
    }
    with town.database.read() as session:
        [shown] = quarantine.items(session)
    assert shown.error == "events: no list"
    assert shown.channel_name == "Fake"


def test_what_breaks_a_connector_is_quarantined_without_its_words(town: Town) -> None:
    secret = {"id": "m1", "thread": "t", "sender": "anna", "text": "geheim", "visibility": "odd"}
    town.store(raw("bad", "t", secret))
    town.work()
    with town.database.read() as session:
        [shown] = quarantine.items(session)
    assert shown.error == "ValueError while reading"


def test_a_quarantined_item_is_read_again_on_retry(town: Town) -> None:
    town.store(poison("bad", "t"))
    town.work()
    with town.database.unit_of_work() as session:
        [shown] = quarantine.items(session)
        session.execute(  # as if the connector had learnt to read it
            update(RawItem).values(
                payload='{"events": [{"id": "m1", "thread": "t", "sender": "a", "text": "Hallo"}]}'
            )
        )
        quarantine.retry(session, shown.id, actor=CLI, now=town.clock.now())
    town.work()

    assert town.heard("t") == ["Hallo"]
    assert states(town) == {"bad": RawState.DONE}
    with town.database.unit_of_work() as session:
        assert quarantine.items(session) == ()
        with pytest.raises(ItemNotFoundError):
            quarantine.retry(session, shown.id, actor=CLI, now=town.clock.now())


class Fails:
    """Understands; what contains "bricht" makes the skill fail that comes after it."""

    def understand(self, text: str, context: Context) -> Understanding:
        understood = Words().understand(text, context)
        return Broken(understood) if "bricht" in text else understood  # type: ignore[return-value]


class Broken:
    """Looks like an understanding until a skill uses it."""

    def __init__(self, understood: Understanding) -> None:
        self.language = understood.language
        self.offence = understood.offence

    @property
    def flags(self) -> tuple[str, ...]:
        raise LookupError("a skill that raises")


def test_a_skill_that_raises_does_not_stop_other_threads(town: Town) -> None:
    town.says("good", "Hallo")
    town.says("bad", "bricht")
    town.says("fine", "Hallo")
    worker = town.worker(understander=Fails())
    town.work(worker=worker)

    assert len(town.answers("good")) == len(town.answers("fine")) == 1
    assert town.heard("bad") == []
    assert states(town)["m2"] is RawState.NEW


def test_after_three_tries_its_items_are_quarantined(town: Town) -> None:
    town.says("bad", "bricht")
    worker = town.worker(understander=Fails())
    for tries in range(1, 4):
        assert states(town) == {"m1": RawState.NEW}
        assert town.work(worker=worker) == 1, tries
    assert states(town) == {"m1": RawState.QUARANTINED}
    with town.database.read() as session:
        [shown] = quarantine.items(session)
    assert shown.error == "LookupError"
    assert inbound_work(town.database) == 0


def test_an_emergency_in_quarantine_is_an_alarm_until_it_is_read(
    town: Town, tmp_path: Path
) -> None:
    ticks = town.clock.ticks
    watch = Watch(town.database, lambda _: False, folder=tmp_path, roll=Roll(ticks), ticks=ticks)
    town.says("bad", "Hilfe, es brennt, alles bricht!")
    for _ in range(3):
        assert alarms(town) == []
        town.work(worker=town.worker(understander=Fails()))
    watch.run_once(town.clock.now())
    assert alarms(town) == [(AlarmKind.EMERGENCY, SubjectKind.CHANNEL, AlarmState.OPEN)]

    with town.database.unit_of_work() as session:
        [shown] = quarantine.items(session)
        quarantine.retry(session, shown.id, actor=CLI, now=town.clock.now())
    town.work()
    watch.run_once(town.clock.now())
    assert alarms(town) == [(AlarmKind.EMERGENCY, SubjectKind.CHANNEL, AlarmState.RESOLVED)]


def alarms(town: Town) -> list[tuple[AlarmKind, SubjectKind, AlarmState]]:
    with town.database.read() as session:
        found = session.execute(select(Alarm.kind, Alarm.subject_kind, Alarm.state))
        return [(kind, subject, state) for kind, subject, state in found]


def test_what_came_behind_a_failing_item_has_its_own_tries(town: Town) -> None:
    town.says("t", "bricht")
    worker = town.worker(understander=Fails())
    town.work(worker=worker)
    town.work(worker=worker)
    town.says("t", "Hallo")
    town.work(worker=worker)

    assert states(town) == {"m1": RawState.QUARANTINED, "m2": RawState.DONE}
    assert town.heard("t") == ["Hallo"]
    assert len(town.answers("t")) == 1


def test_what_breaks_the_understander_goes_to_a_person(town: Town) -> None:
    answer = town.turn("t", "Krach")
    assert "Mensch aus unserem Team" in answer
    assert town.conversation("t").waiting_since is not None
    assert states(town) == {"m1": RawState.DONE}


def test_a_message_under_two_event_ids_is_one_message(town: Town) -> None:
    town.store(item("m1", "t", "Hallo", event_id="e1"))
    town.work()
    town.store(item("m1", "t", "Hallo", event_id="e2"))
    town.work()
    assert town.heard("t") == ["Hallo"]
    assert len(town.deliveries()) == 1
    assert states(town) == {"e1": RawState.DONE, "e2": RawState.DONE}


@pytest.mark.parametrize("thread", ["t", "elsewhere"])
def test_a_message_twice_in_one_batch_is_one_message(town: Town, thread: str) -> None:
    town.store(
        item("m1", "t", "Hallo", event_id="e1", sender="anna"),
        item("m1", thread, "Hallo", event_id="e2", sender="ben"),
    )
    assert town.work() <= 2
    with town.database.read() as session:
        assert session.scalars(select(Message.text).where(Message.native_id == "m1")).all() == [
            "Hallo"
        ]
    assert set(states(town).values()) == {RawState.DONE}
    assert len(town.deliveries()) == 1


def test_a_worker_that_was_frozen_past_its_lease_changes_nothing(town: Town) -> None:
    """The first worker understands; meanwhile its lease ends and a second one does the work."""
    second = town.worker("second")
    freezes = iter([True])

    def freeze() -> None:
        if next(freezes, False):
            town.clock.advance(LEASE.total_seconds() + 1)
            assert second.run_once() == 1

    town.says("t", "Hallo")
    town.clock.advance(2)
    first = town.worker("first", understander=Words(before=freeze))
    assert first.run_once() == 1

    assert town.heard("t") == ["Hallo"]
    assert len(town.deliveries()) == 1
    assert town.conversation("t").version == 2
    assert rows_of(town.database, TurnUnderstanding) == 1


def test_what_was_taken_over_and_set_aside_is_not_written_by_the_frozen_one(town: Town) -> None:
    """The second worker applies the edit and fails on the message; the first comes too late."""
    town.turn("b", "Hallo")
    edit = {"kind": "edit", "id": "m1", "text": "Halli"}
    town.store(raw("e2", "b", edit), item("m2", "a", "bricht"))
    second = town.worker("second", understander=Fails())
    freezes = iter([True])

    def freeze() -> None:
        if next(freezes, False):
            town.clock.advance(LEASE.total_seconds() + 1)
            assert second.run_once() == 2

    town.clock.advance(2)
    town.worker("first", understander=Words(before=freeze)).run_once()
    assert town.heard("a") == []
    assert states(town)["m2"] is RawState.NEW
    with town.database.read() as session:
        assert session.scalars(select(MessageRevision.text)).all() == ["Hallo"]

    town.work()
    assert town.heard("a") == ["bricht"]
    assert len(town.answers("a")) == 1


def test_long_work_keeps_its_threads(town: Town) -> None:
    """Four threads take twelve seconds each: longer than a lease, shorter than two calls."""
    second = town.worker("second")
    taken: list[int] = []

    def work_long() -> None:
        town.clock.advance(12)
        taken.append(second.run_once())

    for number in range(4):
        town.says(f"t{number}", "Hallo")
    town.clock.advance(2)
    assert town.worker("first", understander=Words(before=work_long)).run_once() == 4
    assert taken == [0, 0, 0, 0]
    assert len(town.deliveries()) == 4


def test_what_comes_while_a_thread_is_held_is_the_next_turn(town: Town) -> None:
    arrivals = iter(["Danke"])

    def meanwhile() -> None:
        for text in arrivals:
            town.says("t", text)

    town.says("t", "Hallo")
    town.clock.advance(2)
    worker = town.worker(understander=Words(before=meanwhile))
    assert worker.run_once() == 1
    assert town.heard("t") == ["Hallo"]
    town.work(worker=worker)
    assert town.heard("t") == ["Hallo", "Danke"]
    assert len(town.answers("t")) == 2


def test_several_workers_answer_each_thread_once(town: Town) -> None:
    for number in range(40):
        town.says(f"t{number % 20}", f"Hallo {number}")
    town.clock.advance(6)

    def work(owner: str) -> None:
        worker = town.worker(owner)
        while worker.run_once(limit=3):
            pass

    threads = [Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(town.deliveries()) == 20
    for number in range(20):
        assert town.heard(f"t{number}") == [f"Hallo {number}", f"Hallo {number + 20}"]
    assert inbound_work(town.database) == 0


def test_the_real_understander_does_the_whole_way(town: Town) -> None:
    real = pipeline.load()
    town.says("t", "Guten Tag", "Die Straßenlaterne vor der Kölner Straße 12 ist kaputt")
    town.work(worker=town.worker(understander=real))
    [delivery] = town.deliveries()
    assert "LEV-" in delivery.text or "Soll ich das" in delivery.text
    assert "Straßenlicht" in delivery.text
    assert "Kölner Straße" in delivery.text
    with town.database.read() as session:
        assert session.scalars(select(Delivery.in_reply_to)).all() == ["m2"]
