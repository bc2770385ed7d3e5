"""Tickets from opening to closing and back, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from bot.audit.models import AuditEntry
from bot.audit.service import ASSISTANT, Actor, ActorKind
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.offices import service as offices
from bot.offices.queries import CategoryNotFoundError, OfficeNotFoundError
from bot.tickets import inputs, numbers, rules
from bot.tickets import service as tickets
from bot.tickets.models import Ticket, TicketEvent
from bot.tickets.states import Priority, TicketEventKind, TicketKind, TicketStatus
from tests.bot.tickets.town import (
    NOW,
    STAFF,
    Town,
    audit_lines,
    lamp,
    live_kinds,
    open_lamp,
)

LATER = NOW + timedelta(hours=2)


def _set(
    database: Database,
    ticket_id: int,
    status: TicketStatus,
    *,
    version: int,
    note: str | None = None,
) -> tickets.TicketChange:
    with database.unit_of_work() as session:
        return tickets.change_status(
            session,
            ticket_id,
            status,
            version=version,
            public_note=note,
            internal_note=None,
            actor=STAFF,
            now=LATER,
        )


def _stored(database: Database, ticket_id: int) -> Ticket:
    with database.read() as session:
        return session.get_one(Ticket, ticket_id)


def _events(database: Database, ticket_id: int) -> list[TicketEvent]:
    with database.read() as session:
        rows = session.scalars(
            select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.id)
        )
        return list(rows)


def test_a_new_ticket_is_numbered_routed_due_and_told(database: Database, town: Town) -> None:
    keys = numbers.Keys("t" * 32, "CDFGHJ")
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(
            session,
            lamp(town),
            actor=Actor(ActorKind.CONTACT, town.contact),
            now=NOW,
            prefix="LEV",
            draw_keys=lambda: keys,
        )
    stored = _stored(database, ticket.id)
    assert (stored.number, stored.token, stored.check_code) == (
        "LEV-2026-000001",
        keys.token,
        keys.check_code,
    )
    assert (stored.office_id, stored.category_id) == (town.lamps, "street_light")
    assert (stored.status, stored.kind, stored.priority) == (
        TicketStatus.RECEIVED,
        TicketKind.REPORT,
        Priority.NORMAL,
    )
    assert stored.title == "Straßenbeleuchtung defekt"
    assert stored.due_at == datetime(2026, 11, 24, 15, tzinfo=UTC)
    assert (stored.version, stored.created_at, stored.updated_at) == (1, NOW, NOW)
    [event] = _events(database, ticket.id)
    assert (event.kind, event.status_to, event.office_id, event.actor_id) == (
        TicketEventKind.CREATED,
        TicketStatus.RECEIVED,
        town.lamps,
        town.contact,
    )
    assert event.citizen_text == "Die Laterne vor Haus 14 ist aus."
    with database.read() as session:
        assert audit_lines(session, "ticket") == [("ticket.created", "contact", ticket.id)]
        assert live_kinds(session, ticket.id) == ["ticket.created"]


def test_possible_danger_raises_the_priority_and_counts_by_the_clock(
    database: Database, town: Town
) -> None:
    hole = tickets.NewTicket("road_damage", "Tiefes Loch", title="Loch", kind=TicketKind.COMPLAINT)
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(session, hole, actor=ASSISTANT, now=NOW, prefix="LEV")
    assert ticket.priority is Priority.RAISED
    assert ticket.due_at == NOW + timedelta(hours=240)
    assert (ticket.title, ticket.kind) == ("Loch", TicketKind.COMPLAINT)


def test_a_data_request_is_due_within_a_month(database: Database, town: Town) -> None:
    new = tickets.NewTicket("data_protection", "Was haben Sie über mich gespeichert?")
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(session, new, actor=ASSISTANT, now=NOW, prefix="LEV")
    assert ticket.kind is TicketKind.DATA_REQUEST
    assert ticket.due_at == datetime(2026, 12, 18, 15, tzinfo=UTC)  # the 19th is a Saturday


def test_the_district_decides_about_the_office(database: Database, town: Town) -> None:
    with database.unit_of_work() as session:
        offices.put_rule(session, "street_light", "wiesdorf", town.roads, actor=STAFF, now=NOW)
    assert open_lamp(database, town).office_id == town.roads


def test_what_is_too_long_for_a_line_is_shortened_and_what_is_no_text_refused(
    database: Database, town: Town
) -> None:
    long = replace(lamp(town, "Ein\0 Wort\ud800"), title="x" * 500, place="Straße " * 100)
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(session, long, actor=ASSISTANT, now=NOW, prefix="LEV")
        assert (len(ticket.title), len(ticket.place)) == (200, 300)
        assert ticket.description == "Ein Wort?"
        for text in ("", "  \n", "x" * (inputs.TEXT_LIMIT + 1)):
            with pytest.raises(InvalidError) as caught:
                tickets.open_ticket(
                    session, lamp(town, text), actor=ASSISTANT, now=NOW, prefix="LEV"
                )
            assert caught.value.field == "description"
        with pytest.raises(CategoryNotFoundError):
            tickets.open_ticket(
                session,
                tickets.NewTicket("gone", "Text"),
                actor=ASSISTANT,
                now=NOW,
                prefix="LEV",
            )


def test_a_change_of_status_says_whom_to_tell(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    change = _set(database, ticket.id, TicketStatus.PLANNED, version=1, note="Morgen ab 13 Uhr.")
    assert (change.previous, change.status, change.version) == (
        TicketStatus.RECEIVED,
        TicketStatus.PLANNED,
        2,
    )
    assert (change.number, change.token, change.contact_id, change.language) == (
        ticket.number,
        ticket.token,
        town.contact,
        "de",
    )
    assert change.public_note == "Morgen ab 13 Uhr."
    event = _events(database, ticket.id)[-1]
    assert (event.kind, event.status_from, event.status_to, event.actor_kind, event.actor_id) == (
        TicketEventKind.STATUS,
        TicketStatus.RECEIVED,
        TicketStatus.PLANNED,
        ActorKind.USER,
        7,
    )
    with database.read() as session:
        assert audit_lines(session, "ticket")[-1] == ("ticket.status", "user", ticket.id)
        assert live_kinds(session, ticket.id) == ["ticket.created", "ticket.changed"]


def test_the_trail_names_fields_and_never_words(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    _set(database, ticket.id, TicketStatus.RESOLVED, version=1, note="Frau Beispiel war da.")
    with database.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_kind == "ticket").order_by(AuditEntry.id)
        ).all()
    assert [entry.fields for entry in entries] == [
        ["status_to", "office_id", "citizen_text"],
        ["status_to", "public_note"],
    ]


def test_who_saw_an_older_version_is_told_so(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    _set(database, ticket.id, TicketStatus.ASSIGNED, version=1)
    with pytest.raises(tickets.StaleTicketError) as caught:
        _set(database, ticket.id, TicketStatus.IN_PROGRESS, version=1)
    assert caught.value.status == 409
    assert _stored(database, ticket.id).status is TicketStatus.ASSIGNED
    assert len(_events(database, ticket.id)) == 2


def test_a_change_between_reading_and_writing_is_noticed(database: Database, town: Town) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite lets one writer in at a time")
    ticket = open_lamp(database, town)
    with database.unit_of_work() as slow:
        slow.get(Ticket, ticket.id)
        _set(database, ticket.id, TicketStatus.ASSIGNED, version=1)
        with pytest.raises(tickets.StaleTicketError):
            tickets.change_status(
                slow,
                ticket.id,
                TicketStatus.PLANNED,
                version=1,
                public_note=None,
                internal_note=None,
                actor=STAFF,
                now=LATER,
            )


def test_of_many_who_saw_the_same_version_one_wins(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)

    def win(_: int) -> bool:
        try:
            _set(database, ticket.id, TicketStatus.ASSIGNED, version=1)
        except tickets.StaleTicketError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(win, range(24))) == 1
    assert len(_events(database, ticket.id)) == 2


def test_no_message_is_lost_when_many_come_at_once(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)

    def write(number: int) -> None:
        with database.unit_of_work() as session:
            tickets.add_citizen_message(session, ticket.id, f"Nachricht {number}", now=LATER)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    assert _stored(database, ticket.id).version == 25
    texts = {event.citizen_text for event in _events(database, ticket.id)}
    assert texts >= {f"Nachricht {number}" for number in range(24)}


def test_a_forbidden_way_is_refused(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    with pytest.raises(rules.TransitionNotAllowedError) as caught:
        _set(database, ticket.id, TicketStatus.REOPENED, version=1, note="So.")
    assert (caught.value.status, caught.value.field) == (422, "status")


@pytest.mark.parametrize("status", sorted(rules.CLOSED))
def test_closing_needs_a_public_note(database: Database, town: Town, status: TicketStatus) -> None:
    ticket = open_lamp(database, town)
    with pytest.raises(rules.PublicNoteMissingError) as caught:
        _set(database, ticket.id, status, version=1, note=" ")
    assert (caught.value.status, caught.value.field) == (422, "public_note")
    _set(database, ticket.id, status, version=1, note="Der Grund.")
    assert _stored(database, ticket.id).closed_at == LATER


def test_reopening_counts_the_deadline_anew(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    _set(database, ticket.id, TicketStatus.RESOLVED, version=1, note="Leuchtet.")
    much_later = NOW + timedelta(days=30)
    with database.unit_of_work() as session:
        change = tickets.reopen(session, ticket.id, now=much_later, text="Wieder aus.")
    assert (change.previous, change.status) == (TicketStatus.RESOLVED, TicketStatus.REOPENED)
    stored = _stored(database, ticket.id)
    assert (stored.closed_at, stored.due_at) == (None, datetime(2026, 12, 23, 15, tzinfo=UTC))
    event = _events(database, ticket.id)[-1]
    assert (event.actor_kind, event.actor_id, event.citizen_text) == (
        "contact",
        town.contact,
        "Wieder aus.",
    )


def test_a_citizen_withdraws_once(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    with database.unit_of_work() as session:
        change = tickets.withdraw(session, ticket.id, now=LATER)
    assert change.status is TicketStatus.WITHDRAWN
    with database.unit_of_work() as session, pytest.raises(rules.TransitionNotAllowedError):
        tickets.withdraw(session, ticket.id, now=LATER)


def test_an_answer_ends_the_waiting(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    _set(database, ticket.id, TicketStatus.WAITING_FOR_CITIZEN, version=1, note="Welche Seite?")
    with database.unit_of_work() as session:
        change = tickets.add_citizen_message(session, ticket.id, " Die linke. ", now=LATER)
    assert (change.status, change.version) == (TicketStatus.IN_PROGRESS, 3)
    event = _events(database, ticket.id)[-1]
    assert (event.kind, event.citizen_text, event.status_to) == (
        TicketEventKind.MESSAGE,
        "Die linke.",
        TicketStatus.IN_PROGRESS,
    )


def test_a_message_leaves_any_other_status_and_makes_readers_look_again(
    database: Database, town: Town
) -> None:
    ticket = open_lamp(database, town)
    _set(database, ticket.id, TicketStatus.RESOLVED, version=1, note="Leuchtet.")
    with database.unit_of_work() as session:
        change = tickets.add_citizen_message(session, ticket.id, "Danke!", now=LATER)
        with pytest.raises(InvalidError):
            tickets.add_citizen_message(session, ticket.id, "  ", now=LATER)
    assert change.status is change.previous is TicketStatus.RESOLVED
    with pytest.raises(tickets.StaleTicketError):
        _set(database, ticket.id, TicketStatus.REOPENED, version=2)


def test_another_office_takes_over(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)

    def assign(office_id: int, version: int) -> tickets.TicketChange:
        with database.unit_of_work() as session:
            return tickets.assign(
                session,
                ticket.id,
                office_id,
                version=version,
                public_note=None,
                internal_note="Bitte übernehmen.",
                actor=STAFF,
                now=LATER,
            )

    assert assign(town.lamps, 1).status is TicketStatus.ASSIGNED
    _set(database, ticket.id, TicketStatus.IN_PROGRESS, version=2)
    change = assign(town.roads, 3)
    assert change.status is change.previous is TicketStatus.IN_PROGRESS
    assert _stored(database, ticket.id).office_id == town.roads
    assert _events(database, ticket.id)[-1].office_id == town.roads
    with pytest.raises(tickets.StaleTicketError):
        assign(town.lamps, 3)
    with pytest.raises(InvalidError):
        assign(town.roads, 4)
    with pytest.raises(OfficeNotFoundError):
        assign(9999, 4)
    _set(database, ticket.id, TicketStatus.RESOLVED, version=4, note="Leuchtet.")
    with pytest.raises(rules.TransitionNotAllowedError):
        assign(town.lamps, 5)


def test_notes_stand_beside_the_status(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)

    def add(public: str | None, internal: str | None) -> tickets.TicketChange:
        with database.unit_of_work() as session:
            return tickets.add_note(
                session,
                ticket.id,
                public_note=public,
                internal_note=internal,
                actor=STAFF,
                now=LATER,
            )

    assert add(None, "Nur für uns.").public_note is None
    assert add("Wir haben nachgesehen.", None).public_note == "Wir haben nachgesehen."
    assert _stored(database, ticket.id).version == 3
    with pytest.raises(InvalidError):
        add(" ", None)


def test_an_unknown_ticket_is_not_found(database: Database, town: Town) -> None:
    with pytest.raises(tickets.TicketNotFoundError):
        _set(database, 9999, TicketStatus.ASSIGNED, version=1)
    with database.unit_of_work() as session, pytest.raises(tickets.TicketNotFoundError):
        tickets.withdraw(session, 9999, now=LATER)


def test_a_naive_time_is_refused(database: Database, town: Town) -> None:
    naive = datetime(2026, 11, 19)  # noqa: DTZ001
    new = tickets.NewTicket("other", "Text")
    with pytest.raises(StatementError), database.unit_of_work() as session:
        tickets.open_ticket(session, new, actor=ASSISTANT, now=naive, prefix="LEV")
