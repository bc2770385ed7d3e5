"""The moderation queue: what is in it, who judges, and what edits and deletions do to it."""

from collections.abc import Sequence
from datetime import datetime
from threading import Thread

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import Actor, ActorKind
from bot.inbox import moderation
from bot.inbox import service as inbox
from bot.inbox.models import Message
from bot.inbox.moderation import Judged, JudgedError, NotSuspectedError, ReworkedError, Suspect
from bot.inbox.states import ConversationStatus, Judgement, Offence
from tests.bot.guard.support import reply
from tests.fakes.clock import NOON
from tests.fakes.town import Town, raw
from tests.support.waiting import somebody_waits, until

DAY = 24 * 3600  # seconds


def queue(town: Town, **more: int) -> list[str]:
    with town.database.read() as session:
        return [suspect.text for suspect in moderation.queue(session, **more)[0]]


def message(town: Town, text: str) -> Message:
    with town.database.read() as session:
        return session.scalars(select(Message).where(Message.text == text)).one()


def read(town: Town) -> list[Suspect]:
    with town.database.read() as session:
        return moderation.queue(session)[0]


def judge(
    town: Town,
    message_id: int,
    judgement: Judgement,
    *,
    seen: Sequence[Suspect] = (),
    anew: bool = False,
) -> None:
    """Judge what was `seen` on the page, or what it shows now."""
    actor, now = Actor(ActorKind.USER, town.user_id), town.clock.now()
    with town.database.unit_of_work() as session:
        judged = [one.suspect for one in moderation.recent(session, now=now)]
        wordings = {one.id: one.wording for one in seen or (*read(town), *judged)}
        moderation.judge(
            session,
            message_id,
            judgement,
            seen=wordings.get(message_id, ""),
            actor=actor,
            now=now,
            anew=anew,
        )


def edited(town: Town, native_id: str, text: str, *, at: datetime | None = None) -> None:
    edit = {"kind": "edit", "id": native_id, "text": text, "at": at and at.isoformat()}
    town.store(raw(f"edit-{text}", "t", edit))
    town.work()


def test_the_newest_comes_first_a_page_at_a_time(town: Town) -> None:
    for number in range(5):
        town.turn(f"t{number}", f"Idioten {number}")
    town.turn("t", "Hallo")
    with town.database.read() as session:
        page, following = moderation.queue(session, limit=3)
        rest, end = moderation.queue(session, after=following, limit=3)
        assert moderation.count(session, most=100) == 5
        assert moderation.count(session, most=4) == 4
    assert [one.text for one in page] == ["Idioten 4", "Idioten 3", "Idioten 2"]
    assert [one.text for one in rest] == ["Idioten 1", "Idioten 0"]
    assert end is None
    assert (page[0].offence, page[0].words) == (Offence.ABUSE, "Idiot")


def test_what_is_released_waits_for_an_answer_by_a_person(town: Town) -> None:
    town.turn("t", "Idioten")
    with town.database.unit_of_work() as session:
        key = town.conversation("t").id
        inbox.close(session, key, user_id=town.user_id, now=town.clock.now())
    judge(town, message(town, "Idioten").id, Judgement.RELEASED)
    conversation = town.conversation("t")
    assert conversation.status is ConversationStatus.OPEN
    assert conversation.waiting_since == conversation.needed_since == town.clock.now()
    assert queue(town) == []
    assert message(town, "Idioten").judged_at == town.clock.now()


def test_what_is_confirmed_is_settled(town: Town) -> None:
    town.turn("t", "Idioten")
    judge(town, message(town, "Idioten").id, Judgement.CONFIRMED)
    assert town.conversation("t").waiting_since is None
    assert queue(town) == []
    assert message(town, "Idioten").judgement is Judgement.CONFIRMED


@pytest.mark.parametrize("judgement", Judgement)
def test_the_trail_names_who_judged(town: Town, judgement: Judgement) -> None:
    town.turn("t", "Idioten")
    key = message(town, "Idioten").id
    judge(town, key, judgement)
    with town.database.read() as session:
        lines = session.execute(
            select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.subject_id).where(
                AuditEntry.subject_kind == "message"
            )
        ).all()
    assert [tuple(line) for line in lines] == [(f"message.{judgement}", town.user_id, key)]


def test_the_second_of_two_colleagues_changes_nothing(town: Town) -> None:
    town.turn("t", "Idioten")
    key = message(town, "Idioten").id
    judge(town, key, Judgement.CONFIRMED)
    with pytest.raises(JudgedError):
        judge(town, key, Judgement.RELEASED)
    assert message(town, "Idioten").judgement is Judgement.CONFIRMED
    assert town.conversation("t").waiting_since is None


def test_the_newest_judgements_of_a_week_are_listed_with_who_and_how(town: Town) -> None:
    for number in range(5):
        town.turn(f"t{number}", f"Idioten {number}")
    suspects = [message(town, f"Idioten {number}") for number in range(5)]
    judge(town, suspects[0].id, Judgement.RELEASED)
    town.clock.advance(6 * DAY)
    for one in suspects[1:-1]:
        judge(town, one.id, Judgement.CONFIRMED)

    def recent() -> list[Judged]:
        with town.database.read() as session:
            return moderation.recent(session, now=town.clock.now(), limit=3)

    assert len(recent()) == 3
    assert {one.judgement for one in recent()} == {Judgement.CONFIRMED}
    assert suspects[-1].text not in {one.suspect.text for one in recent()}
    assert all(one.judged_by for one in recent())
    town.clock.advance(2 * DAY)
    judge(town, suspects[1].id, Judgement.RELEASED, anew=True)
    assert (recent()[0].suspect.text, recent()[0].judgement) == ("Idioten 1", Judgement.RELEASED)
    town.clock.advance(6 * DAY)
    assert [one.suspect.text for one in recent()] == ["Idioten 1"]


def test_only_what_was_judged_the_other_way_is_judged_anew(town: Town) -> None:
    town.turn("t", "Idioten")
    key = message(town, "Idioten").id
    with pytest.raises(ReworkedError):
        judge(town, key, Judgement.RELEASED, anew=True)
    judge(town, key, Judgement.RELEASED)
    with pytest.raises(JudgedError):
        judge(town, key, Judgement.RELEASED, anew=True)
    judge(town, key, Judgement.CONFIRMED, anew=True)
    assert message(town, "Idioten").judgement is Judgement.CONFIRMED
    town.store(raw("gone", "t", {"kind": "delete", "id": "m1"}))
    town.work()
    with pytest.raises(JudgedError):
        judge(town, key, Judgement.RELEASED, anew=True)
    with town.database.read() as session:
        assert moderation.recent(session, now=town.clock.now()) == []


def test_what_was_never_suspected_cannot_be_judged(town: Town) -> None:
    town.turn("t", "Hallo")
    for key in (message(town, "Hallo").id, 999_999):
        with pytest.raises(NotSuspectedError):
            judge(town, key, Judgement.CONFIRMED)


def test_a_deleted_message_leaves_the_queue(town: Town) -> None:
    town.turn("t", "Idioten")
    key = message(town, "Idioten").id
    town.store(raw("gone", "t", {"kind": "delete", "id": "m1"}))
    town.work()
    assert queue(town) == []
    with town.database.read() as session:
        assert session.get_one(Message, key).offence_words is None
    with pytest.raises(JudgedError):
        judge(town, key, Judgement.RELEASED)


def test_harmless_words_made_abusive_come_into_the_queue(town: Town) -> None:
    town.turn("t", "Hallo")
    edited(town, "m1", "Ihr seid alle Idioten")
    assert queue(town) == ["Ihr seid alle Idioten"]
    assert message(town, "Ihr seid alle Idioten").offence_words == "Ihr seid alle Idioten"
    assert town.conversation("t").waiting_since is None


def test_words_made_harmless_leave_the_queue_and_wait_for_an_answer(town: Town) -> None:
    town.turn("t", "Idioten")
    edited(town, "m1", "Bitte helfen Sie mir")
    assert queue(town) == []
    assert town.conversation("t").waiting_since is not None


def test_a_confirmed_offence_that_is_made_a_question_waits_for_an_answer(town: Town) -> None:
    town.turn("t", "Idioten")
    judge(town, message(town, "Idioten").id, Judgement.CONFIRMED)
    edited(town, "m1", "Bitte helfen Sie mir")
    assert town.conversation("t").waiting_since is not None
    assert message(town, "Bitte helfen Sie mir").judgement is None


def test_what_was_released_and_answered_does_not_wait_for_its_corrections(town: Town) -> None:
    town.turn("t", "Idioten")
    judge(town, message(town, "Idioten").id, Judgement.RELEASED)
    reply(town, "t", "Worum geht es?")
    edited(town, "m1", "Bitte helfen Sie mir")
    assert town.conversation("t").waiting_since is None


@pytest.mark.parametrize("judgement", Judgement)
def test_what_was_judged_and_is_abusive_in_other_words_is_judged_anew(
    town: Town, judgement: Judgement
) -> None:
    town.turn("t", "Idioten")
    judge(town, message(town, "Idioten").id, judgement)
    edited(town, "m1", "Ihr seid alle Idioten")
    assert queue(town) == ["Ihr seid alle Idioten"]


def test_nobody_judges_words_that_they_have_not_read(town: Town) -> None:
    town.turn("t", "Idioten")
    key = message(town, "Idioten").id
    for words in ("Ihr Vollidioten", "Ihr Idioten"):  # also within one second of the platform's
        seen = read(town)
        edited(town, "m1", words, at=NOON)
        with pytest.raises(ReworkedError):
            judge(town, key, Judgement.RELEASED, seen=seen)
    judge(town, key, Judgement.RELEASED)
    assert queue(town) == []


def test_who_judges_and_who_edits_at_once_do_not_wait_for_each_other(town: Town) -> None:
    """On PostgreSQL both lock the conversation first, then the message."""
    if town.database.is_sqlite:
        return  # one writer at a time
    town.turn("t", "Idioten")
    key, conversation_id = message(town, "Idioten").id, town.conversation("t").id
    edit = {"kind": "edit", "id": "m1", "text": "Ihr Vollidioten"}
    town.store(raw("edit", "t", edit))
    town.clock.advance(6)
    author = Thread(target=town.worker().run_once)
    actor, now = Actor(ActorKind.USER, town.user_id), town.clock.now()
    [seen] = read(town)
    with town.database.unit_of_work() as session:
        inbox.get(session, conversation_id)  # as a judgement begins
        author.start()
        until("the other one", lambda: somebody_waits(town.database))
        moderation.judge(
            *(session, key, Judgement.CONFIRMED), seen=seen.wording, actor=actor, now=now
        )
    author.join()
    assert queue(town) == ["Ihr Vollidioten"], "and has to be judged anew"


def test_an_edit_that_cries_for_help_is_no_offence(town: Town) -> None:
    town.turn("t", "Hallo")
    edited(town, "m1", "Ihr Idioten, Hilfe, es brennt!")
    assert queue(town) == []
    assert town.conversation("t").emergency_at is not None
