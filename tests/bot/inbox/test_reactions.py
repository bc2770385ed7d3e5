"""Reactions: signs on their messages and ours, taken back, erased with what they stand on."""

import pytest
from sqlalchemy import select

from bot.inbox import thread
from bot.inbox.models import Conversation, Reaction
from connectors.base import RawItem
from tests.fakes.town import Town, raw


def reaction(native_id: str, target: str, symbol: str = "👍") -> RawItem:
    return raw(native_id, "t", _event(native_id, target, symbol))


def gone(native_id: str) -> RawItem:
    return raw(f"gone-{native_id}", "t", {"kind": "delete", "id": native_id})


def symbols(town: Town) -> list[str]:
    with town.database.read() as session:
        return list(session.scalars(select(Reaction.symbol).order_by(Reaction.id)))


def test_a_sign_on_our_answer_and_on_their_own_message(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    town.send()
    [answer] = town.deliveries()
    assert answer.native_id is not None
    town.store(reaction("r1", answer.native_id), reaction("r2", native_id, "🎉"))
    town.work()
    assert symbols(town) == ["👍", "🎉"]
    with town.database.read() as session:
        first, second = session.scalars(select(Reaction).order_by(Reaction.id))
        assert first.message_id == answer.message_id
        assert second.message_id != first.message_id
        assert first.contact_id == second.contact_id == town.conversation("t").contact_id
    assert len(town.deliveries()) == 1, "a sign is no question"


def test_a_sign_can_be_taken_back(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    town.store(reaction("r1", native_id), gone("r1"))
    town.work()
    assert symbols(town) == []


def test_the_same_sign_twice_is_one(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    town.store(reaction("r1", native_id))
    town.store(raw("again", "t", _event("r1", native_id, "👍")))
    town.work()
    assert symbols(town) == ["👍"]


def test_a_sign_on_nothing_is_nothing(town: Town) -> None:
    town.says("t", "Hallo")
    town.work()
    town.store(reaction("r1", "unknown"))
    town.work()
    assert symbols(town) == []


def test_a_deleted_message_keeps_no_signs(town: Town) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    town.store(reaction("r1", native_id))
    town.work()
    town.store(gone(native_id))
    town.work()
    assert symbols(town) == []


def _event(native_id: str, target: str, symbol: str) -> dict[str, object]:
    return {
        "kind": "reaction",
        "id": native_id,
        "target": target,
        "symbol": symbol,
        "sender": "t-person",
    }


def test_the_desk_shows_signs_and_what_cannot_be_read(town: Town) -> None:
    event = {"id": "s1", "thread": "t", "sender": "t-person", "text": "", "unread": "sticker"}
    town.store(raw("s1", "t", event))
    town.work()
    town.store(reaction("r1", "s1", "❤️"))
    town.work()
    with town.database.read() as session:
        conversation = session.scalars(select(Conversation)).one()
        shown, _ = thread.entries(session, conversation.id)
    first, answer = shown[0], shown[1]
    assert (first.unread, first.text, first.reactions) == ("sticker", "", ("❤️",))
    assert "nicht öffnen" in answer.text
    assert conversation.waiting_since is not None, "a person looks at it"


def test_a_voice_is_thanked_for_and_heard_by_a_person(town: Town) -> None:
    event = {"id": "v1", "thread": "t", "sender": "t-person", "text": "", "spoken": True}
    town.store(raw("v1", "t", event))
    town.work()
    with town.database.read() as session:
        conversation = session.scalars(select(Conversation)).one()
        shown, _ = thread.entries(session, conversation.id)
    assert "Sprachnachricht" in shown[1].text
    assert conversation.waiting_since is not None


@pytest.mark.parametrize("unread", [None, "bounce"])
def test_a_program_gets_no_answer(town: Town, unread: str | None) -> None:
    """Two programs that answer each other never end; a bounce is for a person to see."""
    event = {
        "id": "p1",
        "thread": "t",
        "sender": "robot",
        "text": "Notfall",
    }
    town.store(raw("p1", "t", event | {"automatic": True, "unread": unread}))
    calm = {"id": "p2", "thread": "u", "sender": "robot", "text": "Wann ist Markt in Opladen?"}
    town.store(raw("p2", "u", calm | {"automatic": True, "unread": unread}))
    town.work()
    with town.database.read() as session:
        urgent, quiet = session.scalars(select(Conversation).order_by(Conversation.id))
        for one in (urgent, quiet):
            shown, _ = thread.entries(session, one.id)
            assert len(shown) == 1
    assert urgent.emergency_at is not None, "an emergency is seen, whoever tells"
    assert (quiet.waiting_since is not None) == (unread is not None)
