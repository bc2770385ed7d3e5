"""Storing arrivals: one transaction, one row per event, in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.attachments import service as attachments
from bot.attachments.models import Blob
from bot.channels.models import Channel
from bot.db.engine import Database
from bot.inbound import service as inbound
from bot.inbound.models import RawItem, RawItemFile
from bot.inbound.service import QUIET, Arrival
from bot.work.models import Work
from connectors.base import RawFile
from tests.fakes.clock import NOON
from tests.fakes.town import Town, item


def arrivals(town: Town, *ids: str, thread: str = "t") -> list[Arrival]:
    return [Arrival(town.channel_id, item(native, thread, native)) for native in ids]


def stored_ids(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(RawItem.event_id).order_by(RawItem.id)))


def test_repeated_deliveries_are_stored_once_and_say_so(town: Town) -> None:
    with town.database.unit_of_work() as session:
        first = inbound.store(session, arrivals(town, "b", "a", "b"), now=NOON)
    with town.database.unit_of_work() as session:
        second = inbound.store(session, arrivals(town, "a", "c", "b"), now=NOON)

    assert [one.duplicate for one in first] == [False, False, True]
    assert [one.duplicate for one in second] == [True, False, True]
    assert first[0].id == first[2].id == second[2].id
    assert first[1].id == second[0].id
    assert stored_ids(town.database) == ["b", "a", "c"]


def test_of_two_deliveries_in_one_batch_the_first_is_kept(town: Town) -> None:
    both = [Arrival(town.channel_id, item("a", "t", text)) for text in ("erste", "zweite")]
    with town.database.unit_of_work() as session:
        inbound.store(session, both, now=NOON)
    with town.database.read() as session:
        [payload] = session.scalars(select(RawItem.payload))
    assert "erste" in payload


def test_a_redelivery_wakes_nobody(town: Town) -> None:
    with town.database.unit_of_work() as session:
        inbound.store(session, arrivals(town, "a"), now=NOON)
        session.execute(update(Work).values(due_at=NOON + 10 * QUIET, patience_until=None))
    with town.database.unit_of_work() as session:
        inbound.store(session, arrivals(town, "a"), now=NOON)
    with town.database.read() as session:
        assert session.scalars(select(Work.due_at)).all() == [NOON + 10 * QUIET]


def test_the_same_event_on_two_channels_is_two_items(town: Town) -> None:
    with town.database.unit_of_work() as session:
        other = Channel(kind="api", slug="other", name="Other", created_at=NOON)
        session.add(other)
        session.flush()
        both = [Arrival(channel, item("a", "t", "x")) for channel in (town.channel_id, other.id)]
        stored = inbound.store(session, both, now=NOON)
    assert [one.duplicate for one in stored] == [False, False]


def test_the_cursor_moves_in_the_same_transaction(town: Town) -> None:
    cursors = {town.channel_id: "17"}
    with town.database.unit_of_work() as session:
        inbound.store(session, arrivals(town, "a"), now=NOON, cursors=cursors)
    with town.database.read() as session:
        assert session.scalars(select(Channel.cursor)).all() == ["17"]


def test_an_error_rolls_items_cursor_and_work_back(town: Town) -> None:
    bad = Arrival(999, item("b", "t", "x"))  # there is no such channel
    cursors = {town.channel_id: "17"}
    with pytest.raises(SQLAlchemyError), town.database.unit_of_work() as session:
        inbound.store(session, [*arrivals(town, "a"), bad], now=NOON, cursors=cursors)
    with town.database.read() as session:
        assert session.scalars(select(Channel.cursor)).all() == [None]
        assert session.scalars(select(Work)).all() == []
    assert stored_ids(town.database) == []


def test_a_look_that_finds_nothing_moves_the_cursor(town: Town) -> None:
    with town.database.unit_of_work() as session:
        assert inbound.store(session, [], now=NOON, cursors={town.channel_id: "18"}) == []
    with town.database.read() as session:
        assert session.scalars(select(Channel.cursor)).all() == ["18"]
    assert stored_ids(town.database) == []


def test_files_are_stored_beside_their_item(town: Town) -> None:
    files = (RawFile("a.txt", "text/plain", b"one"), RawFile("b.txt", "text/plain", b"two"))
    same = (RawFile("c.txt", "text/plain", b"one"),)
    with town.database.unit_of_work() as session:
        inbound.store(
            session,
            [
                Arrival(town.channel_id, item("m1", "t", "x", files=files)),
                Arrival(town.channel_id, item("m2", "t", "x", files=same)),
            ],
            now=NOON,
        )
    with town.database.read() as session:
        rows = session.execute(
            select(RawItem.event_id, RawItemFile.name, RawItemFile.blob_id)
            .join(RawItem, RawItem.id == RawItemFile.raw_item_id)
            .order_by(RawItem.id, RawItemFile.position)
        ).all()
        assert [
            (event, name, attachments.content(session, blob)) for event, name, blob in rows
        ] == [("m1", "a.txt", b"one"), ("m1", "b.txt", b"two"), ("m2", "c.txt", b"one")]
        assert len(session.scalars(select(Blob.id)).all()) == 2


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=40))
def test_a_batch_keeps_the_order_of_every_thread(batch: list[tuple[int, int]]) -> None:
    """The rule alone: what is inserted first gets the smaller id."""
    rows: dict[tuple[int, str], Arrival] = {}
    for thread, number in batch:
        arrival = Arrival(1, item(f"e{number}", f"t{thread}", ""))
        rows.setdefault((1, f"e{number}"), arrival)
    ordered = inbound.in_lock_order(rows)
    for thread in range(4):
        key = f"private:t{thread}"
        expected = [event for event, one in rows.items() if one.item.order_key == key]
        assert [event for event, one in ordered if one.item.order_key == key] == expected
    assert sorted(one.item.order_key for _, one in ordered) == [
        one.item.order_key for _, one in ordered
    ]
