"""What a message costs must not grow with what there is: no statement on its way reads a table."""

import pytest

from bot.channels.models import Channel
from bot.db.bulk import insert
from bot.inbox import moderation, thread
from bot.work import service as work
from bot.work.models import Work
from bot.work.states import Lane
from tests.fakes.town import Town, item, raw
from tests.support.plans import SCAN, plan, recorded, work_of


def test_no_statement_on_the_way_of_a_message_reads_a_whole_table(town: Town) -> None:
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    town.turn("anna", "Hallo")
    known = item("again", "anna", "Hallo")
    with recorded(town.database.engine, town.database.read_engine) as found:
        town.store(known, known)
        town.store(known)
        town.says("anna", "Wann ist Markt?", "Und wo?")
        town.says("ben", "Die Laterne in der Dorfstraße 5")
        for who in "abcde":
            town.says("post", "Idioten", sender=who, visibility="public", below="post")
        town.work()
        town.send()
        sign = {"kind": "reaction", "id": "r", "target": "again", "symbol": "👍"}
        town.store(raw("r", "anna", sign | {"sender": "anna-person"}))
        town.work()
        town.store(raw("e", "anna", {"kind": "edit", "id": "again", "text": "Ihr Idioten"}))
        town.work()
        with town.database.read() as session:
            assert thread.is_answered(session, 1, "again") is False
    assert len(found) > 20
    with town.database.read() as session:
        assert moderation.count(session, most=9) == 6, "abuse is on the way as well"
    for statement, values in found.items():
        steps = plan(town.database, statement, values)
        assert not SCAN.search(steps), f"{statement}\n{steps}"


def test_the_newest_judgements_are_found_without_reading_all_messages(town: Town) -> None:
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    engines = town.database.engine, town.database.read_engine
    with recorded(*engines) as found, town.database.read() as session:
        moderation.recent(session, now=town.clock.now())
    [(statement, values)] = found.items()
    steps = plan(town.database, statement, values)
    assert "ix_message_judged" in steps
    assert not SCAN.search(steps), steps


def test_what_waits_for_another_channel_is_not_read(town: Town) -> None:
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    sender, now = town.sender(), town.clock.now()
    with town.database.unit_of_work() as session:
        idle, paused = (Channel(kind="api", slug=slug, name=slug, created_at=now) for slug in "bc")
        session.add_all([idle, paused])
    both = [town.channel_id, idle.id]  # as the sender of the product's own channels has several

    def answer_and_look() -> None:
        town.turn("anna", "Hallo")
        town.send(sender=sender)
        with town.database.read() as session:
            assert sender.next_due(session, Lane.OUTBOUND) is None
            assert work.next_due(session, Lane.OUTBOUND, channels=both) is None
        with town.database.unit_of_work() as session:
            now = town.clock.now()
            assert not work.claim(session, Lane.OUTBOUND, "x", now=now, limit=9, channels=both)

    answer_and_look()
    alone = work_of(town.database, answer_and_look)
    waiting = {"channel_id": paused.id, "lane": Lane.OUTBOUND, "due_at": now}
    rows = [waiting | {"order_key": f"private:{number}"} for number in range(3000)]
    with town.database.unit_of_work() as session:
        session.execute(insert(session, Work), rows)
    assert work_of(town.database, answer_and_look) < 1.2 * alone
