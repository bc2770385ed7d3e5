"""Edits and deletions: kept honestly, erased thoroughly, never a turn."""

import io
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.attachments.models import Attachment, Blob
from bot.inbound.models import RawItem
from bot.inbound.states import RawState
from bot.inbox.models import Conversation, Message, MessageRevision, TurnUnderstanding
from connectors.base import RawFile
from tests.fakes.town import Town, item, poison, raw


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG", compress_level=0)
    return out.getvalue()


def edit(native_id: str, text: str) -> dict[str, object]:
    return {"kind": "edit", "id": native_id, "text": text}


def delete(native_id: str) -> dict[str, object]:
    return {"kind": "delete", "id": native_id}


def message(town: Town, native_id: str) -> Message:
    with town.database.read() as session:
        return session.scalars(select(Message).where(Message.native_id == native_id)).one()


def revisions(town: Town) -> list[str]:
    with town.database.read() as session:
        return list(session.scalars(select(MessageRevision.text).order_by(MessageRevision.id)))


def test_edits_keep_every_earlier_text_and_make_no_turn(town: Town) -> None:
    town.turn("t", "Hallo")
    town.store(raw("e2", "t", edit("m1", "Halli")), raw("e3", "t", edit("m1", "Hallöchen")))
    town.work()

    assert message(town, "m1").text == "Hallöchen"
    assert message(town, "m1").edited_at is not None
    assert revisions(town) == ["Hallo", "Halli"]
    assert len(town.words.heard) == 1
    assert len(town.deliveries()) == 1


def test_an_edit_in_the_same_batch_as_its_message(town: Town) -> None:
    town.store(item("m1", "t", "Hallo"), raw("e2", "t", edit("m1", "Hallöchen")))
    town.work()
    assert message(town, "m1").text == "Hallöchen"
    assert revisions(town) == ["Hallo"]


def test_a_change_of_an_unknown_message_changes_nothing(town: Town) -> None:
    town.store(raw("e1", "t", edit("nobody", "x")), raw("e2", "t", delete("nobody")))
    town.work()
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Conversation)) == 0


def test_a_deletion_takes_everything_that_was_said(town: Town) -> None:
    secret = "Laterne bei Frau Geheim"
    file = RawFile("geheim.png", "image/png", picture())
    town.store(item("m1", "t", secret, location=[51.0, 7.0], files=(file,)))
    town.work()
    town.store(raw("e2", "t", edit("m1", f"{secret}!"), about="m1"))
    town.work()
    assert len(town.answers("t")) == 1
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Blob)) == 2  # as it came, as shown

    town.store(raw("e3", "t", delete("m1")))
    town.work()

    gone = message(town, "m1")
    assert (gone.text, gone.lat, gone.lon) == ("", None, None)
    assert gone.deleted_at is not None
    assert revisions(town) == []
    conversation = town.conversation("t")
    assert "Geheim" not in conversation.preview
    assert conversation.dialogue is None
    with town.database.read() as session:
        assert session.scalars(select(Attachment)).all() == []
        [understanding] = session.scalars(select(TurnUnderstanding))
        assert (understanding.entities, understanding.evidence) == ([], [])
        assert session.scalar(select(func.count()).select_from(Blob)) == 0
        kept = session.scalars(select(RawItem.payload).order_by(RawItem.id)).all()
        assert kept[:2] == ["{}", "{}"], "neither the message nor its edit"
        assert "Geheim" not in kept[2]
    assert len(town.deliveries()) == 1
    town.store(item("m1", "t", secret))  # the platform brings it again
    town.work()
    assert town.heard("t") == [""]


def test_a_deletion_empties_what_nobody_could_read(town: Town) -> None:
    broken = replace(poison("m1", "t"), about="m1")
    town.store(broken, replace(broken, event_id="e2", order_key="private:other"))
    town.work()
    # In one batch with another that is unreadable and deleted.
    town.store(replace(broken, event_id="m3", about="m3"))
    for native_id in ("m1", "m3"):
        deletion = {"kind": "delete", "id": native_id, "room": "private:t"}
        town.store(raw(f"gone-{native_id}", "t", deletion))
    town.work()
    with town.database.read() as session:
        rows = session.execute(select(RawItem.event_id, RawItem.state, RawItem.payload)).all()
    found = {row.event_id: (row.state, row.payload) for row in rows}
    assert found["m1"] == found["m3"] == (RawState.DONE, "{}")
    assert found["e2"][0] is RawState.QUARANTINED, "of another thread"


def test_a_deletion_leaves_the_other_messages_of_its_burst(town: Town) -> None:
    town.turn("t", "Hallo", "das nehme ich zurück", "Danke")
    town.store(raw("e", "t", delete("m2")))
    town.work()
    assert town.heard("t") == ["Hallo", "", "Danke"]


def test_a_deleted_message_cannot_be_edited_back(town: Town) -> None:
    town.turn("t", "Hallo")
    town.store(raw("e2", "t", delete("m1")), raw("e3", "t", edit("m1", "wieder da")))
    town.work()
    assert message(town, "m1").text == ""
    assert revisions(town) == []


def test_changes_are_seen_live(town: Town) -> None:
    town.turn("t", "Hallo")
    rung = town.bells.events.rung
    town.store(raw("e2", "t", edit("m1", "Halli")))
    town.work()
    assert town.bells.events.rung > rung


@pytest.mark.parametrize(
    ("author", "room", "counts"),
    [
        ("t-person", "t", True),
        ("t-person", None, True),
        (None, None, True),
        ("mallory", "t", False),
        ("t-person", "elsewhere", False),
        ("mallory", "elsewhere", False),
    ],
)
def test_only_their_own_message_in_this_room_is_edited(
    town: Town, author: str | None, room: str | None, *, counts: bool
) -> None:
    [native_id] = town.says("t", "Hallo")
    town.says("other", "Hallo", sender="mallory")
    town.work()
    event = {"kind": "edit", "id": native_id, "text": "Neu", "author": author, "room": room}
    town.store(raw("edit", "t", event))
    town.work()
    with town.database.read() as session:
        text = session.scalar(select(Message.text).where(Message.native_id == native_id))
    assert text == ("Neu" if counts else "Hallo")


@pytest.mark.parametrize(("room", "counts"), [("t", True), (None, True), ("elsewhere", False)])
def test_only_a_message_of_this_room_is_deleted(
    town: Town, room: str | None, *, counts: bool
) -> None:
    [native_id] = town.says("t", "Hallo")
    town.work()
    town.store(raw("gone", "t", {"kind": "delete", "id": native_id, "room": room}))
    town.work()
    with town.database.read() as session:
        text = session.scalar(select(Message.text).where(Message.native_id == native_id))
    assert text == ("" if counts else "Hallo")
