"""Conversations, messages, revisions, understandings, drafts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from bot.db.base import Base, BigInt, Key, Retention, choice, partial_index
from bot.inbox import rules
from bot.inbox.states import (
    AuthorKind,
    ConversationStatus,
    Direction,
    DraftMode,
    Handler,
    Judgement,
    Offence,
)
from connectors.capabilities import Act, Visibility


class Conversation(Base):
    """One thread of one contact on a channel, private or public.

    `version` rises with every message and every change of hands; a reply carries the version its
    author saw. `dialogue` is the open question of the assistant. `office_id` is the office in
    charge of its newest ticket, `ticket_id`. `waiting_since` is set while a person has to answer;
    `needed_since` and `needed_rank` follow from it and from an emergency, which comes first.
    """

    __tablename__ = "conversation"
    __plain__ = (
        "id",
        "channel_id",
        "contact_id",
        "visibility",
        "status",
        "handler",
        "assignee_id",
        "office_id",
        "ticket_id",
        "language",
        "version",
        "unread",
        "emergency_at",
        "waiting_since",
        "needed_since",
        "needed_rank",
        "last_message_at",
        "last_inbound_at",
        "last_staff_at",
        "created_at",
    )
    __personal__ = {
        "thread": Retention.CONVERSATION,
        "preview": Retention.CONVERSATION,
        "dialogue": Retention.CONVERSATION,
    }
    __table_args__ = (
        UniqueConstraint("channel_id", "visibility", "thread", "contact_id"),
        Index("ix_conversation_status_last_message_at", "status", "last_message_at", "id"),
        Index("ix_conversation_channel_id", "channel_id", "status", "last_message_at", "id"),
        Index("ix_conversation_assignee_id", "assignee_id", "status", "last_message_at", "id"),
        partial_index(
            *("ix_conversation_office_id", "office_id", "status", "last_message_at", "id"),
            where="office_id IS NOT NULL",
        ),
        partial_index(
            "ix_conversation_unread", "status", "last_message_at", "id", where="unread > 0"
        ),
        partial_index(
            "ix_conversation_needed",
            *("status", "needed_rank", "needed_since", "id"),
            where="needed_since IS NOT NULL",
        ),
        Index("ix_conversation_handler_last_staff_at", "handler", "last_staff_at"),
        partial_index("ix_conversation_ticket_id", "ticket_id", where="ticket_id IS NOT NULL"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility))
    thread: Mapped[str] = mapped_column(String(255))
    status: Mapped[ConversationStatus] = mapped_column(
        choice(ConversationStatus), default=ConversationStatus.OPEN
    )
    handler: Mapped[Handler] = mapped_column(choice(Handler), default=Handler.ASSISTANT)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    ticket_id: Mapped[int | None] = mapped_column(BigInt)  # its newest; a ticket points back here
    language: Mapped[str | None] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0)
    preview: Mapped[str] = mapped_column(String(160), default="")
    dialogue: Mapped[dict[str, object] | None]
    emergency_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    needed_since: Mapped[datetime | None]
    needed_rank: Mapped[int] = mapped_column(server_default=text("1"))
    last_message_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime | None]
    last_staff_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @validates("emergency_at", "waiting_since")
    def _follow(self, name: str, value: datetime | None) -> datetime | None:
        times = {"emergency_at": self.emergency_at, "waiting_since": self.waiting_since}
        for column, following in rules.needed(**times | {name: value}).items():
            setattr(self, column, following)
        return value


class Message(Base):
    """A message, note or system line. `native_id` is the platform's name for it, fully scoped.

    `unread` names a content that nobody here can read, such as a sticker. `moderated`: the city has
    put it out of sight on the platform (`HIDE`), or deleted it there (`DELETE`). `offence` is what
    it is suspected of, for the words in `offence_words`; it stands in the moderation queue until a
    person has given the `judgement`, at `judged_at`. A comment stands `below` a post of the city's
    (its native id); `negative` tells whether it disapproves.
    """

    __tablename__ = "message"
    __plain__ = (
        "id",
        "conversation_id",
        "channel_id",
        "direction",
        "author_kind",
        "user_id",
        "reply_to_id",
        "unread",
        "moderated",
        "sent_at",
        "created_at",
        "edited_at",
        "deleted_at",
        "offence",
        "judgement",
        "judged_at",
        "negative",
    )
    __personal__ = {
        "native_id": Retention.CONVERSATION,
        "text": Retention.CONVERSATION,
        "offence_words": Retention.CONVERSATION,
        "below": Retention.CONVERSATION,
        "buttons": Retention.CONVERSATION,
        "lat": Retention.CONVERSATION,
        "lon": Retention.CONVERSATION,
    }
    __table_args__ = (
        UniqueConstraint("channel_id", "native_id"),
        Index("ix_message_conversation_id_id", "conversation_id", "id"),
        partial_index(
            "ix_message_suspected", "id", where="offence IS NOT NULL AND judgement IS NULL"
        ),
        partial_index("ix_message_judged", "judged_at", where="judged_at IS NOT NULL"),
        partial_index(
            "ix_message_below", "channel_id", "below", "created_at", where="below IS NOT NULL"
        ),
    )

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    direction: Mapped[Direction] = mapped_column(choice(Direction))
    author_kind: Mapped[AuthorKind] = mapped_column(choice(AuthorKind))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    native_id: Mapped[str | None] = mapped_column(String(520))
    text: Mapped[str] = mapped_column(Text)
    buttons: Mapped[list[object] | None]
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    unread: Mapped[str | None] = mapped_column(String(40))
    moderated: Mapped[Act | None] = mapped_column(choice(Act))
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    offence: Mapped[Offence | None] = mapped_column(choice(Offence))
    offence_words: Mapped[str | None] = mapped_column(String(400))
    judgement: Mapped[Judgement | None] = mapped_column(choice(Judgement))
    judged_at: Mapped[datetime | None]
    below: Mapped[str | None] = mapped_column(String(520))
    negative: Mapped[bool] = mapped_column(default=False, server_default=false())


class Reaction(Base):
    """A sign that a contact put on a message. `native_id` is the platform's name for the sign."""

    __tablename__ = "reaction"
    __plain__ = ("id", "message_id", "channel_id", "created_at")
    __personal__ = {
        "contact_id": Retention.CONVERSATION,
        "native_id": Retention.CONVERSATION,
        "symbol": Retention.CONVERSATION,
    }
    __table_args__ = (UniqueConstraint("channel_id", "native_id"),)

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    native_id: Mapped[str] = mapped_column(String(520))
    symbol: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class MessageRevision(Base):
    """A text that a message had before it was edited."""

    __tablename__ = "message_revision"
    __plain__ = ("id", "message_id", "replaced_at")
    __personal__ = {"text": Retention.CONVERSATION}

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime]


class TurnUnderstanding(Base):
    """Why the bot decided as it did: one row per turn, with evidence and model version.

    `message_id` is the last message of the turn, and `created_at` that of all of them. `doubt` is
    how unsure the model was where a person should look, `correction_id` what one said of it.
    """

    __tablename__ = "turn_understanding"
    __plain__ = (
        "id",
        "conversation_id",
        "message_id",
        "language",
        "intents",
        "category",
        "decision",
        "flags",
        "model",
        "outcome",
        "created_at",
        "doubt",
        "correction_id",
    )
    __personal__ = {"entities": Retention.CONVERSATION, "evidence": Retention.CONVERSATION}
    __table_args__ = (
        partial_index(
            *("ix_turn_understanding_doubted", "doubt", "id", "created_at"),
            where="doubt IS NOT NULL AND correction_id IS NULL",
        ),
        partial_index(
            *("ix_turn_understanding_correction_id", "correction_id"),
            where="correction_id IS NOT NULL",
        ),
    )

    id: Mapped[Key]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    intents: Mapped[list[object]]
    category: Mapped[list[object]]
    entities: Mapped[list[object]]
    evidence: Mapped[list[object]]
    flags: Mapped[list[object]]
    decision: Mapped[str] = mapped_column(String(20))
    model: Mapped[str] = mapped_column(String(80))
    outcome: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    doubt: Mapped[float | None]
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("correction.id"))


class Draft(Base):
    """An unsent text of a colleague, per conversation and mode."""

    __tablename__ = "draft"
    __plain__ = ("user_id", "conversation_id", "mode", "updated_at")
    __personal__ = {"text": Retention.CONVERSATION}

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id"), primary_key=True, index=True
    )
    mode: Mapped[DraftMode] = mapped_column(choice(DraftMode), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
