"""Files on their way out: each is a part for itself, and only what the channel takes is written."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from bot.attachments.models import Attachment, Blob
from bot.attachments.service import ReadyFile
from bot.audit.service import SYSTEM
from bot.inbox import service as inbox
from bot.inbox.models import Message
from bot.outbox import queries
from bot.outbox.models import Delivery
from bot.outbox.service import FileNotTakenError
from bot.privacy import erasure
from connectors.base import RawFile
from connectors.capabilities import Capabilities
from connectors.results import Permanent, Refusal, SendResult, Sent, Transient
from tests.bot.outbox.support import open_threads, states
from tests.fakes.town import CAPABILITIES, Town

PLAN = ReadyFile("plan.pdf", "application/pdf", b"%PDF-1.7 " + bytes(300_000))
FORM = ReadyFile("antrag.pdf", "application/pdf", b"%PDF-1.7 Antrag")
FILES = replace(
    CAPABILITIES,
    files_out=True,
    media_types=frozenset({"application/pdf"}),
    max_media_bytes=400_000,
)


def reply(town: Town, text: str, *files: ReadyFile, thread: str = "t") -> None:
    if not town.heard(thread):
        open_threads(town, thread)
    with town.database.unit_of_work() as session:
        conversation = town.conversation(thread)
        inbox.reply(
            session,
            conversation.id,
            text,
            files=files,
            version=conversation.version,
            user_id=town.user_id,
            connectors=town.connectors,
            now=town.clock.now(),
        )


def test_a_failed_file_never_sends_the_text_again(town: Town) -> None:
    town.platform.capabilities = FILES
    town.platform.script = [Sent("n1"), Transient("down"), Sent("n2"), Permanent(Refusal.TOO_LARGE)]
    reply(town, "Anbei der Plan.", PLAN, FORM)
    town.send()
    assert states(town) == ["sent", "retry", "queued"]
    town.clock.advance(60)
    town.send()

    assert states(town) == ["sent", "sent", "dead"]
    assert town.platform.texts == ["Anbei der Plan.", "", "", ""]
    plan, form = (RawFile(file.name, file.media_type, file.content) for file in (PLAN, FORM))
    assert [part.file for part in town.platform.parts if part.file] == [plan, plan, form]
    assert len({key for _, key in town.platform.log}) == 3
    with town.database.read() as session:
        [stuck], _ = queries.stuck(session)
    assert (stuck.file_name, stuck.text) == ("antrag.pdf", "")


@pytest.mark.parametrize(
    "capabilities",
    [
        CAPABILITIES,
        replace(FILES, media_types=frozenset({"image/png"})),
        replace(FILES, max_media_bytes=1000),
    ],
)
def test_what_the_channel_does_not_take_is_refused_before_anything_is_written(
    town: Town, capabilities: Capabilities
) -> None:
    open_threads(town, "t")
    town.platform.capabilities = capabilities
    before = town.last_id()
    with pytest.raises(FileNotTakenError):
        reply(town, "Anbei der Plan.", FORM, PLAN)
    assert town.last_id() == before
    assert town.deliveries() == []
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Blob)) == 0


def test_a_file_whose_content_is_gone_is_told_and_not_sent_empty(town: Town) -> None:
    town.platform.capabilities = FILES

    def lose() -> SendResult:
        with town.database.unit_of_work() as session:
            session.scalars(select(Attachment)).one().blob_id = None
        return Sent("n1")

    town.platform.script = [lose]
    reply(town, "Anbei der Plan.", PLAN)
    town.send()
    assert town.platform.texts == ["Anbei der Plan."]
    assert [part.error_code for part in town.deliveries()] == [None, "file_missing"]


def test_a_file_stays_as_long_as_its_message_and_goes_with_it(town: Town) -> None:
    town.platform.capabilities = FILES
    reply(town, "Anbei der Plan.", PLAN)
    later = town.clock.advance(3 * 24 * 3600)
    with town.database.unit_of_work() as session:
        assert erasure.orphaned_blobs(session, before=later, limit=9) == []
        erased = erasure.erase_conversations(
            session, [town.conversation("t").id], actor=SYSTEM, now=later
        )
        assert erased.blobs == 1
        for table in (Message, Delivery, Attachment, Blob):
            assert session.scalar(select(func.count()).select_from(table)) == 0
