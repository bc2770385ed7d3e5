"""Public conversations: what leaves, what a person gets, and what goes on in private."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.city import service as city
from bot.db.engine import Database
from bot.dialogue import service as dialogue
from bot.dialogue.texts import emergencies
from bot.dialogue.turn import Outcome, Turn
from bot.guard.rules import Kind
from bot.guard.service import PublicTextError
from bot.inbound.worker import Worker
from bot.inbox import service as inbox
from bot.inbox.models import Conversation, Message
from bot.inbox.states import Direction
from bot.outbox.models import Delivery
from bot.skills.base import Surroundings
from bot.tickets.models import Ticket
from connectors import registry
from connectors.base import Connector
from connectors.capabilities import Capabilities, Visibility
from nlp.types import Context, Understanding
from tests.fakes import town as towns
from tests.fakes.town import FACTS, URL, Town, raw

WITHHELD = "Ein Mensch aus unserem Team kümmert sich darum"
WRITTEN = "Wir haben Ihnen dazu privat geschrieben"
OPENING = "Sie haben uns öffentlich geschrieben"
NOTICE = "Ich bin der automatische Assistent"
CRY = "Notfall"


def public_kinds() -> dict[str, Capabilities]:
    """Return the kinds of the registry on which there are public conversations."""
    found: dict[str, Connector] = {}
    for kind in registry.kinds():
        try:
            found[kind] = registry.connector(kind)
        except registry.UnknownKindError:
            continue
    return {
        kind: connector.capabilities
        for kind, connector in found.items()
        if Visibility.PUBLIC in connector.capabilities.visibility
    }


KINDS = public_kinds()


@pytest.fixture(params=sorted(KINDS))
def any_town(database: Database, request: pytest.FixtureRequest) -> Town:
    """A town on a channel that can do what this kind can do, spoken by the fake platform."""
    return towns.build(database, capabilities=replace(KINDS[request.param], own=False))


def saying(town: Town, says: Callable[[str], str]) -> Worker:
    """Return a worker whose assistant says what `says` makes of the citizen's words."""

    def decide(turn: Turn, standing: dialogue.Standing, around: Surroundings) -> Outcome:
        said = says(turn.text)
        return Outcome("test", said) if said else dialogue.decide(turn, standing, around)

    return town.worker(decide=decide)


def deliveries(town: Town, visibility: Visibility) -> list[str]:
    with town.database.read() as session:
        return list(
            session.scalars(
                select(Delivery.text).where(Delivery.visibility == visibility).order_by(Delivery.id)
            )
        )


def conversations(town: Town, visibility: Visibility) -> list[Conversation]:
    with town.database.read() as session:
        return list(
            session.scalars(select(Conversation).where(Conversation.visibility == visibility))
        )


def report(town: Town, person: str) -> str:
    """Let somebody report something in private; return the ticket's token."""
    text = "Die Laterne in der Dorfstraße 5 ist aus, und ich traue mich nicht vor die Tür"
    town.turn(f"{person}-private", text, sender=person, name="Karla Komet")
    with town.database.read() as session:
        return session.scalars(select(Ticket.token)).one()


def reply(town: Town, thread: str, text: str) -> None:
    conversation = town.conversation(thread)
    with town.database.unit_of_work() as session:
        inbox.reply(
            session,
            conversation.id,
            text,
            version=conversation.version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )


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


# Going on in private.


def reachable(town: Town, *people: str) -> None:
    town.platform.private_threads = {person: f"dm-{person}" for person in people}


@pytest.mark.parametrize("text", ["Wie ist der Stand?", "Der Bescheid!", "Laterne in der Au 5 aus"])
def test_a_personal_matter_goes_on_in_private(any_town: Town, text: str) -> None:
    town = any_town
    reachable(town, "anna")
    town.turn("t", text, sender="anna", visibility="public", name="Anna Abendrot")
    public = " ".join(deliveries(town, Visibility.PUBLIC))
    private = " ".join(deliveries(town, Visibility.PRIVATE))
    assert WRITTEN in public
    assert NOTICE not in public
    assert OPENING in private
    assert NOTICE in private
    assert f"{URL}/datenschutz" in private
    [aside] = conversations(town, Visibility.PRIVATE)
    [asked] = conversations(town, Visibility.PUBLIC)
    assert aside.contact_id == asked.contact_id
    assert aside.channel_id == asked.channel_id
    assert aside.thread == "dm-anna"
    assert asked.waiting_since is not None
    town.send()
    sent = {(part.visibility, part.thread) for part in town.platform.parts}
    assert sent == {(Visibility.PUBLIC, "t"), (Visibility.PRIVATE, "dm-anna")}
    assert {part.recipient for part in town.platform.parts} == {"anna"}


def test_it_is_opened_once_and_again_after_an_answer(town: Town) -> None:
    reachable(town, "anna")
    ask = "Wie ist der Stand?"
    for thread in ("t", "t", "u"):
        town.turn(thread, ask, sender="anna", visibility="public")
    assert len(deliveries(town, Visibility.PUBLIC)) == 3
    assert len(deliveries(town, Visibility.PRIVATE)) == 1

    assert "keine Meldung" in town.turn("dm-anna", ask, sender="anna")
    town.turn("t", ask, sender="anna", visibility="public")
    town.turn("t", ask, sender="anna", visibility="public")
    openings = [text for text in deliveries(town, Visibility.PRIVATE) if OPENING in text]
    assert len(openings) == 2
    assert sum(NOTICE in text for text in deliveries(town, Visibility.PRIVATE)) == 1
    assert len(conversations(town, Visibility.PRIVATE)) == 1


def test_two_public_threads_of_one_batch_open_it_once(town: Town) -> None:
    reachable(town, "anna", "ben")
    for thread, person in (("t", "anna"), ("u", "anna"), ("v", "ben")):
        town.says(thread, "Wie ist der Stand?", sender=person, visibility="public")
    town.says("dm-ben", "Hallo", sender="ben")
    town.work()
    private = deliveries(town, Visibility.PRIVATE)
    assert sum(OPENING in text for text in private) == 1, "ben is being answered there"
    assert len(private) == 2
    assert len(deliveries(town, Visibility.PUBLIC)) == 3
    assert NOTICE in "".join(text for text in private if OPENING in text)
    [ben] = [one for one in conversations(town, Visibility.PRIVATE) if one.thread == "dm-ben"]
    with town.database.read() as session:
        stored = session.scalars(select(Message).where(Message.conversation_id == ben.id)).all()
    assert ben.version == len(stored)


def test_nobody_is_interrupted_where_a_colleague_speaks(town: Town) -> None:
    reachable(town, "anna")
    town.turn("dm-anna", "Hallo", sender="anna")
    reply(town, "dm-anna", "Guten Tag, was gibt es?")
    town.turn("dm-anna", "Eine Frage", sender="anna")
    town.turn("t", "Wie ist der Stand?", sender="anna", visibility="public")
    assert not any(OPENING in text for text in deliveries(town, Visibility.PRIVATE))
    assert WRITTEN in deliveries(town, Visibility.PUBLIC)[0]


def test_where_it_is_not_allowed_the_web_chat_is_named(any_town: Town) -> None:
    any_town.turn("t", "Wie ist der Stand?", visibility="public")
    public = "".join(deliveries(any_town, Visibility.PUBLIC))
    assert f"{URL}/chat" in public
    assert NOTICE in public
    assert deliveries(any_town, Visibility.PRIVATE) == []
    assert len(conversations(any_town, Visibility.PRIVATE)) == 0


@pytest.mark.parametrize("text", ["Hallo", "Danke", "Wann ist Markt?"])
def test_what_everybody_may_know_is_answered_in_public(town: Town, text: str) -> None:
    reachable(town, "anna")
    town.turn("t", text, sender="anna", visibility="public")
    assert deliveries(town, Visibility.PRIVATE) == []
    assert town.conversation("t").waiting_since is None


@pytest.mark.parametrize(
    ("language", "public", "private"),
    [
        ("de", WRITTEN, OPENING),
        ("en", "We have written to you privately", "You wrote to us in public"),
        ("tr", "özel mesaj gönderdik", "Bize herkese açık yazdınız"),
        ("uk", "Ми написали вам про це приватно", "Ви написали нам публічно"),
    ],
)
def test_it_is_said_in_their_language(town: Town, language: str, public: str, private: str) -> None:
    class Foreign:
        def understand(self, text: str, context: Context) -> Understanding:
            return replace(town.words.understand(text, context), language=language)

    reachable(town, "anna")
    town.says("t", "Stand?", sender="anna", visibility="public")
    town.work(worker=town.worker(understander=Foreign()))
    assert public in deliveries(town, Visibility.PUBLIC)[0]
    assert private in deliveries(town, Visibility.PRIVATE)[0]


def test_a_private_answer_to_the_opening_is_a_turn_as_any(town: Town) -> None:
    reachable(town, "anna")
    report(town, "anna")
    town.turn("t", "Wie ist der Stand?", sender="anna", visibility="public")
    answer = town.turn("dm-anna", "Wie ist der Stand?", sender="anna")
    assert "LEV-" in answer
    assert f"{URL}/t/" in answer
    with town.database.read() as session:
        public = session.scalars(
            select(Message.text)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(
                Conversation.visibility == Visibility.PUBLIC,
                Message.direction == Direction.OUTBOUND,
            )
        ).all()
    assert not any("/t/" in text for text in public)


@pytest.mark.parametrize("known", [False, True])
def test_what_is_private_finds_or_opens_the_private_side(town: Town, *, known: bool) -> None:
    """As for news of a ticket that belongs to a public conversation."""
    if known:
        town.turn("dm-anna", "Hallo", sender="anna")
    town.turn("t", "Hallo", sender="anna", visibility="public")
    reachable(town, *([] if known else ["anna"]))
    with town.database.unit_of_work() as session:
        public = inbox.get(session, town.conversation("t").id)
        private_id = inbox.in_private(
            session, public, connectors=town.connectors, now=town.clock.now()
        )
        assert private_id is not None
        inbox.tell(
            session,
            private_id,
            f"Neues: {URL}/t/geheim",
            connectors=town.connectors,
            now=town.clock.now(),
        )
    town.send()
    last = town.platform.parts[-1]
    assert (last.visibility, last.thread) == (Visibility.PRIVATE, "dm-anna")
    assert (last.text, last.recipient) == (f"Neues: {URL}/t/geheim", "anna")


def test_there_may_be_no_private_side(town: Town) -> None:
    town.turn("t", "Hallo", visibility="public")
    with town.database.unit_of_work() as session:
        public = inbox.get(session, town.conversation("t").id)
        found = inbox.in_private(session, public, connectors=town.connectors, now=town.clock.now())
    assert found is None
