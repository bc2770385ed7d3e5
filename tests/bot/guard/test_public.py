"""Public conversations: what leaves, and what a person gets."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.city import service as city
from bot.dialogue import service as dialogue
from bot.dialogue.texts import emergencies
from bot.dialogue.turn import Outcome, Turn
from bot.guard.rules import Kind
from bot.guard.service import PublicTextError
from bot.inbound.worker import Worker
from bot.inbox import service as inbox
from bot.skills.base import Surroundings
from bot.tickets.models import Ticket
from connectors.capabilities import Visibility
from tests.bot.guard.support import NOTICE, deliveries, reply, report
from tests.fakes.town import FACTS, URL, Town, raw

WITHHELD = "Ein Mensch aus unserem Team kümmert sich darum"
CRY = "Notfall"


def saying(town: Town, says: Callable[[str], str]) -> Worker:
    """Return a worker whose assistant says what `says` makes of the citizen's words."""

    def decide(turn: Turn, standing: dialogue.Standing, around: Surroundings) -> Outcome:
        said = says(turn.text)
        return Outcome("test", said) if said else dialogue.decide(turn, standing, around)

    return town.worker(decide=decide)


BLOCKED = {
    Kind.PHONE: "Rufen Sie Ihren Nachbarn an: 0171 1234567",
    Kind.EMAIL: "Er hat von nachbar@post.example geschrieben",
    Kind.IBAN: "Bitte auf DE89 3704 0044 0532 0130 00",
    Kind.NAME: "Guten Tag, liebe Karla",
    Kind.TICKET: "Sie schrieben: und ich traue mich nicht vor die Tür",
    Kind.LINK: "Hier: {url}/t/{token}",
}


@pytest.mark.parametrize("kind", sorted(BLOCKED))
def test_a_colleague_is_refused_and_nothing_is_written(any_town: Town, kind: Kind) -> None:
    town = any_town
    token = report(town, "karla")
    town.turn("t", "Hallo", sender="karla", visibility="public", name="Karla Komet")
    before = town.conversation("t").version, len(town.deliveries()), town.last_id()
    text = BLOCKED[kind].format(url=URL, token=token)
    with pytest.raises(PublicTextError) as refused:
        reply(town, "t", text)
    assert [one.kind for one in refused.value.findings] == [kind]
    assert refused.value.findings[0].words in text
    conversation = town.conversation("t")
    assert (conversation.version, len(town.deliveries()), town.last_id()) == before

    reply(town, "t", "Danke! Wochenmarkt ist am 05.12.2026, 8-13 Uhr, Telefon 0214 1.")
    town.send()
    assert town.platform.texts[-1].startswith("Danke! Wochenmarkt")
    reply(town, "karla-private", text)
    assert deliveries(town, Visibility.PRIVATE)[-1].endswith(text), "in private it may be said"


@pytest.mark.parametrize("kind", sorted(BLOCKED))
def test_a_program_says_something_harmless_instead(any_town: Town, kind: Kind) -> None:
    """What is said beside it, in public and in private, goes out as ever."""
    town = any_town
    token = report(town, "karla")
    worker = saying(
        town, lambda text: BLOCKED[kind].format(url=URL, token=token) if "bitte" in text else ""
    )
    town.says("a", "Hallo", sender="anna", visibility="public")
    town.says("b", "Sag bitte etwas", sender="karla", visibility="public", name="Karla Komet")
    town.says("c", "Danke", sender="cem", visibility="public")
    town.says("d", "Sag bitte etwas", sender="dora")
    town.work(worker=worker)
    assert town.answers("a")[0].text.startswith("Guten Tag!")
    assert town.answers("c")[0].text.startswith("Gern geschehen!")
    assert town.answers("d")[0].text.startswith(BLOCKED[kind][:5])
    [said] = town.answers("b")
    assert WITHHELD in said.text
    assert town.conversation("b").waiting_since is not None
    assert town.conversation("b").needed_since is not None
    assert town.conversation("a").waiting_since is None
    town.send()
    assert sum(WITHHELD in text for text in town.platform.texts) == 1
    assert not any(token in text for text in deliveries(town, Visibility.PUBLIC))


def test_who_was_not_told_what_answers_is_told_next_time(town: Town) -> None:
    worker = saying(town, lambda text: "0171 1234567" if "bitte" in text else "")
    town.says("t", "Sag bitte etwas", visibility="public")
    town.work(worker=worker)
    assert NOTICE not in town.answers("t")[0].text
    assert NOTICE in town.turn("t", "Hallo", visibility="public")


@pytest.mark.parametrize("name", ["Karla Komet", "Polizei Unfall", "Rufen Sie", "Gas", "112"])
def test_emergencies_are_answered_in_public_with_the_fixed_text(any_town: Town, name: str) -> None:
    answer = any_town.turn("t", CRY, visibility="public", name=name)
    assert answer.startswith(emergencies(FACTS.emergency)[0])
    assert any_town.conversation("t").emergency_at is not None
    any_town.send()
    whole = " ".join(any_town.platform.texts)  # in parts where the platform wants them short
    assert whole.split() == answer.split()


def test_of_a_blocked_emergency_the_fixed_text_stays(town: Town) -> None:
    fixed = emergencies(FACTS.emergency)[0]
    worker = saying(town, lambda _: f"Liebe Karla! {fixed} Oder 0171 1234567")
    town.says("t", "Es brennt", visibility="public", name="Karla Komet")
    town.work(worker=worker)
    [answer] = town.answers("t")
    assert answer.text.startswith(fixed)
    assert "0171" not in answer.text
    assert "Karla" not in answer.text


def test_an_edit_that_becomes_an_emergency_is_answered_in_public(town: Town) -> None:
    town.turn("t", "Hallo", visibility="public", name="Feuer Unfall")
    edit = {"kind": "edit", "id": "m1", "text": "Hilfe, es brennt bei uns im Haus!"}
    town.store(raw("e1", "t", edit, visibility="public"))
    town.work()
    assert town.answers("t")[-1].text.startswith(emergencies(FACTS.emergency)[0])


def test_a_handed_back_conversation_is_told_in_public(town: Town) -> None:
    town.turn("t", "Hallo", visibility="public")
    with town.database.unit_of_work() as session:
        inbox.take(session, town.conversation("t").id, user_id=town.user_id, now=town.clock.now())
    with town.database.unit_of_work() as session:
        inbox.tell(
            session,
            town.conversation("t").id,
            "Die Stadt hat die Nummer 0171 1234567",
            connectors=town.connectors,
            now=town.clock.now(),
        )
    assert WITHHELD in town.answers("t")[-1].text
    assert town.conversation("t").waiting_since is not None


def test_the_city_says_its_own_numbers(town: Town) -> None:
    facts = replace(FACTS, phone="0214 406-0", email="info@stadt.example")
    with town.database.unit_of_work() as session:
        city.save(session, facts, actor=CLI, now=town.clock.now())
    town.turn("t", "Hallo", visibility="public")
    reply(town, "t", "Telefon 0214 406-0 oder 0214/4061234, info@stadt.example, Mo-Fr 8-16 Uhr")
    assert town.deliveries()[-1].text.startswith("Telefon 0214")


def test_what_a_named_ticket_of_somebody_else_holds_is_not_said(town: Town) -> None:
    report(town, "karla")
    with town.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
    town.turn("t", "Hallo", sender="ben", visibility="public")
    with pytest.raises(PublicTextError):
        reply(town, "t", f"{ticket.number.lower()}: Laterne in der Dorfstr. 5")
    with pytest.raises(PublicTextError):
        reply(town, "t", f"{ticket.number}, Code {ticket.check_code}")
    reply(town, "t", f"{ticket.number} ist in Bearbeitung.")


@pytest.mark.parametrize(
    "said", ["555 123", "55-51/23", "555123", "@k@home", "K@Home", "https://x.example/?n=555123"]
)
def test_how_a_reporter_is_reached_is_not_said(town: Town, said: str) -> None:
    """However it is written: without a prefix nothing else shows that it is a number."""
    report(town, "karla")
    with town.database.unit_of_work() as session:
        ticket = session.scalars(select(Ticket)).one()
        ticket.reporter_phone, ticket.reporter_email = "555-123", "k@home"
    town.turn("t", "Hallo", sender="karla", visibility="public")
    with pytest.raises(PublicTextError):
        reply(town, "t", f"Unter {said}, ja?")
    reply(town, "t", "Es waren 555.")
