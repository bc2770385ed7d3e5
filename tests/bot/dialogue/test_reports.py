"""Reports in the dialogue: a ticket at once, or after what was missing has been asked."""

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.city import imports
from bot.city.lists import DistrictEntry, StreetEntry
from bot.tickets.models import Ticket
from tests.bot.dialogue.support import buttons, tickets
from tests.fakes.town import URL, Town


def test_a_report_with_place_and_defect_is_a_ticket_at_once(town: Town) -> None:
    answer = town.turn("t", "Die Laterne in der Dorfstraße 5 ist aus")
    assert tickets(town) == [
        ("street_light", "evl", "Dorfstraße 5", "Die Laterne in der Dorfstraße 5 ist aus")
    ]
    with town.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert ticket.number in answer
    assert f"{URL}/t/{ticket.token}" in answer
    assert "Licht" in answer
    conversation = town.conversation("t")
    assert conversation.ticket_id == ticket.id
    assert conversation.dialogue is None
    assert ticket.conversation_id == conversation.id


def test_a_street_of_one_district_brings_its_district(town: Town) -> None:
    with town.database.unit_of_work() as session:
        now = town.clock.now()
        square = [[[[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]]]
        outlines = [DistrictEntry("1", name, square) for name in ("Alkenrath", "Manfort")]
        imports.put_districts(session, outlines, removing=False, actor=CLI, now=now)
        lines = [("Quellgasse", "Manfort"), ("Talgasse", "Manfort"), ("Talgasse", "Alkenrath")]
        streets = [StreetEntry("1", name, district) for name, district in lines]
        imports.put_streets(session, streets, removing=False, actor=CLI, now=now)
    town.turn("a", "Die Laterne in der Quellgasse 5 ist aus")
    town.turn("b", "Die Laterne in der Talgasse 5 ist aus")
    with town.database.read() as session:
        found = session.execute(select(Ticket.place, Ticket.district).order_by(Ticket.id)).all()
    assert [tuple(row) for row in found] == [
        ("Quellgasse 5", "manfort"),
        ("Talgasse 5", None),
    ]


def test_each_category_goes_to_its_office(town: Town) -> None:
    town.turn("a", "Müll in der Dorfstraße 5")
    town.turn("b", "Die Laterne in der Dorfstraße 6")
    assert [(category, office) for category, office, *_ in tickets(town)] == [
        ("illegal_dumping", "tbl"),
        ("street_light", "evl"),
    ]


def test_a_missing_place_is_asked_for_and_survives_a_restart(town: Town) -> None:
    """Each turn has a worker of its own: only the rows remember."""
    answer = town.turn("t", "Die Laterne ist kaputt")
    assert "Wo ist das genau?" in answer
    assert buttons(town) == ["unknown_place"]
    assert tickets(town) == []

    town.turn("t", "am alten Bahnhof")
    assert tickets(town) == [
        ("street_light", "evl", "am alten Bahnhof", "Die Laterne ist kaputt\nam alten Bahnhof")
    ]
    assert town.conversation("t").dialogue is None


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Ich kenne den Ort nicht", "unknown_place"),
        ("ich kenne den ort nicht!", None),
        ("1", None),
        ("unknown_place", None),
        ("keine Ahnung", None),
    ],
)
def test_a_button_a_label_or_a_number_answers(town: Town, text: str, choice: str | None) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    if choice:
        town.turn("t", text, choice=choice)
    else:
        town.turn("t", text)
    assert [place for _, _, place, _ in tickets(town)] == [""]


def test_a_wish_to_report_is_asked_what(town: Town) -> None:
    assert "Was ist kaputt" in town.turn("t", "Ich möchte einen Mangel melden")
    town.turn("t", "Die Laterne in der Dorfstraße 5 ist aus")
    assert [(category, place) for category, _, place, _ in tickets(town)] == [
        ("street_light", "Dorfstraße 5")
    ]


def test_who_takes_it_back_gets_no_ticket(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    assert "melde nichts" in town.turn("t", "nein danke, hat sich erledigt")
    assert tickets(town) == []
    assert town.conversation("t").dialogue is None


def test_a_shared_place_answers(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    town.turn("t", "", location=[51.03, 6.98])
    with town.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert (ticket.lat, ticket.lon) == (51.03, 6.98)
    assert ticket.description == "Die Laterne ist kaputt"


def test_a_no_ends_the_question(town: Town) -> None:
    for text in ("nein", "Nein danke", "abbrechen", "Nee!"):
        town.turn(text, "Die Laterne ist kaputt")
        assert "ich melde nichts" in town.turn(text, text), text
        assert town.conversation(text).dialogue is None
    assert tickets(town) == []


def test_an_unsure_report_becomes_a_ticket_after_one_yes(town: Town) -> None:
    yes = ("ja", "Ja bitte", "1", "Ja, melden")
    for number, text in enumerate(yes, start=1):
        answer = town.turn(text, "Vielleicht Müll in der Dorfstraße 5")
        assert "Soll ich das als „Wilder Müll“ melden? Ort: Dorfstraße 5." in answer
        assert buttons(town) == ["yes", "no"]
        town.turn(text, text)
        assert len(tickets(town)) == number, text
    assert {(category, place) for category, _, place, _ in tickets(town)} == {
        ("illegal_dumping", "Dorfstraße 5")
    }


def test_a_report_beside_another_wish_is_asked_about(town: Town) -> None:
    """How sure a turn is tells of its first wish: who asks after a report makes no second one."""
    answer = town.turn("t", "Wie ist der Stand? Die Laterne in der Dorfstraße 5")
    assert "Soll ich das als „Straßenlicht“ melden? Ort: Dorfstraße 5." in answer
    assert tickets(town) == []
    town.turn("t", "ja")
    assert len(tickets(town)) == 1


def test_an_unsure_report_that_is_denied_goes_to_a_person(town: Town) -> None:
    for text in ("nein", "2", "Etwas anderes"):
        town.turn(text, "Vielleicht Müll in der Dorfstraße 5")
        assert "Ein Mensch aus unserem Team" in town.turn(text, text), text
        assert town.conversation(text).waiting_since is not None
    assert tickets(town) == []


def test_an_open_question_survives_a_greeting_and_another_wish(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    town.turn("t", "Danke")
    town.turn("t", "wie ist der Stand")
    assert town.conversation("t").dialogue is not None
    town.turn("t", "am Rathaus")
    assert [place for _, _, place, _ in tickets(town)] == ["am Rathaus"]


def test_a_question_that_led_to_a_ticket_otherwise_is_closed(town: Town) -> None:
    """Else a later "ja" would open the same report again."""
    town.turn("t", "Vielleicht Müll in der Dorfstraße 5")
    town.turn("t", "Der Müll in der Dorfstraße 5 ist es, und zwar ein ganzer Haufen")
    assert len(tickets(town)) == 1
    assert town.conversation("t").dialogue is None
    town.turn("t", "ja")
    assert len(tickets(town)) == 1
