"""Storing content in chunks, once per content, and adding files to messages."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments.models import Attachment, Blob, BlobChunk
from bot.attachments.states import AttachmentState
from bot.db.bulk import insert

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A file that was examined (`bot.attachments.rules`), or was made here."""

    name: str
    media_type: str
    content: bytes


def store(session: Session, contents: Sequence[bytes], *, now: datetime) -> list[int]:
    """Store each content and return its blob's id; content that is there already is shared."""
    digests = [hashlib.sha256(content).hexdigest() for content in contents]
    by_digest = dict(zip(digests, contents, strict=True))
    if not by_digest:
        return []
    rows = [
        {"sha256": digest, "size": len(content), "created_at": now}
        for digest, content in sorted(by_digest.items())
    ]
    fresh = session.execute(
        insert(session, Blob)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["sha256"])
        .returning(Blob.id, Blob.sha256)
    )
    chunks = [
        {"blob_id": blob_id, "position": place, "content": content[start : start + CHUNK]}
        for blob_id, digest in fresh.all()
        for content in [by_digest[digest]]
        for place, start in enumerate(range(0, len(content), CHUNK))
    ]
    if chunks:
        session.execute(insert(session, BlobChunk), chunks)
    known = session.execute(select(Blob.sha256, Blob.id).where(Blob.sha256.in_(by_digest)))
    ids: dict[str, int] = dict(known.all())
    return [ids[digest] for digest in digests]


def attach(
    session: Session, message_id: int, files: Sequence[ReadyFile], *, now: datetime
) -> list[int]:
    """Add examined files to a message that has none yet, in their order; return their ids."""
    blobs = store(session, [file.content for file in files], now=now)
    added = [
        Attachment(
            message_id=message_id,
            position=position,
            name=file.name,
            blob_id=blob_id,
            media_type=file.media_type,
            state=AttachmentState.READY,
        )
        for position, (file, blob_id) in enumerate(zip(files, blobs, strict=True))
    ]
    session.add_all(added)
    session.flush()
    return [one.id for one in added]


def ready(session: Session, ids: Collection[int]) -> dict[int, ReadyFile]:
    """Return the ready ones among these attachments, with their contents."""
    rows = session.execute(
        select(Attachment.id, Attachment.name, Attachment.media_type, Attachment.blob_id)
        .where(Attachment.id.in_(ids), Attachment.state == AttachmentState.READY)
        .order_by(Attachment.id)
    )
    return {
        row.id: ReadyFile(row.name, row.media_type, content(session, row.blob_id))
        for row in rows
        if row.blob_id is not None
    }


def content(session: Session, blob_id: int) -> bytes:
    """Return a blob's whole content."""
    chunks = session.execute(
        select(BlobChunk.content).where(BlobChunk.blob_id == blob_id).order_by(BlobChunk.position)
    )
    return b"".join(chunks.scalars())
