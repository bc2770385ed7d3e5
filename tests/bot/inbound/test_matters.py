"""An answer that names its ticket lands in the ticket's conversation, and tells nobody else."""

import pytest
from sqlalchemy import select, update

from bot.audit.service import CLI
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.inbound import service as inbound
from bot.inbound.service import Arrival
from bot.inbox import neighbours
from bot.inbox.models import Conversation
from bot.offices.models import Office
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from connectors.base import OutboundPart
from connectors.capabilities import Visibility
from tests.bot.guard.support import reply
from tests.fakes.town import Town, item

REPORT = "Laterne in der Au 5 aus"


def report(town: Town, thread: str = "t", sender: str = "anna") -> str:
    """Let somebody report something; return the reference with which they are answered."""
    town.turn(thread, REPORT, sender=sender)
    return reference(sent(town))


def sent(town: Town) -> OutboundPart:
    town.send()
    return town.platform.parts[-1]


def reference(part: OutboundPart) -> str:
    assert part.reference is not None
    return part.reference


def ticket(town: Town) -> Ticket:
    with town.database.read() as session:
        return session.scalars(select(Ticket).order_by(Ticket.id.desc()).limit(1)).one()


def conversations(town: Town) -> dict[str, Conversation]:
    with town.database.read() as session:
        return {one.thread: one for one in session.scalars(select(Conversation))}


def test_what_has_a_ticket_is_answered_with_its_reference_which_tells_no_secret(
    town: Town,
) -> None:
    town.turn("t", "Hallo", sender="anna")
    assert sent(town).reference is None
    named = report(town)
    one = ticket(town)
    number, _, secret = named.rpartition(".")
    assert number == one.number.lower()
    assert len(secret) == 16
    assert secret not in one.token.lower()
    assert one.token.lower() not in named
    assert one.check_code.lower() not in named


def test_two_tickets_have_two_references(town: Town) -> None:
    first, second = report(town, "t"), report(town, "u", "ben")
    assert first.rpartition(".")[2] != second.rpartition(".")[2]


def test_the_answer_of_the_same_person_lands_in_the_conversation_wherever_it_was_written(
    town: Town,
) -> None:
    named = report(town)
    town.says("elsewhere", "Sie flackert wieder", sender="anna", reference=named)
    town.work()
    assert town.heard("t") == [REPORT, "Sie flackert wieder"]
    assert list(conversations(town)) == ["t"]
    assert sent(town).thread == "t"


def test_both_ways_into_a_conversation_in_one_batch_are_two_turns(town: Town) -> None:
    named = report(town)
    town.says("t", "Die erste", sender="anna")
    town.says("elsewhere", "Die zweite", sender="anna", reference=named)
    town.work()
    assert sorted(town.heard("t")) == ["Die erste", "Die zweite", REPORT]
    assert town.conversation("t").version == 2 + 2 + len(town.answers("t")) - 1


def test_somebody_else_has_a_conversation_of_their_own_and_a_person_decides(
    town: Town,
) -> None:
    named = report(town)
    before = town.conversation("t")
    town.turn("new", "Hallo, was ist damit?", sender="mallory", reference=named)
    found = conversations(town)
    assert (found["t"].version, found["t"].waiting_since) == (before.version, None)
    assert town.heard("t") == [REPORT]
    own = found["new"]
    assert own.contact_id != before.contact_id
    assert (own.ticket_id, own.office_id) == (ticket(town).id, ticket(town).office_id)
    assert own.waiting_since is not None, "whoever it is: a person looks"
    answer = sent(town)
    assert (answer.recipient, answer.thread) == ("mallory", "new")
    assert answer.reference is None, "it is not theirs to be given"
    assert REPORT not in answer.text
    assert ticket(town).token not in answer.text


def test_somebody_else_asks_in_vain_how_it_stands(town: Town) -> None:
    named = report(town)
    one = ticket(town)
    for text in ("Wie ist der Stand?", f"Stand von {one.number}?"):
        said = town.turn("new", text, sender="mallory", reference=named)
        assert one.token not in said
        assert "Au 5" not in said
        assert "Straßenlicht" not in said


def test_those_at_the_desk_see_who_else_writes_about_a_ticket(town: Town) -> None:
    named = report(town)
    town.turn("new", "Ich auch", sender="ben", name="Ben", reference=named)
    town.turn("other", "Hallo", sender="cem")
    own, other = town.conversation("t"), town.conversation("new")
    with town.database.read() as session:
        beside = neighbours.same_ticket(session, own.id)
        assert [(one.id, one.name) for one in beside] == [(other.id, "Ben")]
        assert [one.id for one in neighbours.same_ticket(session, other.id)] == [own.id]
        assert neighbours.same_ticket(session, town.conversation("other").id) == []


def test_another_office_gets_all_that_is_written_about_its_ticket(town: Town) -> None:
    named = report(town)
    town.turn("new", "Ich auch", sender="ben", reference=named)
    town.turn("other", "Laterne in der Au 7 aus", sender="cem")
    before = town.conversation("other").office_id
    own = town.conversation("new")
    assert own.ticket_id is not None
    with town.database.unit_of_work() as session:
        taking_over = session.scalars(select(Office).where(Office.id != own.office_id)).first()
        one = session.get_one(Ticket, own.ticket_id)
        assert taking_over is not None
        tickets.assign(
            session,
            one.id,
            taking_over.id,
            version=one.version,
            public_note=None,
            internal_note=None,
            actor=CLI,
            now=town.clock.now(),
        )
        office_id = taking_over.id
    found = conversations(town)
    assert {found[thread].office_id for thread in ("t", "new")} == {office_id}
    assert found["other"].office_id == before


def test_what_somebody_has_said_before_is_not_given_to_the_office(town: Town) -> None:
    named = report(town)
    town.turn("long", "Etwas ganz anderes", sender="ben")
    town.turn("long", "Und dazu?", sender="ben", reference=named)
    one = town.conversation("long")
    assert (one.ticket_id, one.office_id) == (None, None)
    assert one.waiting_since is not None


@pytest.mark.parametrize("change", ["wrong", "number", "old", "garbage", "upper"])
def test_a_wrong_or_old_reference_is_a_message_as_any(town: Town, change: str) -> None:
    named = report(town)
    number, _, secret = named.rpartition(".")
    if change == "old":
        with town.database.unit_of_work() as session:
            session.execute(update(Ticket).values(conversation_id=None))
    given = {
        "wrong": f"{number}.{secret[::-1]}",
        "number": f"lev-2026-999999.{secret}",
        "old": named,
        "garbage": "ümlaut\x00..",
        "upper": named.upper(),
    }[change]
    town.says("new", "Ist das angekommen?", sender="anna", reference=given)
    town.work()
    assert town.heard("t") == [REPORT]
    assert town.heard("new") == ["Ist das angekommen?"]
    assert conversations(town)["new"].ticket_id is None


def test_a_wrong_reference_spoils_no_right_one(town: Town) -> None:
    named = report(town)
    town.says("new", "Falsch", sender="mallory", reference=f"{named[:-1]}0")
    town.says("elsewhere", "Richtig", sender="anna", reference=named)
    town.work()
    assert town.heard("t") == [REPORT, "Richtig"]


def test_nothing_public_carries_or_takes_a_reference(town: Town) -> None:
    named = report(town)
    town.turn("open", "Hallo", sender="anna", visibility="public", reference=named)
    assert town.heard("open") == ["Hallo"]
    answer = sent(town)
    assert (answer.visibility, answer.reference) == (Visibility.PUBLIC, None)


def test_a_reference_of_another_channel_counts_for_nothing(town: Town) -> None:
    named = report(town)
    with town.database.unit_of_work() as session:
        slug, _ = channels.add(session, "api", "Other", actor=CLI, now=town.clock.now())
        other = session.scalars(select(Channel.id).where(Channel.slug == slug)).one()
        arrival = Arrival(other, item("m9", "new", "Hallo", sender="anna", reference=named))
        inbound.store(session, [arrival], now=town.clock.now())
    town.work()
    assert town.heard("new") == ["Hallo"]
    assert conversations(town)["new"].ticket_id is None


def test_each_text_says_in_which_language_it_is(town: Town) -> None:
    town.turn("t", "Hallo", sender="anna")
    assert sent(town).language == "de"
    reply(town, "t", "Please tell us which street the broken lamp is in.")
    assert sent(town).language == "en"
