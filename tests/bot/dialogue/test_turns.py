"""Turns through the worker: what the citizen gets to hear, and when there is silence."""

from sqlalchemy import select

from bot.contacts.models import Identity
from bot.dialogue.service import MOST, WITHIN
from bot.inbox import service as inbox
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import Handler
from bot.tickets.models import Ticket
from tests.bot.dialogue.support import buttons, hand_back, take, tickets
from tests.fakes.town import URL, Town

NOTICE = "Ich bin der automatische Assistent"
DEMO = "Demo, kein Angebot der Stadt Leverkusen."


def test_the_introduction_stands_in_the_first_answer_only(town: Town) -> None:
    first = town.turn("t", "Hallo")
    assert first.startswith("Guten Tag!")
    assert NOTICE in first
    assert f"{URL}/datenschutz" in first
    assert "0214 1" in first
    assert NOTICE not in town.turn("t", "Danke")


def test_the_introduction_is_once_per_identity(town: Town) -> None:
    assert NOTICE in town.turn("t1", "Hallo", sender="anna")
    assert NOTICE not in town.turn("t2", "Hallo", sender="anna")
    assert NOTICE in town.turn("t1", "Hallo", sender="ben")


def test_one_identity_in_two_threads_of_one_batch_is_introduced_once(town: Town) -> None:
    town.says("t1", "Hallo", sender="anna")
    town.says("t2", "Hallo", sender="anna")
    town.work()
    texts = town.answers("t1")[0].text, town.answers("t2")[0].text
    assert sum(NOTICE in text for text in texts) == 1


def test_silence_does_not_count_as_an_introduction(town: Town) -> None:
    town.turn("t", "Hallo")
    with town.database.unit_of_work() as session:
        session.scalars(select(Identity)).one().introduced_at = None
    take(town, "t")
    assert town.turn("t", "Hallo?") == ""
    hand_back(town, "t")
    assert NOTICE in town.turn("t", "Hallo!")


def test_every_answer_of_the_demo_says_so(town: Town) -> None:
    for text in ("Hallo", "Notfall", "was ganz anderes", "Mensch bitte"):
        assert town.turn(text, text).endswith(DEMO), text


def test_what_is_not_understood_goes_to_a_person_once(town: Town) -> None:
    assert "Ein Mensch aus unserem Team" in town.turn("t", "blah")
    assert "Ihre Nachricht ist da" in town.turn("t", "blub"), "a person was promised already"
    assert town.turn("t", "bla") == ""
    assert town.conversation("t").unread == 3
    assert "Guten Tag" in town.turn("t", "Hallo"), "what the assistant knows, it still answers"


def test_a_person_is_fetched_at_any_time(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    assert "an einen Menschen" in town.turn("t", "Ich will einen Mensch sprechen")
    assert town.conversation("t").waiting_since is not None
    assert tickets(town) == []


def test_a_doubted_emergency_is_no_answer_to_our_question(town: Town) -> None:
    town.turn("t", "Die Laterne ist kaputt")
    answer = town.turn("t", "Oma wird vermisst, zuletzt in der Dorfstraße 5")
    assert "112" not in answer
    assert tickets(town) == []
    assert town.conversation("t").waiting_since is not None


def test_a_taken_conversation_is_silent(town: Town) -> None:
    town.turn("t", "Hallo")
    take(town, "t")
    assert town.turn("t", "Die Laterne in der Dorfstraße 5") == ""
    assert tickets(town) == []
    conversation = town.conversation("t")
    assert conversation.handler is Handler.STAFF
    assert conversation.waiting_since is not None
    hand_back(town, "t")
    assert town.turn("t", "Hallo") != ""


def test_emergency_detection_never_sleeps(town: Town) -> None:
    town.turn("t", "Hallo")
    take(town, "t")
    assert "112" in town.turn("t", "Notfall")
    conversation = town.conversation("t")
    assert conversation.handler is Handler.STAFF
    assert conversation.emergency_at is not None
    assert town.turn("t", "Danke") == ""


def test_an_alarmed_conversation_is_silent_until_a_person_has_dealt_with_it(town: Town) -> None:
    assert "112" in town.turn("t", "Notfall, die Laterne in der Dorfstraße 5 brennt")
    assert tickets(town) == []
    assert town.turn("t", "Hallo") == ""
    assert "112" in town.turn("t", "Notfall!!")
    take(town, "t")
    hand_back(town, "t")
    assert "Guten Tag" in town.turn("t", "Hallo")


def test_an_emergency_in_a_burst_is_the_whole_answer(town: Town) -> None:
    answer = town.turn("t", "Hallo", "wann ist Markt", "Notfall")
    assert answer.startswith("Rufen Sie 112 an.")


PERSONAL = (
    "Die Laterne in der Dorfstraße 5 ist aus",
    "Die Laterne ist kaputt",
    "Wie ist der Stand meiner Meldung",
    "Einspruch gegen den Bescheid",
    "Ich will einen Mensch sprechen",
    "irgendwas",
)


def test_in_public_nothing_personal_is_said_or_done(town: Town) -> None:
    town.turn("private", "Die Laterne in der Dorfstraße 5 ist aus", sender="anna")
    with town.database.read() as session:
        ticket = session.scalars(select(Ticket)).one()
    secrets = (ticket.number, ticket.token, "Dorfstraße", "Laterne", "Straßenlicht")
    for post, text in enumerate(PERSONAL):
        answer = town.turn(f"post-{post}", text, sender="anna", visibility="public")
        assert "privat" in answer, text
        assert not [secret for secret in secrets if secret in answer], text
        assert town.conversation(f"post-{post}").waiting_since is not None
        assert buttons(town) == []
    assert len(tickets(town)) == 1


def test_in_public_what_anybody_may_know_is_answered(town: Town) -> None:
    assert "Guten Tag" in town.turn("post", "Hallo", visibility="public")
    assert "112" in town.turn("post", "Notfall", visibility="public")


def test_nobody_hears_of_the_tickets_of_others(town: Town) -> None:
    town.turn("a", "Die Laterne in der Dorfstraße 5", sender="anna")
    answer = town.turn("b", "Wie ist der Stand", sender="ben")
    assert "LEV-" not in answer
    own = town.turn("a", "Wie ist der Stand", sender="anna")
    assert "LEV-" in own


def test_the_language_of_the_citizen_is_answered(town: Town) -> None:
    assert town.turn("t", "EN hallo").startswith("Hello!")
    assert town.conversation("t").language == "en"


def test_an_unknown_language_is_said_to_be_unknown(town: Town) -> None:
    answer = town.turn("t", "FR le réverbère est cassé")
    assert "Diese Sprache verstehe ich leider nicht" in answer
    assert "English, Türkçe" in answer
    assert town.conversation("t").waiting_since is not None
    town.turn("asked", "Die Laterne ist kaputt")
    assert "Diese Sprache" in town.turn("asked", "FR devant la boulangerie du village, merci bien")
    assert town.conversation("asked").waiting_since is not None


def test_a_message_without_text_asks_for_words(town: Town) -> None:
    assert "Ihre Nachricht war leer" in town.turn("t", "")


def test_a_closed_conversation_opens_again(town: Town) -> None:
    town.turn("t", "Hallo")
    key = town.conversation("t").id
    with town.database.unit_of_work() as session:
        inbox.close(session, key, user_id=town.user_id, now=town.clock.now())
    assert town.turn("t", "Hallo") != ""
    assert town.conversation("t").status == "open"


def test_why_the_bot_decided_is_kept(town: Town) -> None:
    town.turn("t", "Hallo", "Die Laterne in der Dorfstraße 5")
    with town.database.read() as session:
        [why] = session.scalars(select(TurnUnderstanding))
        conversation = session.scalars(select(Conversation)).one()
    assert why.outcome == "report"
    assert why.model == "words"
    assert why.conversation_id == conversation.id
    assert [one["id"] for one in why.intents if isinstance(one, dict)] == [
        "report_defect",
        "greeting",
    ]


def talked(town: Town, thread: str, times: int) -> None:
    """Let the assistant have answered so often in a thread where it has answered once."""
    talk, answer = town.conversation(thread), town.answers(thread)[0]
    copied = {
        name: getattr(answer, name)
        for name in ("conversation_id", "channel_id", "direction", "author_kind", "created_at")
    }
    with town.database.unit_of_work() as session:
        rows = [
            Message(**copied, reply_to_id=answer.reply_to_id, text="") for _ in range(times - 1)
        ]
        session.add_all(rows)
        session.get_one(Conversation, talk.id).version = 2 * times


def test_two_programs_do_not_answer_each_other_for_ever(town: Town) -> None:
    """After so many answers a person is asked, in silence; an emergency still raises its alarm."""
    assert town.turn("t", "Hallo")
    talked(town, "t", MOST - 1)
    assert town.turn("t", "Hallo"), "not one too early"
    assert town.turn("t", "Hallo") == ""
    assert town.conversation("t").waiting_since is not None
    assert town.turn("t2", "Hallo"), "others are answered as ever"
    assert town.turn("t", "Notfall!") == ""
    assert town.conversation("t").emergency_at is not None
    hand_back(town, "t")
    town.clock.advance(WITHIN.total_seconds() + 1)
    assert town.turn("t", "Hallo")


def test_two_programs_do_not_answer_each_other_in_public(town: Town) -> None:
    assert town.turn("t", "Hallo", visibility="public")
    talked(town, "t", MOST)
    assert town.turn("t", "Hallo", visibility="public") == ""
    assert town.conversation("t").waiting_since is not None
