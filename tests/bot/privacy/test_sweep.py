"""The sweep: what is due goes, everything else stays, and the trail holds ids only."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob, BlobChunk
from bot.audit.models import AuditEntry
from bot.audit.service import SYSTEM
from bot.channels.models import Channel
from bot.contacts.models import Contact, Identity
from bot.db.base import Base
from bot.db.bulk import insert
from bot.db.engine import Database
from bot.db.tables import METADATA
from bot.events.models import Event
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Draft, Message, MessageRevision, TurnUnderstanding
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.outbox.states import DeliveryState
from bot.privacy import erasure
from bot.privacy import service as privacy
from bot.staff.models import RateLimit, StaffSession
from bot.tickets.models import Ticket, TicketEvent
from tests.bot.privacy import support
from tests.bot.privacy.support import NOW, City, ago, count, save, talk
from tests.support.plans import SCAN, plan, recorded, work_of

pytestmark = pytest.mark.usefixtures("in_step")

OF_A_CONVERSATION: tuple[type[Base], ...] = (
    Conversation,
    Message,
    MessageRevision,
    TurnUnderstanding,
    Draft,
    Attachment,
    Delivery,
    Contact,
    Identity,
    Blob,
    BlobChunk,
)


class Units:
    """A database that counts what each write transaction deletes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.deleted: dict[type[Base], list[int]] = {Conversation: [], RawItem: []}
        self.read = database.read

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        before = {table: count(self._database, table) for table in self.deleted}
        with self._database.unit_of_work() as session:
            yield session
        for table, number in before.items():
            self.deleted[table].append(number - count(self._database, table))


def sweep(database: Database, **found: int) -> None:
    """Sweep and expect these counts, and nothing else, and nothing the second time."""
    done = privacy.run(database, now=NOW)
    assert {name: number for name, number in done.items() if number} == found
    assert not any(privacy.run(database, now=NOW).values())


def test_an_empty_city_has_nothing_to_sweep(database: Database) -> None:
    sweep(database)


def test_an_ended_conversation_goes_with_everything(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        erased = talk(session, place, "anna", days=90.1).id

    sweep(database, conversations=1, contacts=1, blobs=1, deliveries=1)

    assert {table.__name__: count(database, table) for table in OF_A_CONVERSATION} == {
        table.__name__: 0 for table in OF_A_CONVERSATION
    }
    with database.read() as session:
        trail = session.scalars(select(AuditEntry)).all()
        assert {"conversation.erased", "contact.erased"} <= {entry.action for entry in trail}
        assert "anna" not in repr([(entry.action, entry.fields) for entry in trail])
        assert session.scalars(select(Event.conversation_id)).one() == erased


def test_a_younger_one_stays_whole(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        talk(session, place, "anna", days=89)
    before = {table.__name__: count(database, table) for table in OF_A_CONVERSATION}

    sweep(database, deliveries=1)

    assert {table.__name__: count(database, table) for table in OF_A_CONVERSATION} == before


def test_a_contact_and_a_file_stay_as_long_as_something_needs_them(
    database: Database, place: City
) -> None:
    with database.unit_of_work() as session:
        person = support.contact(session, place, "anna")
        picture = support.blob(session, b"same picture")
        old = support.conversation(session, place, person, "a", days=120, picture=picture)
        new = support.conversation(session, place, person, "b", days=10, picture=picture)
        asked = session.scalars(select(Message.id).where(Message.conversation_id == old.id)).first()
        answer = support.message(session, new, Direction.OUTBOUND, days=10)
        answer.reply_to_id = asked

    sweep(database, conversations=1, deliveries=1)

    assert count(database, Conversation) == count(database, Contact) == count(database, Blob) == 1
    with database.read() as session:
        assert session.get_one(Message, answer.id).reply_to_id is None
        assert session.scalars(select(Identity.external_id)).one() == "anna"


def test_a_conversation_with_a_ticket_stays(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        support.ticket(session, "1", closed_days=179, parent=talk(session, place, "anna", days=179))
        pointed = talk(session, place, "bela", days=179)
        support.ticket(session, "2", closed_days=None, parent=pointed)
        pointed.ticket_id = None  # only the ticket knows

    sweep(database, deliveries=2)

    assert count(database, Conversation) == count(database, Contact) == 2


def test_a_ticket_without_names_leaves_its_office_no_conversation(
    database: Database, place: City
) -> None:
    with database.unit_of_work() as session:
        key = talk(session, place, "anna", days=10).id
        support.ticket(session, "1", closed_days=181, parent=session.get_one(Conversation, key))

    sweep(database, tickets=1)

    with database.read() as session:
        kept = session.get_one(Conversation, key)
        assert (kept.ticket_id, kept.office_id) == (None, None)


def test_half_a_year_after_closing_a_ticket_names_nobody(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        talked = talk(session, place, "anna", days=181)
        support.ticket(session, "1", closed_days=181, parent=talked)
        form = support.contact(session, place, "form")
        support.ticket(session, "2", closed_days=181, contact_id=form)
        support.ticket(session, "3", closed_days=None, contact_id=form)

    sweep(database, tickets=2, conversations=1, contacts=1, blobs=1, deliveries=1)

    with database.read() as session:
        gone, other, kept = session.scalars(select(Ticket).order_by(Ticket.id))
        for row in (gone, other):
            assert (row.title, row.description, row.place) == ("Wilder Müll", "", "")
            assert (row.lat, row.lon) == (None, None)
            assert (row.reporter_name, row.reporter_email, row.reporter_phone) == (None,) * 3
            assert (row.contact_id, row.conversation_id) == (None, None)
            assert (row.number, row.category_id) == (str(row.id), "litter")
        assert kept.reporter_name == "Erika Muster"
        notes = session.scalars(select(TicketEvent.citizen_text).order_by(TicketEvent.id)).all()
        assert notes == [None, None, "Danke, Erika"]
        assert session.scalars(select(Contact.name)).all() == ["form"]


def test_what_is_just_being_sent_waits(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        parent = talk(session, place, "anna", days=100)
        last = support.message(session, parent, Direction.OUTBOUND, days=100)
        support.delivery(session, last, "anna", days=100, state=DeliveryState.SENDING)

    sweep(database, deliveries=1)

    assert count(database, Conversation) == 1


def test_a_sent_part_loses_its_text_and_keeps_its_fate(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        channel = session.get_one(Channel, place.channel_id)
        channel.acked_seq, channel.token_hash = 5, "t"
        parent = support.message(
            session, talk(session, place, "anna", days=20), Direction.OUTBOUND, days=31
        )
        for part, (state, days, seq) in enumerate(
            [
                (DeliveryState.SENT, 31, None),
                (DeliveryState.SENT, 31, 5),
                (DeliveryState.SENT, 31, 6),  # not fetched yet
                (DeliveryState.SENT, 29, 4),
                (DeliveryState.DEAD, 31, None),
                (DeliveryState.UNCONFIRMED, 31, None),
            ]
        ):
            support.delivery(session, parent, "anna", days=days, part=part, state=state, seq=seq)

    sweep(database, deliveries=2)

    with database.read() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.message_id == parent.id).order_by(Delivery.part)
        ).all()
    assert [row.text for row in rows] == ["", "", *["Guten Tag"] * 4]
    blank = rows[1]
    assert (blank.thread, blank.buttons, blank.in_reply_to, blank.native_id) == ("", [], None, None)
    assert (blank.state, blank.seq, blank.sent_at) == (DeliveryState.SENT, 5, ago(31))


def test_where_nobody_acknowledges_a_part_is_blanked_after_its_period(
    database: Database, place: City
) -> None:
    """The page of the web chat fetches, Matrix takes: neither ever moves `acked_seq`."""
    with database.unit_of_work() as session:
        parent = support.message(
            session, talk(session, place, "anna", days=20), Direction.OUTBOUND, days=31
        )
        for part, days in enumerate((31, 29)):
            support.delivery(session, parent, "anna", days=days, part=part, seq=part + 1)

    sweep(database, deliveries=1)

    with database.read() as session:
        rows = select(Delivery.text).where(Delivery.message_id == parent.id).order_by(Delivery.part)
        assert session.scalars(rows).all() == ["", "Guten Tag"]


def test_what_was_blanked_and_what_is_used_holds_up_no_writer(
    database: Database, place: City
) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    with database.unit_of_work() as session:
        parent = talk(session, place, "anna", days=20)
        answer = support.message(session, parent, Direction.OUTBOUND, days=31)
        support.ticket(session, "1", closed_days=181)
    privacy.run(database, now=NOW)
    before = work_of(database, lambda: privacy.run(database, now=NOW))
    blank = {"channel_id": place.channel_id, "message_id": answer.id, "visibility": "private"}
    blank |= {"thread": "", "text": "", "buttons": [], "state": DeliveryState.SENT}
    blank |= {"due_at": ago(40), "created_at": ago(40), "sent_at": ago(40)}
    with database.unit_of_work() as session:
        rows = [blank | {"part": n, "key": f"k{n}", "seq": n} for n in range(9, 3000)]
        session.execute(insert(session, Delivery), rows)
    assert work_of(database, lambda: privacy.run(database, now=NOW)) < 1.2 * before

    with recorded(database.engine) as found:
        privacy.run(database, now=NOW)
    for statement, values in found.items():
        steps = plan(database, statement, values).replace("SCAN event", "")  # its first rows only
        assert not SCAN.search(steps), f"{statement}\n{steps}"


def test_raw_items_go_with_files_that_nothing_else_shows(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        alone, shared = support.blob(session, b"alone"), support.blob(session, b"shared")
        support.raw_item(session, place, "old", days=31, file=alone)
        support.raw_item(session, place, "old-shared", days=31, file=shared)
        support.raw_item(session, place, "new", days=29, file=shared)
        support.raw_item(session, place, "waiting", days=60, state=RawState.NEW)
        support.raw_item(session, place, "poison", days=60, state=RawState.QUARANTINED)
        support.raw_item(session, place, "old-poison", days=91, state=RawState.QUARANTINED)

    sweep(database, raw_items=3, blobs=1)

    with database.read() as session:
        left = session.scalars(select(RawItem.event_id).order_by(RawItem.id)).all()
        assert left == ["new", "waiting", "poison"]
        assert session.scalars(select(Blob.id)).one() == shared
        assert session.scalars(select(BlobChunk.content)).one() == b"shared"


def test_sessions_limits_and_events_end(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        for name, days, revoked in (("a", 0.1, None), ("b", -1, None), ("c", -1, 0.5)):
            save(
                session,
                StaffSession(
                    user_id=place.user_id,
                    token_hash=name,
                    csrf=name,
                    created_at=ago(2),
                    last_seen_at=ago(1),
                    expires_at=ago(days),
                    revoked_at=None if revoked is None else ago(revoked),
                    client="Firefox",
                ),
            )
        for days in (2, 1.1, 0.5):
            save(session, RateLimit(key_hash="k", window_start=ago(days), count=1))
        for days in (30, 15, 13):
            save(session, Event(kind="x", at=ago(days)))

    done = privacy.run(database, now=NOW)

    assert (done["staff_sessions"], done["rate_limits"], done["events"]) == (2, 2, 2)
    with database.read() as session:
        assert session.scalars(select(StaffSession.token_hash)).all() == ["b"]
        assert session.scalars(select(RateLimit.window_start)).all() == [ago(0.5)]
        assert session.scalars(select(Event.at)).all() == [ago(13)]


def test_the_newest_event_stays_so_that_no_id_comes_twice(database: Database) -> None:
    with database.unit_of_work() as session:
        last = [save(session, Event(kind="x", at=ago(20))).id for _ in range(3)][-1]

    sweep(database, events=2)

    with database.unit_of_work() as session:
        assert save(session, Event(kind="x", at=NOW)).id > last


def test_a_chunk_is_no_larger_than_asked(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        for number in range(7):
            talk(session, place, f"anna{number}", days=100)
            support.raw_item(session, place, f"r{number}", days=100)

    units = Units(database)
    done = privacy.run(units, now=NOW, limit=3)

    assert (done["conversations"], done["raw_items"], done["deliveries"]) == (7, 7, 7)
    assert count(database, Message) == 0
    for table in (Conversation, RawItem):
        assert max(units.deleted[table]) == 3
        assert sum(units.deleted[table]) == 7
    assert not any(
        a and b for a, b in zip(units.deleted[Conversation], units.deleted[RawItem], strict=True)
    ), "each kind for itself"


def test_a_conversation_can_be_erased_before_its_time(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        mine = talk(session, place, "anna", days=1)
        talk(session, place, "bela", days=1)

    with database.unit_of_work() as session:
        erased = erasure.erase_conversations(session, [mine.id], actor=SYSTEM, now=NOW)

    assert erased == erasure.Erased(conversations=1, contacts=1, blobs=1)
    with database.read() as session:
        assert session.scalars(select(Contact.name)).all() == ["bela"]


def test_a_message_that_just_arrives_keeps_its_conversation(
    database: Database, place: City
) -> None:
    if database.is_sqlite:
        return  # one writer at a time: there is no such moment
    with database.unit_of_work() as session:
        parent = talk(session, place, "anna", days=100)

    with database.unit_of_work() as arriving:
        support.message(arriving, parent, Direction.INBOUND, days=0)
        arriving.get_one(Conversation, parent.id).last_message_at = NOW
        arriving.flush()
        assert privacy.run(database, now=NOW)["conversations"] == 0

    sweep(database)
    assert count(database, Message) == 3


def test_a_table_of_tomorrow_protects_what_it_needs() -> None:
    found = {
        name: {str(column) for column in erasure._references(name, frozenset())}
        for name in ("conversation", "message", "contact", "blob")
    }
    for name, columns in found.items():
        expected = {
            str(key.parent)
            for table in METADATA.tables.values()
            for key in table.foreign_keys
            if key.target_fullname == f"{name}.id"
        }
        assert columns == expected
        assert columns
