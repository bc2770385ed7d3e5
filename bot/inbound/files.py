"""The files of raw items: examined one by one, outside the transactions of their messages."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments import rules as attachment_rules
from bot.attachments import service as attachments
from bot.attachments.models import Attachment
from bot.attachments.states import AttachmentState
from bot.db.engine import Database
from bot.inbound.models import RawItemFile


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file as it came, with the size in bytes that its channel allows."""

    raw_item_id: int
    name: str
    blob_id: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """A file after its examination; `blob_id` is the copy that may be shown, if there is one."""

    name: str
    media_type: str
    blob_id: int | None
    reason: str | None
    width: int | None
    height: int | None


def waiting(session: Session, limits: Mapping[int, int]) -> list[Waiting]:
    """Return the files of raw items in their order; `limits` are bytes by raw item."""
    rows = session.execute(
        select(RawItemFile.raw_item_id, RawItemFile.name, RawItemFile.blob_id)
        .where(RawItemFile.raw_item_id.in_(limits))
        .order_by(RawItemFile.raw_item_id, RawItemFile.position)
    ).all()
    return [Waiting(item, name, blob_id, limits[item]) for item, name, blob_id in rows]


def examine(
    database: Database, found: Iterable[Waiting], keep: Callable[[], None], now: datetime
) -> dict[int, list[File]]:
    """Examine files, by raw item: one in memory at a time, each copy stored on its own.

    Decoding takes its time, so `keep` is called for each. A copy is addressed by its content:
    storing it again, after a crash, changes nothing.
    """
    files: dict[int, list[File]] = defaultdict(list)
    for file in found:
        keep()
        with database.read() as session:
            content = attachments.content(session, file.blob_id)
        examined = examine_one(database, file.name, content, file.max_bytes, now)
        files[file.raw_item_id].append(examined)
    return files


def examine_one(
    database: Database, name: str, content: bytes, max_bytes: int, now: datetime
) -> File:
    """Examine one file and store the copy that may be shown, if there is one."""
    result = attachment_rules.examine(content, max_bytes=max_bytes)
    blob_id = None
    if result.content is not None:
        with database.unit_of_work() as session:
            [blob_id] = attachments.store(session, [result.content], now=now)
    return File(name, result.media_type, blob_id, result.reason, result.width, result.height)


def attach(session: Session, message_id: int, position: int, file: File) -> None:
    """Add an examined file to a message."""
    ready = file.blob_id is not None
    session.add(
        Attachment(
            message_id=message_id,
            position=position,
            name=file.name,
            blob_id=file.blob_id,
            media_type=file.media_type,
            state=AttachmentState.READY if ready else AttachmentState.REJECTED,
            reason=file.reason,
            width=file.width,
            height=file.height,
        )
    )
