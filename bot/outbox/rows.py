"""The rows behind a sender: which part of a thread is next, and what became of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import and_, func, literal, select, update
from sqlalchemy.orm import Session

from bot.attachments.service import ReadyFile
from bot.channels.models import Channel
from bot.contacts.models import Identity
from bot.db.base import Instant
from bot.db.bulk import update_rows
from bot.events import service as events
from bot.events.service import Change
from bot.inbox.models import Conversation, Message
from bot.inbox.states import AuthorKind
from bot.outbox import acts
from bot.outbox.models import Delivery
from bot.outbox.rules import Verdict
from bot.outbox.service import order_key
from bot.outbox.states import OPEN, DeliveryState
from bot.tickets import references
from bot.tickets.models import Ticket
from bot.work import service as work
from bot.work.service import Claim
from bot.work.states import Lane
from connectors.base import Button, OutboundPart, RawFile
from connectors.capabilities import Act, Visibility
from nlp import language

# Nothing waits so long: a clock has jumped back since the time was written.
_ABSURD_WAIT = timedelta(hours=2)
_MUTE = {"synchronize_session": False}

_RECIPIENT = (  # the citizen, as the platform names them
    select(Identity.external_id)
    .where(
        Identity.contact_id == Conversation.contact_id,
        Identity.channel_id == Conversation.channel_id,
    )
    .order_by(Identity.id)
    .limit(1)
    .scalar_subquery()
    .label("recipient")
)

Thread = tuple[int, str]  # channel id, order key


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is about to be sent, as it was before this attempt."""

    id: int
    channel_id: int
    message_id: int
    visibility: Visibility
    thread: str
    act: Act
    target: str | None
    key: str
    state: DeliveryState
    attempts: int
    maybe_sent: bool
    first_tried_at: datetime | None
    text: str
    attachment_id: int | None
    buttons: list[object]
    in_reply_to: str | None
    due_at: datetime
    conversation_id: int
    author: AuthorKind
    recipient: str | None
    spoken: str | None
    ticket_number: str | None
    ticket_token: str | None = field(repr=False)

    @property
    def line(self) -> Thread:
        """The thread whose order this part keeps."""
        return self.channel_id, order_key(self.visibility, self.thread)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may have arrived already: nobody knows, or the process ended meanwhile."""
        done_before = self.maybe_sent or self.state is DeliveryState.SENDING
        return done_before and self.act is Act.POST  # the other acts, done twice, are done once


def start(
    session: Session, claims: Sequence[Claim], lane: Lane, now: datetime
) -> tuple[list[Part], list[Claim]]:
    """Mark the next open part of each thread as sending; return them, and what has none.

    A part that waits for its time holds back those behind it; `unconfirmed` and `dead` do not.
    """
    threads = {(claim.channel_id, claim.order_key): claim for claim in claims}
    parts = [part for part in _first_open(session, threads, lane) if part.line in threads]
    early = [
        part
        for part in parts
        if part.state is DeliveryState.RETRY and now < part.due_at <= now + _ABSURD_WAIT
    ]
    work.postpone(session, [(threads[part.line], part.due_at) for part in early])
    ready = [part for part in parts if part not in early]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([part.id for part in ready]))
        .values(
            state=DeliveryState.SENDING,
            first_tried_at=func.coalesce(Delivery.first_tried_at, literal(now, Instant())),
        )
        .execution_options(**_MUTE)
    )
    busy = {part.line for part in parts}
    return ready, [claim for thread, claim in threads.items() if thread not in busy]


def _first_open(session: Session, threads: dict[Thread, Claim], lane: Lane) -> Iterator[Part]:
    if not threads:
        return
    first = (
        select(func.min(Delivery.id))
        .where(
            Delivery.channel_id.in_({channel for channel, _ in threads}),
            Delivery.thread.in_({key.partition(":")[2] for _, key in threads}),
            Delivery.state.in_(OPEN),
            Delivery.sent_at.is_(None),  # for the index
            Delivery.lane == lane,
        )
        .group_by(Delivery.channel_id, Delivery.visibility, Delivery.thread)
    )
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.channel_id,
            Delivery.message_id,
            Delivery.visibility,
            Delivery.thread,
            Delivery.act,
            Delivery.target,
            Delivery.key,
            Delivery.state,
            Delivery.attempts,
            Delivery.maybe_sent,
            Delivery.first_tried_at,
            Delivery.text,
            Delivery.attachment_id,
            Delivery.buttons,
            Delivery.in_reply_to,
            Delivery.due_at,
            Message.conversation_id,
            Message.author_kind.label("author"),
            _RECIPIENT,
            Conversation.language.label("spoken"),
            Ticket.number.label("ticket_number"),
            Ticket.token.label("ticket_token"),
        )
        .join(Message, Message.id == Delivery.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(  # its own: who has come to it from elsewhere is told nothing of it
            Ticket,
            and_(Ticket.id == Conversation.ticket_id, Ticket.conversation_id == Conversation.id),
        )
        .where(Delivery.id.in_(first))
        .order_by(Delivery.id)
    )
    for row in rows.mappings():
        yield Part(**row)


def hold_channels(session: Session, ids: Collection[int]) -> None:
    """Lock channels until the commit, as whoever stops or removes one does: before their work."""
    session.execute(
        select(Channel.id)
        .where(Channel.id.in_(ids))
        .order_by(Channel.id)
        .with_for_update(key_share=True)
    )


def store(session: Session, verdicts: Sequence[tuple[Part, Verdict]], now: datetime) -> None:
    """Write down what became of the parts; what was sent gets its number in the channel."""
    if not verdicts:
        return
    sent = [part for part, verdict in verdicts if verdict.state is DeliveryState.SENT]
    acts.carry_out(session, [part for part in sent if part.act is not Act.POST], now=now)
    numbers = _numbers(session, sent, now)
    update_rows(
        session,
        Delivery,
        [
            {
                "id": part.id,
                "state": verdict.state,
                "attempts": part.attempts + verdict.tried,
                "maybe_sent": verdict.maybe_sent,
                "due_at": verdict.due_at or part.due_at,
                "seq": numbers.get(part.id),
                "native_id": verdict.native_id,
                "error_code": verdict.error_code,
                "error": verdict.error,
                "sent_at": now if part.id in numbers else None,
            }
            for part, verdict in verdicts
        ],
    )
    changed = sorted({part.conversation_id for part, _ in verdicts})
    events.publish(session, [Change("delivery.changed", key) for key in changed], now=now)


def _numbers(session: Session, sent: Sequence[Part], now: datetime) -> dict[int, int]:
    """Give the sent parts of a channel their numbers; its row lock makes them commit in order."""
    numbers: dict[int, int] = {}
    for channel_id in sorted({part.channel_id for part in sent}):
        ids = [part.id for part in sent if part.channel_id == channel_id]
        last = session.execute(
            update(Channel)
            .where(Channel.id == channel_id)
            .values(feed_seq=Channel.feed_seq + len(ids), last_out_at=now)
            .returning(Channel.feed_seq)
            .execution_options(**_MUTE)
        ).scalar_one()
        numbers |= dict(zip(ids, count(last - len(ids) + 1)))
    return numbers


def outbound(part: Part, file: ReadyFile | None) -> OutboundPart:
    """Return the part as the connectors know it."""
    return OutboundPart(
        thread=part.thread,
        visibility=part.visibility,
        text=part.text,
        buttons=tuple(
            Button(str(button["id"]), str(button["label"]))
            for button in part.buttons
            if isinstance(button, dict)
        ),
        in_reply_to=part.in_reply_to,
        recipient=part.recipient,
        automatic=part.author is AuthorKind.ASSISTANT and part.in_reply_to is not None,
        file=RawFile(file.name, file.media_type, file.content) if file else None,
        act=part.act,
        target=part.target,
        language=_language(part),
        reference=_reference(part),
        repeated=part.is_doubtful,
    )


def _language(part: Part) -> str | None:
    """Return what the text is in: colleagues do not always write as the citizen does."""
    found = language.detect(part.text, part.spoken) if part.text else language.UNKNOWN
    return None if found == language.UNKNOWN else found


def _reference(part: Part) -> str | None:
    if part.visibility is not Visibility.PRIVATE or not part.ticket_number or not part.ticket_token:
        return None
    return references.reference(part.ticket_number, part.ticket_token)
