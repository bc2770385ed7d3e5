"""Files on their way from a platform to the desk."""

import io

from PIL import Image
from sqlalchemy import select

from bot.attachments import service as attachments
from bot.attachments.models import Attachment, Blob
from bot.attachments.states import AttachmentState
from bot.inbound.models import RawItemFile
from bot.inbox.models import Message
from connectors.base import RawFile
from tests.fakes.town import Town, item, raw


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def file(name: str, content: bytes) -> RawFile:
    return RawFile(name, "image/png", content)


def found(town: Town) -> list[tuple[str | None, str, AttachmentState, str | None]]:
    with town.database.read() as session:
        return list(
            session.execute(
                select(Message.native_id, Attachment.name, Attachment.state, Attachment.reason)
                .join(Message, Message.id == Attachment.message_id)
                .order_by(Message.id, Attachment.position)
            ).all()
        )


def test_files_belong_to_their_message_in_their_order(town: Town) -> None:
    first = (file("1.png", png("red")), file("2.exe", b"MZ\x90\x00 not a picture"))
    town.store(item("m1", "t", "Müll", files=first))
    town.store(item("m2", "t", "", files=(file("3.png", png("blue")),)))
    town.work()

    assert found(town) == [
        ("m1", "1.png", AttachmentState.READY, None),
        ("m1", "2.exe", AttachmentState.REJECTED, "type_not_allowed"),
        ("m2", "3.png", AttachmentState.READY, None),
    ]


def test_one_item_with_two_messages_shares_out_its_files(town: Town) -> None:
    events = [
        {"id": f"m{n}", "thread": "t", "sender": "anna", "text": "", "files": 1} for n in (1, 2)
    ]
    files = (file("a.png", png("red")), file("b.png", png("blue")))
    town.store(raw("album", "t", *events, files=files))
    town.work()
    assert [row[:2] for row in found(town)] == [("m1", "a.png"), ("m2", "b.png")]


def test_a_file_above_the_channels_limit_is_rejected_and_the_message_kept(town: Town) -> None:
    huge = file("huge.png", b"\x89PNG\r\n\x1a\n" + bytes(1_000_001))
    town.store(item("m1", "t", "Hallo", files=(huge,)))
    town.work()
    assert found(town) == [("m1", "huge.png", AttachmentState.REJECTED, "too_large")]
    assert town.heard("t") == ["Hallo"]


def test_the_same_picture_twice_is_stored_once(town: Town) -> None:
    for number in (1, 2):
        picture = (file(f"{number}.png", png("red")),)
        town.store(item(f"m{number}", f"t{number}", "", files=picture))
    town.work()
    with town.database.read() as session:
        raw_blobs = session.scalars(select(RawItemFile.blob_id)).all()
        shown = session.scalars(select(Attachment.blob_id)).all()
        assert len(set(raw_blobs)) == len(set(shown)) == 1
        assert session.scalars(select(Blob.id)).all() == sorted(
            key for key in {*raw_blobs, *shown} if key
        )


def test_what_is_shown_is_the_examined_copy(town: Town) -> None:
    content = png("red") + b"<script>alert(1)</script>"
    town.store(item("m1", "t", "", files=(file("x.png", content),)))
    town.work()
    with town.database.read() as session:
        [shown] = session.scalars(select(Attachment))
        assert shown.blob_id is not None
        assert b"script" not in attachments.content(session, shown.blob_id)
        assert (shown.width, shown.height) == (40, 30)
