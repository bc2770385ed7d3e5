"""Reading the inbox: pages, filters, counts."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from bot.audit.service import SYSTEM
from bot.inbox import queries, rules, thread
from bot.inbox import service as inbox
from bot.inbox.models import Conversation
from bot.inbox.queries import COUNTED, Filters, Place, View
from bot.inbox.states import DraftMode
from bot.offices.models import Office
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from tests.fakes.town import Town


def fill(town: Town, count: int) -> None:
    """Open conversations, many of them in the same instant."""
    for number in range(count):
        town.says(f"t{number}", f"Hallo {number}", name=f"Person {number}")
        if number % 7 == 0:
            town.work()
    town.work()


def ids(town: Town, filters: Filters | None = None) -> list[int]:
    with town.database.read() as session:
        rows, _ = queries.rows(session, filters or Filters(), limit=1000)
    return [row.id for row in rows]


def test_pages_visit_everything_exactly_once(town: Town) -> None:
    fill(town, 30)
    expected = ids(town)
    visited: list[int] = []
    place: Place | None = None
    for _ in range(100):
        with town.database.read() as session:
            rows, place = queries.rows(session, Filters(), after=place, limit=4)
        visited += [row.id for row in rows]
        if place is None:
            break
        assert queries.read_place(str(place)) == place, "it survives the page's address"
    assert visited == expected
    assert len(set(visited)) == 30


def test_pages_visit_what_stays_once_while_other_rows_move_up(town: Town) -> None:
    fill(town, 24)
    before = ids(town)
    chance = random.Random(20261119)
    visited: list[int] = []
    moved: set[int] = set()
    place: Place | None = None
    while True:
        with town.database.read() as session:
            rows, place = queries.rows(session, Filters(), after=place, limit=5)
        visited += [row.id for row in rows]
        if place is None:
            break
        key = chance.choice(before)
        moved.add(key)
        with town.database.unit_of_work() as session:
            session.execute(
                update(Conversation)
                .where(Conversation.id == key)
                .values(last_message_at=town.clock.advance(1))
            )
    assert len(visited) == len(set(visited))
    assert set(before) - moved <= set(visited)


@given(st.text(max_size=40))
def test_a_hostile_place_names_none(text: str) -> None:
    place = queries.read_place(text)
    assert place is None or math.isfinite(place.at.timestamp())


@pytest.mark.parametrize("text", ["", "_", "nan_1", "inf_1", "1e400_1", "1_x", "1_-5", "9" * 5000])
def test_what_is_no_place(text: str) -> None:
    assert queries.read_place(text) is None
    assert queries.read_place(f"1.5_{2**70}") is None


def test_views_filters_and_counts(town: Town) -> None:
    for name in ("anna", "ben", "cleo", "dora"):
        town.turn(name, f"Hallo von {name}", name=name.title())
    key = {name: town.conversation(name).id for name in ("anna", "ben", "cleo", "dora")}
    with town.database.unit_of_work() as session:
        inbox.take(session, key["anna"], user_id=town.user_id, now=town.clock.now())
        inbox.take(session, key["ben"], user_id=town.colleague_id, now=town.clock.now())
        inbox.close(session, key["cleo"], user_id=town.user_id, now=town.clock.now())
        inbox.mark_read(session, key["anna"])
    me = town.user_id

    expected = {
        Filters(View.OPEN): {"anna", "ben", "dora"},
        Filters(View.MINE, user_id=me): {"anna"},
        Filters(View.UNASSIGNED): {"dora"},
        Filters(View.UNREAD): {"ben", "dora"},
        Filters(View.CLOSED): {"cleo"},
        Filters(channel="fake"): {"anna", "ben", "dora"},
        Filters(channel="other"): set[str](),
        Filters(q="DORA"): {"dora"},
        Filters(q="hallo von"): {"anna", "ben", "dora"},
        Filters(View.CLOSED, q="cle"): {"cleo"},
        Filters(q="%"): set[str](),
        Filters(q="_"): set[str](),
        Filters(q=" "): set[str](),
    }
    for filters, names in expected.items():
        assert set(ids(town, filters)) == {key[name] for name in names}, filters
        with town.database.read() as session:
            assert queries.count(session, filters) == len(names), filters


def test_a_conversation_is_found_by_its_ticket_and_office(town: Town) -> None:
    town.turn("anna", "Die Laterne in der Dorfstraße 5")
    town.turn("ben", "Müll in der Dorfstraße 6")
    with town.database.read() as session:
        tickets = session.scalars(select(Ticket).order_by(Ticket.id)).all()
        offices = dict(session.execute(select(Office.slug, Office.id)).all())
    anna = town.conversation("anna").id
    assert ids(town, Filters(q=f" {tickets[0].number.lower()} ")) == [anna]
    assert ids(town, Filters(office_id=offices["evl"])) == [anna]
    with town.database.unit_of_work() as session:
        session.execute(
            update(Conversation).where(Conversation.id == anna).values(office_id=offices["tbl"])
        )
    assert ids(town, Filters(office_id=offices["evl"])) == []
    assert len(ids(town, Filters(office_id=offices["tbl"]))) == 2


def test_counts_stop_at_their_bound(town: Town) -> None:
    town.turn("t", "Hallo")
    model = town.conversation("t")
    with town.database.unit_of_work() as session:
        session.add_all(
            Conversation(
                channel_id=model.channel_id,
                contact_id=model.contact_id,
                visibility=model.visibility,
                thread=f"copy-{number}",
                preview="Hallo",
                last_message_at=model.last_message_at,
                created_at=model.created_at,
            )
            for number in range(COUNTED + 20)
        )
    with town.database.read() as session:
        assert queries.count(session, Filters()) == COUNTED
        assert queries.count(session, Filters(q="hallo")) == COUNTED


def test_the_thread_pages_back_through_every_message(town: Town) -> None:
    town.says("t", *(f"{number}" for number in range(70)))
    town.work()
    key = town.conversation("t").id
    texts: list[str] = []
    before: int | None = None
    while True:
        with town.database.read() as session:
            page, before = thread.entries(session, key, before=before, limit=30)
        texts = [entry.text for entry in page] + texts
        if before is None:
            break
    assert texts[:-1] == [f"{number}" for number in range(70)]


def test_a_draft_is_marked_for_its_author_only(town: Town) -> None:
    town.turn("t", "Hallo")
    key = town.conversation("t").id
    with town.database.unit_of_work() as session:
        inbox.save_draft(
            session, key, DraftMode.REPLY, "x", user_id=town.user_id, now=town.clock.now()
        )
    for user, expected in ((town.user_id, True), (town.colleague_id, False), (None, False)):
        with town.database.read() as session:
            [row], _ = queries.rows(session, Filters(user_id=user))
        assert row.draft is expected


def test_a_conversation_goes_with_its_ticket_to_another_office(town: Town) -> None:
    town.turn("anna", "Die Laterne in der Dorfstraße 5")
    anna = town.conversation("anna").id
    with town.database.unit_of_work() as session:
        ticket = session.scalars(select(Ticket)).one()
        offices = dict(session.execute(select(Office.slug, Office.id)).all())
        assert town.conversation("anna").office_id == ticket.office_id == offices["evl"]
        tickets.assign(
            session,
            ticket.id,
            offices["tbl"],
            version=ticket.version,
            public_note=None,
            internal_note=None,
            actor=SYSTEM,
            now=town.clock.now(),
        )
    assert ids(town, Filters(office_id=offices["evl"])) == []
    assert ids(town, Filters(office_id=offices["tbl"])) == [anna]


INDEXES = {
    Filters(View.WAITING): "ix_conversation_needed",
    Filters(View.OPEN): "ix_conversation_status_last_message_at",
    Filters(View.CLOSED): "ix_conversation_status_last_message_at",
    Filters(View.MINE, user_id=1): "ix_conversation_assignee_id",
    Filters(View.UNASSIGNED): "ix_conversation_assignee_id",
    Filters(View.UNREAD): "ix_conversation_unread",
    Filters(View.OPEN, office_id=1): "ix_conversation_office_id",
    Filters(View.OPEN, channel="fake"): "ix_conversation_channel_id",
}


@pytest.mark.parametrize("filters", INDEXES)
def test_every_view_has_an_index_in_its_order(town: Town, filters: Filters) -> None:
    """A list must not look through the whole table, however few rows it shows."""
    if not town.database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    plan = explain(town, filters)
    assert f"conversation USING INDEX {INDEXES[filters]} " in plan
    assert "TEMP B-TREE" not in plan


def test_an_old_page_reads_nothing_of_the_newer_ones(town: Town) -> None:
    """What stands beside is asked for between the first and the last message of the page."""
    if not town.database.is_sqlite:
        pytest.skip("the values are read off SQLite's statements")
    for number in range(3):
        town.turn("t", f"Wann ist Markt? {number}")
    conversation_id = town.conversation("t").id
    with town.database.read() as session:
        _, before = thread.entries(session, conversation_id, limit=2)
        page, _ = thread.entries(session, conversation_id, before=before, limit=2)

        def read() -> None:
            thread.entries(session, conversation_id, before=before, limit=2)

        _, *beside = sent(town, read)
    assert before is not None
    assert [entry.id < before for entry in page] == [True, True]
    span = (conversation_id, page[0].id, page[-1].id)
    assert [values for _, values in beside] == [span, span, span]


def test_what_needs_a_person_follows_what_is_done(town: Town) -> None:
    def check() -> None:
        found = town.conversation("t")
        expected = rules.needed(found.emergency_at, found.waiting_since)
        assert {name: getattr(found, name) for name in expected} == expected
        assert bool(ids(town, Filters(View.WAITING))) == (expected["needed_since"] is not None)

    town.turn("t", "Hallo")
    check()
    town.turn("t", "Mensch")
    check()
    town.turn("t", "Notfall")
    check()
    assert town.conversation("t").needed_rank == 0
    key = town.conversation("t").id
    for change in (inbox.take, inbox.hand_back, inbox.close, inbox.reopen):
        with town.database.unit_of_work() as session:
            change(session, key, user_id=town.user_id, now=town.clock.advance(1))
        check()


def explain(town: Town, filters: Filters) -> str:
    """Return how SQLite would read the page."""
    statement, values = sent(town, lambda: ids(town, filters))[-1]
    with town.database.read_engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row[3]) for row in plan)


def sent(town: Town, read: Callable[[], object]) -> list[tuple[str, tuple[object, ...]]]:
    """Return the statements that SQLite is sent, with their values."""
    found: list[tuple[str, tuple[object, ...]]] = []

    def record(
        _: object, __: object, statement: str, values: tuple[object, ...], *___: object
    ) -> None:
        found.append((statement, values))

    engine = town.database.read_engine
    event.listen(engine, "before_cursor_execute", record)
    read()
    event.remove(engine, "before_cursor_execute", record)
    return found
