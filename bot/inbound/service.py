"""Storing what the platforms bring: raw items, cursor and work rows in one transaction."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from bot.attachments import service as attachments
from bot.channels.models import Channel
from bot.db.bulk import dialect_insert, insert, one_of
from bot.inbound.models import AwaitedFile, RawItemFile
from bot.inbound.models import RawItem as RawRow
from bot.work import service as work
from bot.work.states import Lane
from connectors.base import RawItem
from connectors.text import clean

QUIET = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A raw item and where it came in; an urgent one does not wait for the end of a burst."""

    channel_id: int
    item: RawItem
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored row of an arrival; `duplicate` when the platform had brought it before."""

    id: int
    duplicate: bool


def store(
    session: Session,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    cursors: Mapping[int, str] | None = None,
) -> list[Stored]:
    """Store `arrivals`, announce their threads, and move the reading `cursors` of channels.

    Only after the commit may a platform be told that anything was taken.

    The unique key on (channel, event id) makes a repeated delivery harmless.
    """
    rows: dict[tuple[int, str], Arrival] = {}
    for arrival in arrivals:
        rows.setdefault(_key(arrival), arrival)
    fresh = _insert(session, rows, now)
    ids = fresh | _known(session, [key for key in rows if key not in fresh])
    _store_files(session, [(fresh[key], rows[key].item) for key in fresh], now)
    _await_files(session, [(fresh[key], rows[key]) for key in fresh], now)
    work.announce(session, Lane.INBOUND, _tasks([rows[key] for key in fresh], now), now=now)
    for channel_id, cursor in (cursors or {}).items():
        session.execute(update(Channel).where(Channel.id == channel_id).values(cursor=cursor))
    return list(_answers(arrivals, ids, set(fresh)))


def storable(item: RawItem) -> RawItem:
    """Return the item with names that every database takes: a bad one must not stop the news."""
    return replace(
        item,
        event_id=_name(item.event_id, 400),
        order_key=_name(item.order_key, 400),
        about=item.about if item.about and item.about == _name(item.about, 520) else None,
        files=tuple(
            replace(
                file, name=clean(file.name)[:255], declared_type=clean(file.declared_type)[:120]
            )
            for file in item.files
        ),
    )


def _name(text: str, most: int) -> str:
    """Return a name as it is, or where it cannot be stored its digest, which is unique as well."""
    if len(text) <= most and text.isprintable():
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(arrival: Arrival) -> tuple[int, str]:
    return arrival.channel_id, arrival.item.event_id


def in_lock_order(
    rows: Mapping[tuple[int, str], Arrival],
) -> list[tuple[tuple[int, str], Arrival]]:
    """Sort by thread, so that concurrent batches do not lock crosswise; a thread keeps its order.

    Ids are given in this order, and a thread's items are handled in the order of their ids.
    """
    return sorted(rows.items(), key=lambda row: (row[1].channel_id, row[1].item.order_key))


def _insert(
    session: Session, rows: Mapping[tuple[int, str], Arrival], now: datetime
) -> dict[tuple[int, str], int]:
    if not rows:
        return {}
    inserted = session.connection().execute(
        _insertion(session.get_bind().dialect.name),
        [
            {
                "channel_id": channel_id,
                "event_id": event_id,
                "order_key": arrival.item.order_key,
                "payload": json.dumps(arrival.item.payload),
                "state": "new",
                "attempts": 0,
                "received_at": now,
                "about": arrival.item.about,
            }
            for (channel_id, event_id), arrival in in_lock_order(rows)
        ],
    )
    return {(channel_id, event_id): row_id for channel_id, event_id, row_id in inserted}


@cache
def _insertion(dialect: str) -> ReturningInsert[int, str, int]:
    """Return the insert of raw items, built once: it stands on the way of every message."""
    return (
        dialect_insert(dialect, RawRow)
        .on_conflict_do_nothing(index_elements=["channel_id", "event_id"])
        .returning(RawRow.channel_id, RawRow.event_id, RawRow.id)
    )


def _known(session: Session, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    if not keys:
        return {}
    found = session.execute(
        select(RawRow.channel_id, RawRow.event_id, RawRow.id).where(
            one_of((RawRow.channel_id, RawRow.event_id), keys)
        )
    )
    return {(channel_id, event_id): row_id for channel_id, event_id, row_id in found}


def _store_files(session: Session, items: Sequence[tuple[int, RawItem]], now: datetime) -> None:
    files = [
        (row_id, place, file) for row_id, item in items for place, file in enumerate(item.files)
    ]
    if not files:
        return
    blobs = attachments.store(session, [file.content for *_, file in files], now=now)
    session.execute(
        insert(session, RawItemFile),
        [
            {
                "raw_item_id": row_id,
                "position": place,
                "name": file.name,
                "declared_type": file.declared_type,
                "blob_id": blob_id,
            }
            for (row_id, place, file), blob_id in zip(files, blobs, strict=True)
        ],
    )


def _await_files(session: Session, items: Sequence[tuple[int, Arrival]], now: datetime) -> None:
    rows = [
        {"raw_item_id": row_id, "channel_id": arrival.channel_id, "tries": 0, "due_at": now}
        for row_id, arrival in items
        if arrival.item.awaits
    ]
    if rows:
        session.execute(insert(session, AwaitedFile), rows)


def _tasks(arrivals: Sequence[Arrival], now: datetime) -> Iterator[work.Task]:
    urgent = {
        (arrival.channel_id, arrival.item.order_key) for arrival in arrivals if arrival.urgent
    }
    for arrival in arrivals:
        thread = arrival.channel_id, arrival.item.order_key
        yield work.Task(*thread, due_at=work.urgent(now) if thread in urgent else now + QUIET)


def _answers(
    arrivals: Sequence[Arrival], ids: dict[tuple[int, str], int], fresh: set[tuple[int, str]]
) -> Iterator[Stored]:
    for arrival in arrivals:
        key = _key(arrival)
        yield Stored(ids[key], duplicate=key not in fresh)
        fresh.discard(key)
