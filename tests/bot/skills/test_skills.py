"""Skills: what each says, from live data."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.audit.service import CLI
from bot.city import service as city
from bot.city.rules import CityFacts, Emergency
from bot.offices.models import Category
from bot.tickets.models import Ticket
from bot.tickets.states import TicketStatus
from tests.fakes.town import FACTS, Town


def save(town: Town, facts: CityFacts) -> None:
    with town.database.unit_of_work() as session:
        city.save(session, facts, actor=CLI, now=town.clock.now())


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 19, 11, 0, tzinfo=UTC), "Sie bekommen die Antwort hier."),
        (datetime(2026, 11, 19, 18, 0, tzinfo=UTC), "8:00 Uhr"),
        (datetime(2026, 11, 21, 11, 0, tzinfo=UTC), "8:00 Uhr"),
        (datetime(2026, 12, 25, 11, 0, tzinfo=UTC), "8:00 Uhr"),
    ],
)
def test_a_hand_over_knows_the_opening_hours(town: Town, at: datetime, expected: str) -> None:
    town.clock.at = at
    assert expected in town.turn("t", "Mensch")


def test_the_next_opening_day_is_named(town: Town) -> None:
    town.clock.at = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)  # a Saturday
    answer = town.turn("t", "was ganz anderes")
    assert "ab Montag" in answer or "am Montag" in answer or "Montag, " in answer


def test_an_emergency_names_only_configured_numbers(town: Town) -> None:
    facts = replace(FACTS, emergency=Emergency(rescue="112", police="110", crisis_line=None))
    save(town, facts)
    answer = town.turn("t", "Notfall")
    assert "112" in answer
    assert "110" in answer
    assert "Diese Nachricht erreicht keine Rettungskräfte" in answer
    assert "0800" not in answer


def test_a_changed_number_is_told_at_once_by_a_running_worker(town: Town) -> None:
    worker = town.worker()
    town.says("a", "Hallo")
    town.work(worker=worker)
    save(town, replace(FACTS, phone="0214 999", demo=False))
    town.says("b", "Hallo")
    town.work(worker=worker)
    text = town.answers("b")[0].text
    assert "0214 999" in text
    assert "Demo" not in text


def test_a_dangerous_defect_warns_before_it_confirms(town: Town) -> None:
    with town.database.unit_of_work() as session:
        session.execute(update(Category).where(Category.id == "street_light").values(danger=True))
    save(town, replace(FACTS, emergency=Emergency(on_call="0214 555")))
    answer = town.turn("t", "Die Laterne in der Dorfstraße 5")
    assert answer.index("rufen Sie bitte 112 an") < answer.index("LEV-")
    assert "0214 555" in answer


def test_contesting_a_letter_warns_of_deadlines_and_goes_to_a_person(town: Town) -> None:
    answer = town.turn("t", "Einspruch gegen den Bescheid")
    assert "wahrt in der Regel keine Frist" in answer
    assert town.conversation("t").waiting_since is not None


def test_the_state_of_the_newest_ticket(town: Town) -> None:
    assert "keine Meldung" in town.turn("t", "Stand")
    town.turn("t", "Die Laterne in der Dorfstraße 5")
    town.turn("t", "Müll in der Dorfstraße 6")
    answer = town.turn("t", "Stand")
    assert "Wilder Müll" in answer
    assert "Ihre weiteren Meldungen: LEV-" in answer
    with town.database.unit_of_work() as session:
        session.execute(update(Ticket).values(status=list(TicketStatus)[-1]))
    assert town.turn("t", "Stand") != answer


def test_a_category_that_the_city_does_not_have_becomes_its_catch_all(town: Town) -> None:
    with town.database.unit_of_work() as session:
        session.execute(
            update(Category).where(Category.id == "street_light").values(id="lamp_post")
        )
        city.bump(session)
    answer = town.turn("t", "Die Laterne in der Dorfstraße 5")
    assert "Sonstiges" in answer


def test_two_wishes_get_one_answer(town: Town) -> None:
    answer = town.turn("t", "Die Laterne ist aus, und ich will einen Mensch sprechen")
    assert "Wo ist das genau?" in answer
    assert "an einen Menschen" in answer


def test_an_endless_place_is_no_place(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    assert "Wo ist die Stelle" in town.turn("t", "bla " * 60)
    assert "Ein Mensch aus unserem Team" in town.turn("t", "bla " * 60)
    assert town.conversation("t").waiting_since is not None
