"""Going on in private with who wrote in public."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.inbox import service as inbox
from bot.inbox import unreached
from bot.inbox.models import Conversation, Message
from bot.inbox.states import ConversationStatus, Direction
from connectors.capabilities import Visibility
from connectors.results import Permanent, Refusal
from nlp.types import Context, Understanding
from tests.bot.guard.support import NOTICE, conversations, deliveries, reply, report
from tests.fakes.town import URL, Town

WRITTEN = "Wir haben Ihnen dazu privat geschrieben"
OPENING = "Sie haben uns öffentlich geschrieben"


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


def test_where_it_was_refused_the_web_chat_is_named_from_then_on(any_town: Town) -> None:
    """Closed to strangers, or blocked: until they write themselves."""
    town, ask = any_town, "Wie ist der Stand?"
    reachable(town, "anna")
    town.turn("t", ask, sender="anna", visibility="public")
    for _ in town.deliveries():
        town.platform.script.append(Permanent(Refusal.BLOCKED, "no"))
    town.send()
    for thread in ("t", "u"):
        said = town.turn(thread, ask, sender="anna", visibility="public")
        assert f"{URL}/chat" in said
        assert WRITTEN not in said
    assert len([one for one in deliveries(town, Visibility.PRIVATE) if OPENING in one]) == 1

    town.says("dm-anna", "Hallo", sender="anna")
    assert WRITTEN in town.turn("t", ask, sender="anna", visibility="public"), "answered just now"
    assert WRITTEN in town.turn("u", ask, sender="anna", visibility="public")


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


def test_a_private_side_that_refused_us_is_none_until_they_write(any_town: Town) -> None:
    town = any_town
    reachable(town, "anna")
    town.turn("t", "Wie ist der Stand?", sender="anna", visibility="public")
    for _ in town.deliveries():
        town.platform.script.append(Permanent(Refusal.BLOCKED, "no"))
    town.send()

    def side() -> object:
        with town.database.read() as session:
            public = session.get_one(Conversation, town.conversation("t").id)
            return inbox.private_side(session, public, connectors=town.connectors)

    assert side() is None
    town.turn("dm-anna", "Hallo", sender="anna")
    assert side() == town.conversation("dm-anna").id


def test_there_may_be_no_private_side(town: Town) -> None:
    town.turn("t", "Hallo", visibility="public")
    with town.database.unit_of_work() as session:
        public = inbox.get(session, town.conversation("t").id)
        found = inbox.in_private(session, public, connectors=town.connectors, now=town.clock.now())
    assert found is None


@pytest.mark.parametrize("closed", [False, True])
def test_where_it_was_refused_a_person_has_to_find_another_way(
    any_town: Town, *, closed: bool
) -> None:
    """Also where a colleague has closed the matter, who took it for being dealt with in private."""
    town = any_town
    reachable(town, "anna")
    town.turn("t", "Wie ist der Stand?", sender="anna", visibility="public")
    town.turn("old", "Hallo", sender="ben", visibility="public")
    asked = town.conversation("t")
    if closed:
        with town.database.unit_of_work() as session:
            inbox.close(session, asked.id, user_id=town.user_id, now=town.clock.now())
    town.platform.script += [Permanent(Refusal.BLOCKED, "no") for _ in town.deliveries()]
    town.send()
    waiting = town.conversation("t")
    assert waiting.waiting_since is not None
    assert waiting.status is ConversationStatus.OPEN
    assert waiting.needed_since is not None
    assert town.conversation("old").waiting_since is None
    [private] = conversations(town, Visibility.PRIVATE)
    with town.database.read() as session:
        assert unreached.refused(session, [private.id, asked.id]) == {private.id}


def test_refused_news_reopen_nothing_that_was_answered_before(any_town: Town) -> None:
    town = any_town
    reachable(town, "anna")
    town.turn("t", "Hallo", sender="anna", visibility="public")

    def tell(text: str) -> None:
        with town.database.unit_of_work() as session:
            public = inbox.get(session, town.conversation("t").id)
            now = town.clock.now()
            key = inbox.in_private(session, public, connectors=town.connectors, now=now)
            assert key is not None
            inbox.tell(session, key, text, connectors=town.connectors, now=now)

    tell("Ihre Meldung ist in Arbeit")
    town.send()
    town.turn("t", "Danke", sender="anna", visibility="public")
    town.clock.advance(60)
    tell("Ihre Meldung ist erledigt")
    town.platform.script += [Permanent(Refusal.BLOCKED, "no") for _ in town.deliveries()]
    town.send()
    assert town.conversation("t").waiting_since is None


def test_where_they_have_written_to_us_a_lost_answer_is_no_refusal(town: Town) -> None:
    reachable(town, "anna")
    town.turn("t", "Danke", sender="anna", visibility="public")
    town.turn("dm-anna", "Hallo", sender="anna")
    town.platform.script += [Permanent(Refusal.BLOCKED, "no") for _ in town.deliveries()]
    town.send()
    assert town.conversation("t").waiting_since is None
