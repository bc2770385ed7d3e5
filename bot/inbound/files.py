"""The files of raw items: loaded in a transaction, examined outside of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.attachments import rules as attachment_rules
from bot.attachments import service as attachments
from bot.attachments.rules import Examined
from bot.inbound.models import RawItemFile


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file as it came, with the size in bytes that its channel allows."""

    raw_item_id: int
    name: str
    content: bytes
    max_bytes: int


@dataclass(frozen=True, slots=True)
class File:
    """A file after its examination."""

    name: str
    examined: Examined


def load(session: Session, limits: Mapping[int, int]) -> list[Waiting]:
    """Return the files of raw items in their order; `limits` are bytes by raw item."""
    rows = session.execute(
        select(RawItemFile.raw_item_id, RawItemFile.name, RawItemFile.blob_id)
        .where(RawItemFile.raw_item_id.in_(limits))
        .order_by(RawItemFile.raw_item_id, RawItemFile.position)
    ).all()
    return [
        Waiting(item, name, attachments.content(session, blob_id), limits[item])
        for item, name, blob_id in rows
    ]


def examine(waiting: Iterable[Waiting], keep: Callable[[], None]) -> dict[int, list[File]]:
    """Examine the files, by raw item; decoding takes its time, so `keep` is called for each."""
    found: dict[int, list[File]] = defaultdict(list)
    for file in waiting:
        keep()
        result = attachment_rules.examine(file.content, max_bytes=file.max_bytes)
        found[file.raw_item_id].append(File(file.name, result))
    return found
