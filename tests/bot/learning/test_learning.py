"""What is kept of judgements, how long, what leads to whom, and how the list is found."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.audit.service import SYSTEM, Actor, ActorKind
from bot.contacts.models import Contact
from bot.db.engine import Database
from bot.inbox.models import Conversation, Message, TurnUnderstanding
from bot.inbox.states import Direction
from bot.learning import queries, rules
from bot.learning import service as learning
from bot.learning.models import Correction
from bot.learning.rules import Meaning
from bot.privacy import erasure
from bot.privacy import service as privacy
from nlp.types import Category, Decision, Intent, Understanding
from tests.bot.privacy import support
from tests.bot.privacy.support import NOW, City, count, talk
from tests.support.plans import plan, recorded

pytestmark = pytest.mark.usefixtures("in_step")
THANKS = Meaning(("thanks",), None)


def understood(
    intent: str, sure: float, *, category: float = 1.0, model: str = "m"
) -> Understanding:
    return Understanding(
        language="de",
        intents=(Intent(intent, sure),),
        category=(Category("tree", "green_trees", category),),
        entities=(),
        decision=Decision.ASK,
        flags=(),
        evidence=(),
        model=model,
    )


def judged(database: Database, conversation: int, *, user_id: int, days: float) -> None:
    """Have a colleague say, so many days ago, that the first message was a thank-you."""
    with database.unit_of_work() as session:
        turn = session.scalars(
            select(TurnUnderstanding).where(TurnUnderstanding.conversation_id == conversation)
        ).one()
        turn.intents = [{"id": "greeting", "confidence": 0.4}]
        session.flush()
        found = queries.turn(session, turn.message_id)
        assert found is not None
        learning.judge(
            session,
            turn.message_id,
            THANKS,
            seen=found.wording,
            user_id=user_id,
            now=support.ago(days),
        )


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        (understood("greeting", 0.97), None),
        (understood("greeting", 0.55, category=0.1), 0.45),
        (understood("report_defect", 0.97, category=0.4), 0.6),
        (understood("report_defect", 0.3, category=0.4), 0.7),
        (understood("off_topic", 0.0, model="none"), None),
    ],
)
def test_the_least_sure_of_what_counts_is_the_doubt(
    said: Understanding, doubt: float | None
) -> None:
    assert rules.doubt(said) == doubt


def test_a_meaning_holds_what_counts() -> None:
    intents = (Intent("thanks", 0.4), Intent("report_defect", 0.6), Intent("greeting", 0.2))
    categories = (Category("tree", "green_trees", 0.3),)
    assert rules.meaning(intents, categories) == Meaning(("thanks", "report_defect"), "tree")
    assert rules.meaning(intents[:1], categories) == Meaning(("thanks",), None)
    assert not Meaning((), None).is_known
    assert not Meaning(("thanks", "thanks"), None).is_known
    assert not Meaning(("thanks",), "litter").is_known


def test_in_time_the_link_goes_and_the_masked_sentence_stays(
    database: Database, place: City
) -> None:
    with database.unit_of_work() as session:
        ended = talk(session, place, "ada", days=100).id
    judged(database, ended, user_id=place.user_id, days=100)
    privacy.run(database, now=NOW)
    assert count(database, Conversation) == 0
    assert count(database, Contact) == 0
    with database.read() as session:
        [kept] = session.scalars(select(Correction))
        assert kept.text == "Guten Tag"
        assert (kept.said_intents, kept.confidence) == (["greeting"], 0.4)
        assert not {column.name for column in Correction.__table__.columns} & {
            *("message_id", "conversation_id", "contact_id", "channel_id"),
        }


def test_after_two_years_the_sentence_goes(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        old = talk(session, place, "ada", days=1).id
        new = talk(session, place, "ben", days=1).id
    judged(database, old, user_id=place.user_id, days=731)
    judged(database, new, user_id=place.user_id, days=729)
    done = privacy.run(database, now=NOW)
    assert done["corrections"] == 1
    with database.read() as session:
        linked = select(TurnUnderstanding.correction_id).order_by(TurnUnderstanding.id)
        gone, kept = session.scalars(linked)
        assert gone is None, "the message is here, and can be judged again"
        assert session.scalars(select(Correction.id)).all() == [kept]


def test_who_asks_for_erasure_has_the_sentence_erased_as_well(
    database: Database, place: City
) -> None:
    with database.unit_of_work() as session:
        ids = [talk(session, place, name, days=1).id for name in ("ada", "ben")]
    for conversation in ids:
        judged(database, conversation, user_id=place.user_id, days=1)
    with database.unit_of_work() as session:
        asked = Actor(ActorKind.USER, place.user_id)
        erasure.erase_conversations(session, ids[:1], actor=asked, now=NOW)
    assert count(database, Correction) == 1
    with database.unit_of_work() as session:
        erasure.erase_conversations(session, ids[1:], actor=SYSTEM, now=NOW)
    assert count(database, Correction) == 1


def test_the_list_is_found_by_its_index(database: Database, place: City) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL decides by the number of rows")
    with database.unit_of_work() as session:
        for number in range(30):
            conversation = talk(session, place, f"c{number}", days=number)
            [turn] = session.scalars(
                select(TurnUnderstanding).where(
                    TurnUnderstanding.conversation_id == conversation.id
                )
            )
            turn.doubt = 1 - number / 100
            turn.intents = [{"id": "thanks", "confidence": 0.3}]
    with recorded(database.read_engine) as sent, database.read() as session:
        found, following = queries.queue(session, now=NOW, limit=5)
        assert following is not None
        more, _ = queries.queue(session, now=NOW, after=following, limit=50)
    assert [one.at for one in found] == [support.ago(days) for days in range(5)]
    assert [one.at for one in more] == [support.ago(days) for days in range(5, 15)]
    assert len(found) + len(more) == queries.WITHIN // timedelta(days=1) + 1
    plans = [plan(database, statement, values) for statement, values in sent.items()]
    assert any("ix_turn_understanding_doubted" in one for one in plans)
    for one in plans:
        assert "SCAN message" not in one
        assert "TEMP B-TREE FOR ORDER BY" not in one or "ix_turn_understanding" not in one


def test_a_text_is_that_of_the_turn_and_of_no_other(database: Database, place: City) -> None:
    with database.unit_of_work() as session:
        conversation = talk(session, place, "ada", days=1)
        [turn] = session.scalars(select(TurnUnderstanding))
        turn.intents = [{"id": "thanks", "confidence": 0.3}]
        support.message(session, conversation, Direction.INBOUND, days=0.5)
        first = session.get_one(Message, turn.message_id)
        first.text = "Danke"
        session.flush()
        found = queries.turn(session, turn.message_id)
        assert found is not None
        assert found.text == "Danke"
