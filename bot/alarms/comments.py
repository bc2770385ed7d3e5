"""Many who disapprove below one post of the city's own: one alarm per post, whose count rises."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from bot.alarms import rules
from bot.alarms import service as alarms
from bot.alarms.models import Alarm
from bot.alarms.states import AlarmKind, AlarmState, Subject, SubjectKind
from bot.db.bulk import one_of
from bot.inbox.models import Message

Post = tuple[int, str]  # channel, native id


@dataclass(frozen=True, slots=True)
class Mood:
    """How many people have commented on a post lately, and how many of them disapprove."""

    people: int
    negative: int


def note(session: Session, posts: Iterable[Post], *, now: datetime) -> None:
    """Raise the alarm of each of these posts on which many disapprove.

    One that stands only counts: who has acknowledged it is not called again for every comment.
    """
    moods = _moods(session, set(posts), now)
    loud = {
        post: mood for post, mood in moods.items() if rules.is_outcry(mood.negative, mood.people)
    }
    known = _first_comments(session, loud, now) | _standing(session, loud)
    for first, post in sorted((key, post) for post, key in known.items()):
        subject = Subject(SubjectKind.POST, first)
        alarms.raise_once(
            session, AlarmKind.NEGATIVE_COMMENTS, subject, loud[post].negative, now=now
        )


def quiet(session: Session, firsts: Iterable[int], *, now: datetime) -> set[int]:
    """Return below which posts, named by their first comments, nobody disapproves any more."""
    wanted = set(firsts)
    if not wanted:
        return set()
    rows = session.execute(
        select(Message.id, Message.channel_id, Message.below).where(Message.id.in_(wanted))
    )
    posts = {row.id: (row.channel_id, row.below or "") for row in rows}
    moods = _moods(session, set(posts.values()), now)
    loud = {key for key, post in posts.items() if post in moods and moods[post].negative}
    return wanted - loud


def _moods(session: Session, posts: Iterable[Post], now: datetime) -> dict[Post, Mood]:
    """Count people by their conversations: below one post everybody has one."""
    wanted = sorted(posts)
    if not wanted:
        return {}
    rows = session.execute(
        select(
            Message.channel_id,
            Message.below,
            func.count(distinct(Message.conversation_id)),
            func.count(distinct(case((Message.negative, Message.conversation_id)))),
        )
        .where(
            one_of((Message.channel_id, Message.below), wanted),
            Message.below.is_not(None),  # for the index
            Message.created_at > now - rules.COMMENTS_WITHIN,
            Message.deleted_at.is_(None),
        )
        .group_by(Message.channel_id, Message.below)
    )
    return {
        (channel_id, below or ""): Mood(people, negative)
        for channel_id, below, people, negative in rows
    }


def _standing(session: Session, posts: Iterable[Post]) -> dict[Post, int]:
    """Return by which comment the standing alarms of these posts are known.

    It is not always the first that is still there: that one may have been erased, or another.
    """
    wanted = sorted(posts)
    if not wanted:
        return {}
    rows = session.execute(
        select(Message.channel_id, Message.below, Message.id)
        .join(Alarm, Alarm.subject_id == Message.id)
        .where(
            Alarm.kind == AlarmKind.NEGATIVE_COMMENTS,
            Alarm.subject_kind == SubjectKind.POST,
            Alarm.state != AlarmState.RESOLVED,
            one_of((Message.channel_id, Message.below), wanted),
        )
        .order_by(Message.id)
    )
    return {(channel_id, below or ""): key for channel_id, below, key in rows}


def _first_comments(session: Session, posts: Iterable[Post], now: datetime) -> dict[Post, int]:
    wanted = sorted(posts)
    if not wanted:
        return {}
    rows = session.execute(
        select(Message.channel_id, Message.below, func.min(Message.id))
        .where(
            one_of((Message.channel_id, Message.below), wanted),
            Message.below.is_not(None),  # for the index
            Message.created_at > now - rules.COMMENTS_WITHIN,
        )
        .group_by(Message.channel_id, Message.below)
    )
    return {(channel_id, below or ""): first for channel_id, below, first in rows}
