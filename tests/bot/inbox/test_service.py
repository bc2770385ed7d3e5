"""What staff do with conversations; the desk never loses an answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.errors import InvalidError
from bot.events.models import Event
from bot.inbox import queries, thread
from bot.inbox import service as inbox
from bot.inbox.models import Draft, Message
from bot.inbox.service import MAX_TEXT, ConversationNotFoundError, StaleConversationError, Written
from bot.inbox.states import AuthorKind, ConversationStatus, Direction, DraftMode, Handler
from bot.outbox.states import DeliveryState
from tests.fakes.town import Town


def conversation(town: Town, name: str = "t") -> int:
    town.turn(name, "Hallo")
    town.send()
    return town.conversation(name).id


def reply(town: Town, key: int, text: str, version: int, *, user_id: int | None = None) -> Written:
    with town.database.unit_of_work() as session:
        return inbox.reply(
            session,
            key,
            text,
            version=version,
            user_id=user_id or town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )


def note(town: Town, key: int, text: str, version: int) -> Written:
    with town.database.unit_of_work() as session:
        return inbox.note(
            session, key, text, version=version, user_id=town.user_id, now=town.clock.now()
        )


def everything(town: Town, key: int) -> list[tuple[str, str, str]]:
    with town.database.read() as session:
        return list(
            session.execute(
                select(Message.direction, Message.author_kind, Message.text)
                .where(Message.conversation_id == key)
                .order_by(Message.id)
            ).all()
        )


def actions(town: Town) -> list[str]:
    with town.database.read() as session:
        found = select(AuditEntry.action).where(AuditEntry.actor_kind == "user")
        return list(session.scalars(found.order_by(AuditEntry.id)))


def test_a_reply_is_sent_and_takes_the_conversation(town: Town) -> None:
    key = conversation(town)
    town.turn("t", "Mensch")
    written = reply(town, key, "  Guten Tag!\u202e ", town.conversation("t").version)
    town.send()

    assert town.platform.texts[-1] == "Guten Tag!"
    found = town.conversation("t")
    assert found.version == written.version
    assert (found.handler, found.assignee_id, found.unread) == (Handler.STAFF, town.user_id, 0)
    assert (found.waiting_since, found.last_staff_at) == (None, town.clock.now())
    assert found.preview == "Guten Tag!"
    assert town.deliveries()[-1].in_reply_to is None
    assert everything(town, key)[-1] == (Direction.OUTBOUND, AuthorKind.STAFF, "Guten Tag!")
    assert actions(town) == ["message.replied"]
    assert town.turn("t", "Danke") == ""


def test_a_reply_does_not_take_a_conversation_from_its_assignee(town: Town) -> None:
    key = conversation(town)
    with town.database.unit_of_work() as session:
        inbox.assign(session, key, town.colleague_id, user_id=town.user_id, now=town.clock.now())
    reply(town, key, "Ich helfe kurz aus", town.conversation("t").version)
    assert town.conversation("t").assignee_id == town.colleague_id


def test_a_stale_reply_writes_nothing(town: Town) -> None:
    key = conversation(town)
    seen = town.conversation("t").version
    town.turn("t", "Die Laterne in der Dorfstraße 5")
    before = (town.conversation("t").version, everything(town, key), len(town.deliveries()))

    for write in (reply, note):
        with pytest.raises(StaleConversationError) as raised:
            write(town, key, "zu spät", seen)
        assert raised.value.status == 409

    assert before == (town.conversation("t").version, everything(town, key), len(town.deliveries()))
    assert town.conversation("t").handler is Handler.ASSISTANT
    assert actions(town) == []


@pytest.mark.parametrize("ahead", [1, -1, 10**12])
def test_a_version_that_is_not_the_current_one_is_stale(town: Town, ahead: int) -> None:
    key = conversation(town)
    with pytest.raises(StaleConversationError):
        reply(town, key, "x", town.conversation("t").version + ahead)


def test_of_colleagues_who_reply_at_once_one_wins(town: Town) -> None:
    key = conversation(town)
    seen = town.conversation("t").version
    together = Barrier(6)

    def answer(number: int) -> str:
        together.wait()
        try:
            reply(town, key, f"Antwort {number}", seen, user_id=town.user_id)
        except StaleConversationError:
            return "stale"
        return "sent"

    with ThreadPoolExecutor(6) as pool:
        results = Counter(pool.map(answer, range(6)))
    assert results == {"sent": 1, "stale": 5}
    town.send()
    assert sum(text.startswith("Antwort") for text in town.platform.texts) == 1
    assert town.conversation("t").version == seen + 1


def test_a_citizen_who_writes_in_between_makes_the_reply_stale(town: Town) -> None:
    key = conversation(town)
    with town.database.unit_of_work() as session:
        inbox.take(session, key, user_id=town.user_id, now=town.clock.now())
    seen = town.conversation("t").version
    assert town.turn("t", "Moment, doch nicht") == ""
    with pytest.raises(StaleConversationError):
        reply(town, key, "Erledigt!", seen)
    assert reply(town, key, "Gut", town.conversation("t").version).version == seen + 2


def test_a_note_goes_nowhere(town: Town) -> None:
    key = conversation(town)
    sent = len(town.deliveries())
    written = note(town, key, "Vorsicht, ruft oft an", town.conversation("t").version)
    town.send()

    assert len(town.deliveries()) == sent
    found = town.conversation("t")
    assert (found.handler, found.version) == (Handler.ASSISTANT, written.version)
    assert "Vorsicht" not in found.preview
    with town.database.read() as session:
        seen = [entry.text for entry in thread.citizen_entries(session, key)]
    assert "Vorsicht, ruft oft an" not in seen
    assert len(seen) == 2


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b", "x" * (MAX_TEXT + 1)])
def test_an_empty_or_endless_text_is_refused(town: Town, text: str) -> None:
    key = conversation(town)
    version = town.conversation("t").version
    with pytest.raises(InvalidError):
        reply(town, key, text, version)
    assert town.conversation("t").version == version


def test_taking_and_handing_back(town: Town) -> None:
    key = conversation(town)
    town.turn("t", "Die Laterne ist kaputt")
    version = town.conversation("t").version
    with town.database.unit_of_work() as session:
        inbox.take(session, key, user_id=town.user_id, now=town.clock.now())
    taken = town.conversation("t")
    assert (taken.handler, taken.assignee_id) == (Handler.STAFF, town.user_id)
    assert (taken.version, taken.dialogue) == (version + 1, None)

    with town.database.unit_of_work() as session:
        inbox.hand_back(session, key, user_id=town.user_id, now=town.clock.now())
    back = town.conversation("t")
    assert (back.handler, back.assignee_id, back.version) == (Handler.ASSISTANT, None, version + 2)
    assert actions(town) == ["conversation.taken", "conversation.handed_back"]
    assert [line[::2] for line in everything(town, key)[-2:]] == [
        (Direction.SYSTEM, "conversation.taken"),
        (Direction.SYSTEM, "conversation.handed_back"),
    ]
    with town.database.read() as session:
        kinds = session.scalars(select(Event.kind).where(Event.conversation_id == key)).all()
    assert kinds[-2:] == ["conversation.taken", "conversation.handed_back"]


def test_assigning(town: Town) -> None:
    key = conversation(town)
    with town.database.unit_of_work() as session:
        inbox.assign(session, key, town.colleague_id, user_id=town.user_id, now=town.clock.now())
    found = town.conversation("t")
    assert (found.assignee_id, found.handler) == (town.colleague_id, Handler.STAFF)
    with town.database.unit_of_work() as session:
        inbox.assign(session, key, None, user_id=town.user_id, now=town.clock.now())
    assert town.conversation("t").assignee_id is None
    with pytest.raises(InvalidError), town.database.unit_of_work() as session:
        inbox.assign(session, key, 999, user_id=town.user_id, now=town.clock.now())


def test_closing_and_opening_again(town: Town) -> None:
    key = conversation(town)
    town.turn("t", "Notfall")
    with town.database.unit_of_work() as session:
        inbox.close(session, key, user_id=town.user_id, now=town.clock.now())
    closed = town.conversation("t")
    assert (closed.status, closed.handler, closed.unread) == (
        ConversationStatus.CLOSED,
        Handler.ASSISTANT,
        0,
    )
    assert (closed.emergency_at, closed.waiting_since) == (None, None)
    with town.database.unit_of_work() as session:
        inbox.reopen(session, key, user_id=town.user_id, now=town.clock.now())
    assert town.conversation("t").status is ConversationStatus.OPEN


def test_an_unknown_conversation(town: Town) -> None:
    with pytest.raises(ConversationNotFoundError):
        reply(town, 999, "x", 1)
    with pytest.raises(ConversationNotFoundError), town.database.unit_of_work() as session:
        inbox.take(session, 999, user_id=town.user_id, now=town.clock.now())
    with pytest.raises(ConversationNotFoundError), town.database.unit_of_work() as session:
        inbox.save_draft(
            session, 999, DraftMode.REPLY, "x", user_id=town.user_id, now=town.clock.now()
        )


def save_draft(town: Town, key: int, mode: DraftMode, text: str, user_id: int) -> None:
    with town.database.unit_of_work() as session:
        inbox.save_draft(session, key, mode, text, user_id=user_id, now=town.clock.now())


def drafts(town: Town, key: int, user_id: int) -> dict[DraftMode, str]:
    with town.database.read() as session:
        return queries.drafts(session, key, user_id)


def test_drafts_are_kept_per_colleague_conversation_and_mode(town: Town) -> None:
    key = conversation(town)
    save_draft(town, key, DraftMode.REPLY, "Sehr", town.user_id)
    save_draft(town, key, DraftMode.REPLY, "Sehr geehrte", town.user_id)
    save_draft(town, key, DraftMode.NOTE, "prüfen", town.user_id)
    save_draft(town, key, DraftMode.REPLY, "anderer", town.colleague_id)

    assert drafts(town, key, town.user_id) == {"reply": "Sehr geehrte", "note": "prüfen"}
    assert drafts(town, key, town.colleague_id) == {"reply": "anderer"}
    save_draft(town, key, DraftMode.NOTE, "  ", town.user_id)
    assert drafts(town, key, town.user_id) == {"reply": "Sehr geehrte"}


def test_a_draft_survives_a_stale_reply_and_ends_with_a_sent_one(town: Town) -> None:
    key = conversation(town)
    save_draft(town, key, DraftMode.REPLY, "Entwurf", town.user_id)
    save_draft(town, key, DraftMode.NOTE, "Notiz", town.user_id)
    with pytest.raises(StaleConversationError):
        reply(town, key, "Entwurf", 0)
    assert drafts(town, key, town.user_id)[DraftMode.REPLY] == "Entwurf"
    reply(town, key, "Entwurf", town.conversation("t").version)
    assert drafts(town, key, town.user_id) == {"note": "Notiz"}


def test_colleagues_who_save_the_same_draft_at_once(town: Town) -> None:
    key = conversation(town)

    def save(number: int) -> None:
        save_draft(town, key, DraftMode.REPLY, f"{number}", town.user_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, range(12)))
    with town.database.read() as session:
        assert len(session.scalars(select(Draft)).all()) == 1


def test_reading_marks_read_and_nothing_else(town: Town) -> None:
    key = conversation(town)
    before = town.conversation("t")
    assert before.unread == 1
    with town.database.unit_of_work() as session:
        inbox.mark_read(session, key)
    after = town.conversation("t")
    assert (after.unread, after.version) == (0, before.version)
    assert actions(town) == []


def test_the_citizen_sees_only_what_was_sent(town: Town) -> None:
    key = conversation(town)
    reply(town, key, "noch nicht gesendet", town.conversation("t").version)

    def seen() -> list[str]:
        with town.database.read() as session:
            return [entry.text for entry in thread.citizen_entries(session, key)]

    assert "noch nicht gesendet" not in seen()
    town.send()
    assert seen()[-1] == "noch nicht gesendet"
    with town.database.read() as session:
        entries, _ = thread.entries(session, key)
    assert entries[-1].delivery_state is DeliveryState.SENT
    assert entries[-1].author_name == "Mira"
