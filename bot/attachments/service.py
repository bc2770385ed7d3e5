"""Storing content in chunks, once per content."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments.models import Blob, BlobChunk
from bot.db.bulk import insert

CHUNK = 256 * 1024


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


def content(session: Session, blob_id: int) -> bytes:
    """Return a blob's whole content."""
    chunks = session.execute(
        select(BlobChunk.content).where(BlobChunk.blob_id == blob_id).order_by(BlobChunk.position)
    )
    return b"".join(chunks.scalars())
