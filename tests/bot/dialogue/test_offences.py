"""Abuse and spam: flagged for a person, never a ticket by themselves, never quarrelled with."""

from dataclasses import replace
from typing import cast

import pytest
from sqlalchemy import func, select

from bot.inbox import service as inbox
from bot.inbox.models import Message, TurnUnderstanding
from bot.inbox.states import Direction, Offence
from bot.tickets.models import Ticket
from connectors.base import RawFile
from tests.fakes.town import Town, item

POLITE = "Bitte bleiben Sie freundlich."


def flagged(town: Town) -> list[tuple[str, Offence | None, str | None]]:
    """Return what citizens wrote, with what it is suspected of."""
    with town.database.read() as session:
        rows = session.execute(
            select(Message.text, Message.offence, Message.offence_words)
            .where(Message.direction == Direction.INBOUND)
            .order_by(Message.id)
        )
        return list(rows.all())


def tickets(town: Town) -> int:
    with town.database.read() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def test_abuse_in_private_gets_one_polite_sentence_and_waits_for_nobody(town: Town) -> None:
    answer = town.turn("t", "Ihr Idioten")
    assert answer.startswith(POLITE)
    conversation = town.conversation("t")
    assert (conversation.waiting_since, conversation.emergency_at) == (None, None)
    assert flagged(town) == [("Ihr Idioten", Offence.ABUSE, "Idiot")]
    assert tickets(town) == 0


def test_the_polite_sentence_is_not_said_twice_in_a_row(town: Town) -> None:
    town.turn("t", "Ihr Idioten")
    assert town.turn("t", "Idioten!") == ""
    assert town.turn("t", "Idioten!!") == "", "nor a third time"
    town.turn("t", "Hallo")
    assert town.turn("t", "Doch Idioten").startswith(POLITE)
    assert len([1 for _, offence, _ in flagged(town) if offence]) == 4
    assert town.turn("other", "Idioten").startswith(POLITE), "somebody else"


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_spam_gets_no_answer(town: Town, visibility: str) -> None:
    assert town.turn("t", "Gewinn sichern", visibility=visibility) == ""
    assert town.conversation("t").waiting_since is None
    assert flagged(town) == [("Gewinn sichern", Offence.SPAM, "Gewinn")]


def test_in_public_nothing_is_said_to_abuse(town: Town) -> None:
    assert town.turn("t", "Ihr Idioten", visibility="public") == ""
    assert town.conversation("t").waiting_since is None
    assert flagged(town)[0][1] is Offence.ABUSE


def test_the_graver_offence_counts_and_the_words_of_both_are_kept(town: Town) -> None:
    town.turn("t", "Gewinn, ihr Idioten")
    assert flagged(town) == [("Gewinn, ihr Idioten", Offence.ABUSE, "Idiot, Gewinn")]


def test_a_wish_beside_abuse_is_answered_as_ever(town: Town) -> None:
    answer = town.turn("t", "Ihr Idioten, die Laterne in der Dorfstraße 5 ist aus")
    assert POLITE not in answer
    assert tickets(town) == 1
    assert flagged(town)[0][1] is Offence.ABUSE
    with town.database.read() as session:
        [turn] = session.scalars(select(TurnUnderstanding))
    assert turn.flags == ["abuse"], "the desk still sees why"
    assert town.turn("t", "Idioten").startswith(POLITE), "the turn before was no mere abuse"


def test_a_photo_beside_abuse_is_looked_at_by_a_person(town: Town) -> None:
    town.store(item("m1", "t", "Ihr Idioten", files=(RawFile("a.txt", "text/plain", b"a"),)))
    town.work()
    assert town.conversation("t").waiting_since is not None
    assert flagged(town)[0][1] is Offence.ABUSE


def test_a_greeting_beside_abuse_is_no_wish(town: Town) -> None:
    assert town.turn("t", "Hallo ihr Idioten").startswith(POLITE)


def test_an_emergency_wins_and_nobodys_tone_is_judged(town: Town) -> None:
    assert "Rufen Sie 112 an." in town.turn("t", "Notfall, ihr Idioten")
    assert town.conversation("t").emergency_at is not None
    assert flagged(town) == [("Notfall, ihr Idioten", None, None)]


def test_a_colleague_who_has_taken_it_goes_on_as_ever(town: Town) -> None:
    town.turn("t", "Hallo")
    key = town.conversation("t").id
    with town.database.unit_of_work() as session:
        inbox.take(session, key, user_id=town.user_id, now=town.clock.now())
    assert town.turn("t", "Ihr Idioten") == ""
    assert town.conversation("t").waiting_since is not None
    assert flagged(town)[-1][1] is Offence.ABUSE


def test_an_open_question_stays_open(town: Town) -> None:
    town.turn("t", "Die Laterne ist aus")
    question = town.conversation("t").dialogue
    assert question is not None
    assert town.turn("t", "Ihr Idioten").startswith(POLITE)
    assert town.conversation("t").dialogue == question
    town.turn("t", "in der Dorfstraße 5")
    assert tickets(town) == 1


def test_of_several_messages_the_one_with_the_words_is_flagged(town: Town) -> None:
    town.turn("t", "Die Laterne in der Dorfstraße 5 ist aus", "", "Ihr Idioten", "Danke")
    assert [offence for _, offence, _ in flagged(town)] == [None, None, Offence.ABUSE, None]


def test_abuse_in_english_is_answered_in_english(town: Town) -> None:
    assert town.turn("t", "EN you idiots").startswith("Please stay polite.")


@pytest.mark.parametrize("text", ["Ihr Idioten", "Gewinn sichern"])
def test_an_offence_beside_something_unread_waits_for_a_person_as_well(
    town: Town, text: str
) -> None:
    whole = item("m1", "t", text)
    [event] = cast("list[dict[str, object]]", whole.payload["events"])
    town.store(replace(whole, payload={"events": [event | {"unread": "sticker"}]}))
    town.work()
    assert town.conversation("t").waiting_since is not None
    assert [offence for _, offence, _ in flagged(town)] != [None], "and stands in the list"
