"""Who may see which part of a ticket, and what the desk reads."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.db.engine import Database
from bot.tickets import desk, queries, texts
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.states import (
    CitizenState,
    StatusGroup,
    TicketEventKind,
    TicketOrigin,
    TicketStatus,
)
from tests.bot.tickets.town import NOW, STAFF, Town, lamp, open_lamp

SECRET = "intern-geheim-4711"
OWN = "eigene-worte-4711"


def _told(database: Database, town: Town) -> Ticket:
    """A ticket on whose every event stands an internal note."""
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(session, lamp(town, OWN), actor=STAFF, now=NOW, prefix="LEV")
        tickets.assign(
            session,
            ticket.id,
            town.roads,
            version=1,
            public_note=None,
            internal_note=SECRET,
            actor=STAFF,
            now=NOW + timedelta(hours=1),
        )
        tickets.add_note(
            session,
            ticket.id,
            public_note=None,
            internal_note=SECRET,
            actor=STAFF,
            now=NOW + timedelta(hours=2),
        )
        tickets.add_note(
            session,
            ticket.id,
            public_note="Ursache gefunden.",
            internal_note=SECRET,
            actor=STAFF,
            now=NOW + timedelta(hours=3),
        )
        tickets.change_status(
            session,
            ticket.id,
            TicketStatus.WAITING_FOR_CITIZEN,
            version=4,
            public_note="Welche Seite?",
            internal_note=SECRET,
            actor=STAFF,
            now=NOW + timedelta(hours=4),
        )
        tickets.add_citizen_message(session, ticket.id, OWN, now=NOW + timedelta(hours=5))
    return ticket


def _page(
    database: Database, ticket: Ticket, *, language: str = "de", full: bool
) -> queries.CitizenTicket:
    with database.read() as session:
        page = queries.citizen_page(session, ticket.id, language=language, full=full)
    assert page is not None
    return page


def test_the_token_opens_the_ticket_and_nothing_else_does(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    with database.read() as session:
        found = queries.by_token(session, ticket.token)
        assert found is not None
        assert (found.id, found.number, found.state) == (
            ticket.id,
            ticket.number,
            CitizenState.RECEIVED,
        )
        assert ticket.token not in repr(found)
        for wrong in ("", ticket.token[:-1], ticket.token.swapcase(), "ü", "\0", ticket.number):
            assert queries.by_token(session, wrong) is None


def test_number_and_code_belong_together_however_they_are_typed(
    database: Database, town: Town
) -> None:
    one, other = open_lamp(database, town), open_lamp(database, town)
    with database.read() as session:

        def look(number: str, code: str) -> int | None:
            found = queries.by_number_and_code(session, number, code)
            return found.id if found else None

        code = one.check_code
        assert look(one.number, code) == one.id
        assert look(one.number.lower(), f" {code[:3].lower()}-{code[3:].lower()} ") == one.id
        assert look(one.number.replace("-", " "), " ".join(code)) == one.id
        assert look(one.number, other.check_code) is None
        assert look(one.number, "") is None
        assert look("LEV-2026-999999", code) is None
        assert look("", "") is None
        assert look("", "------") is None
        assert look(one.number, "äöü\0") is None


def test_a_contact_finds_its_own_tickets_only(database: Database, town: Town) -> None:
    opened = [open_lamp(database, town) for _ in range(3)]
    with database.read() as session:
        own = queries.of_contact(session, town.contact, 2)
        assert [one.id for one in own] == [opened[2].id, opened[1].id]
        assert queries.of_contact(session, town.stranger, 9) == ()
        number = opened[0].number.lower()
        found = queries.by_number_of_contact(session, town.contact, number)
        assert found is not None
        assert found.id == opened[0].id
        assert queries.by_number_of_contact(session, town.stranger, number) is None


def test_the_page_of_a_new_ticket(database: Database, town: Town) -> None:
    page = _page(database, open_lamp(database, town), full=True)
    assert (page.number, page.title, page.place) == (
        "LEV-2026-000001",
        "Straßenbeleuchtung defekt",
        "Dhünnstraße 14",
    )
    assert (page.state_word, page.step, page.office) == ("Eingegangen", 1, None)
    assert page.sentence == "Ihre Meldung ist bei uns angekommen."
    assert (page.can_withdraw, page.can_reopen) == (True, False)
    assert page.history == (
        queries.HistoryItem(
            NOW, "Ihre Meldung ist eingegangen", "Die Laterne vor Haus 14 ist aus.", own=True
        ),
    )


def test_the_whole_history_in_citizen_words(database: Database, town: Town) -> None:
    page = _page(database, _told(database, town), full=True)
    assert (page.state, page.step, page.office) == (
        CitizenState.IN_PROGRESS,
        3,
        "Technische Betriebe",
    )
    assert [(item.headline, item.text, item.own) for item in page.history] == [
        ("Ihre Nachricht", OWN, True),
        ("Wir haben eine Frage an Sie", "Welche Seite?", False),
        ("Nachricht der Stadt", "Ursache gefunden.", False),
        ("An die zuständige Stelle übergeben", "Zuständig: Technische Betriebe", False),
        ("Ihre Meldung ist eingegangen", OWN, True),
    ]
    assert [item.at for item in page.history] == sorted(
        (item.at for item in page.history), reverse=True
    )


def test_number_and_code_show_state_dates_and_public_notes(database: Database, town: Town) -> None:
    page = _page(database, _told(database, town), full=False)
    assert [(item.headline, item.text) for item in page.history] == [
        ("In Bearbeitung", ""),
        ("Wir haben eine Frage an Sie", "Welche Seite?"),
        ("Nachricht der Stadt", "Ursache gefunden."),
        ("An die zuständige Stelle übergeben", "Zuständig: Technische Betriebe"),
        ("Ihre Meldung ist eingegangen", ""),
    ]
    assert (page.place, page.lat, page.lon) == (None, None, None)
    assert (page.can_withdraw, page.can_reopen) == (False, False)
    assert OWN not in repr(asdict(page))


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("full", [True, False])
def test_internal_notes_never_reach_a_citizen(
    database: Database, town: Town, language: str, *, full: bool
) -> None:
    page = _page(database, _told(database, town), language=language, full=full)
    assert SECRET not in repr(asdict(page))


def test_the_page_speaks_english_and_plain_german(database: Database, town: Town) -> None:
    ticket = open_lamp(database, town)
    english = _page(database, ticket, language="en", full=True)
    assert (english.title, english.state_word) == ("Street light", "Received")
    plain = _page(database, ticket, language="plain", full=True)
    assert (plain.title, plain.sentence) == ("Die Laterne ist kaputt", "Ihre Meldung ist da.")


def test_a_closed_ticket_can_be_reopened_by_who_holds_the_link(
    database: Database, town: Town
) -> None:
    ticket = open_lamp(database, town)
    with database.unit_of_work() as session:
        tickets.withdraw(session, ticket.id, now=NOW, text="Hat sich erledigt.")
    page = _page(database, ticket, full=True)
    assert (page.can_withdraw, page.can_reopen, page.step) == (False, True, 4)
    assert (page.history[0].text, page.history[0].own) == ("Hat sich erledigt.", True)
    with database.read() as session:
        assert queries.citizen_page(session, 9999, language="de", full=True) is None


def test_the_desk_reads_everything_and_what_may_follow(database: Database, town: Town) -> None:
    _told(database, town)
    with database.read() as session:
        found = desk.desk_ticket(session, "lev 2026 1")
        assert desk.desk_ticket(session, "LEV-2026-2") is None
    assert found is not None
    assert (found.row.status_label, found.row.category, found.row.office) == (
        "in Bearbeitung",
        "Straßenbeleuchtung defekt",
        "Technische Betriebe",
    )
    assert found.reporter.contact_id == town.contact
    assert [event.kind for event in found.history] == [
        TicketEventKind.CREATED,
        TicketEventKind.ASSIGNED,
        TicketEventKind.NOTE,
        TicketEventKind.NOTE,
        TicketEventKind.STATUS,
        TicketEventKind.MESSAGE,
    ]
    assert sum(event.internal_note == SECRET for event in found.history) == 4
    assert found.history[1].status_to is TicketStatus.ASSIGNED
    assert TicketStatus.RESOLVED in found.allowed
    assert TicketStatus.REOPENED not in found.allowed


def test_the_person_stands_apart_from_the_matter(database: Database, town: Town) -> None:
    new = replace(
        lamp(town),
        reporter_name="Erika Muster",
        reporter_email="erika@example.org",
        reporter_phone="0214 4711 rika",
        origin=TicketOrigin.PHONE,
    )
    with database.unit_of_work() as session:
        ticket = tickets.open_ticket(session, new, actor=STAFF, now=NOW, prefix="LEV")
    with database.read() as session:
        found = desk.desk_ticket(session, ticket.number)
    assert found is not None
    assert found.reporter.email == "erika@example.org"
    assert (found.reporter.phone, found.origin) == ("0214 4711 rika", TicketOrigin.PHONE)
    for value in (found.row, found.history, found.allowed, found.description):
        assert "rika" not in repr(value)
    assert "rika" not in repr(found)
    assert "rika" not in repr(new)


def test_the_list_has_pages_without_gaps_while_new_ones_come(
    database: Database, town: Town
) -> None:
    opened = [open_lamp(database, town).id for _ in range(5)]
    seen: list[int] = []
    after: int | None = None
    for _ in range(3):
        with database.read() as session:
            page = desk.desk_list(session, status_group=None, office_id=None, after=after, limit=2)
        seen += [row.id for row in page.rows]
        after = page.next_after
        open_lamp(database, town)
    assert seen == opened[::-1]
    assert after is None


def test_the_list_is_filtered_by_column_office_and_words(database: Database, town: Town) -> None:
    light = open_lamp(database, town)
    with database.unit_of_work() as session:
        hole = tickets.open_ticket(
            session,
            tickets.NewTicket("road_damage", "Loch", place="Am 100%-Markt"),
            actor=STAFF,
            now=NOW,
            prefix="LEV",
        )
        tickets.change_status(
            session,
            hole.id,
            TicketStatus.RESOLVED,
            version=1,
            public_note="Gefüllt.",
            internal_note=None,
            actor=STAFF,
            now=NOW,
        )

    def listed(
        group: StatusGroup | None = None, office_id: int | None = None, q: str | None = None
    ) -> list[int]:
        with database.read() as session:
            page = desk.desk_list(session, status_group=group, office_id=office_id, q=q)
        return [row.id for row in page.rows]

    assert listed() == [hole.id, light.id]
    assert listed(StatusGroup.OPEN) == listed(StatusGroup.NEW) == [light.id]
    assert listed(StatusGroup.CLOSED) == [hole.id]
    assert listed(office_id=town.lamps) == [light.id]
    assert listed(StatusGroup.CLOSED, town.lamps) == []
    assert listed(q="dhünnstr") == listed(q="lev 2026 1") == listed(q="000001") == [light.id]
    assert listed(q="0%-m") == [hole.id]
    assert listed(q="%") == [hole.id]
    assert listed(q="  ") == [hole.id, light.id]
    assert listed(q="\0") == [hole.id, light.id]


def test_open_tickets_are_counted_by_column(database: Database, town: Town) -> None:
    first, _, third = (open_lamp(database, town) for _ in range(3))
    with database.unit_of_work() as session:
        tickets.change_status(
            session,
            first.id,
            TicketStatus.PLANNED,
            version=1,
            public_note=None,
            internal_note=None,
            actor=STAFF,
            now=NOW,
        )
        tickets.withdraw(session, third.id, now=NOW)
    with database.read() as session:
        soon = desk.open_counts(session, office_id=None, now=NOW)
        late = desk.open_counts(session, office_id=town.lamps, now=NOW + timedelta(days=9))
        none = desk.open_counts(session, office_id=town.roads, now=NOW)
    assert soon.by_group == {
        StatusGroup.OPEN: 2,
        StatusGroup.NEW: 1,
        StatusGroup.WITH_OFFICE: 0,
        StatusGroup.IN_PROGRESS: 1,
        StatusGroup.WAITING: 0,
    }
    assert (soon.overdue, late.overdue, none.overdue) == (0, 2, 0)
    assert set(none.by_group.values()) == {0}


@settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(number=st.text(max_size=30), code=st.text(max_size=10))
def test_nobody_gets_in_by_typing_anything(
    database: Database, town: Town, number: str, code: str
) -> None:
    with database.read() as session:
        assert queries.by_number_and_code(session, number, code) is None
        assert queries.by_token(session, code) is None
        assert desk.desk_ticket(session, number) is None
