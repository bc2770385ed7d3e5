"""The feed of a channel whose clients fetch their replies: what was sent, in order."""

from pydantic import BaseModel
from sqlalchemy import select, update

from bot.channels.models import Channel
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.outbox.models import Delivery

_PAGE = 100


class FeedButton(BaseModel):
    """A choice offered with a reply."""

    id: str
    label: str


class FeedReply(BaseModel):
    """One part that was sent; `cursor` stands behind it."""

    cursor: str
    delivery_id: str
    thread: str
    in_reply_to: str | None
    text: str
    buttons: list[FeedButton]


class Feed(BaseModel):
    """A page of replies; `cursor` acknowledges all of it when it comes back."""

    replies: list[FeedReply]
    cursor: str


def acknowledge(database: Database, channel_id: int, seen: int | None) -> None:
    """Remember how far the client has read; raises `InvalidError` for a cursor never given."""
    if seen is None:
        return
    with database.read() as session:
        known = session.execute(
            select(Channel.feed_seq, Channel.acked_seq).where(Channel.id == channel_id)
        ).one()
    if seen > known.feed_seq:
        raise InvalidError("after: this is not a cursor of this channel", field="after")
    if seen > known.acked_seq:
        with database.unit_of_work() as session:
            session.execute(
                update(Channel)
                .where(Channel.id == channel_id, Channel.acked_seq < seen)
                .values(acked_seq=seen)
            )


def read(database: Database, channel_id: int, seen: int | None) -> Feed:
    """Return what was sent behind `seen`, or behind what was last acknowledged."""
    with database.read() as session:
        if seen is None:
            seen = session.execute(
                select(Channel.acked_seq).where(Channel.id == channel_id)
            ).scalar_one()
        rows = session.execute(
            select(
                Delivery.seq,
                Delivery.key,
                Delivery.thread,
                Delivery.in_reply_to,
                Delivery.text,
                Delivery.buttons,
            )
            .where(Delivery.channel_id == channel_id, Delivery.seq > seen)
            .order_by(Delivery.seq)
            .limit(_PAGE)
        ).all()
    replies = [
        FeedReply(
            cursor=str(row.seq),
            delivery_id=row.key,
            thread=row.thread,
            in_reply_to=row.in_reply_to,
            text=row.text,
            buttons=[FeedButton.model_validate(button) for button in row.buttons],
        )
        for row in rows
    ]
    return Feed(replies=replies, cursor=replies[-1].cursor if replies else str(seen))
