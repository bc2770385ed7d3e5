"""What the staff API answers and takes."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from bot.attachments.states import AttachmentState
from bot.inbox.queries import Row
from bot.inbox.service import MAX_TEXT
from bot.inbox.states import AuthorKind, ConversationStatus, Direction, Handler
from bot.inbox.thread import Entry
from bot.outbox.states import DeliveryState
from bot.tickets.desk import DeskEvent, DeskRow
from bot.tickets.inputs import TEXT_LIMIT
from bot.tickets.states import Priority, TicketEventKind, TicketKind, TicketStatus
from connectors.capabilities import Visibility

_VERSION = 2**31


class Problem(BaseModel):
    """Every error: a stable code, a sentence, and the field where there is one."""

    code: str
    message: str
    field: str | None = None


class Stale(BaseModel):
    """Somebody changed it meanwhile: nothing was done. `version` is the present one."""

    code: str
    message: str
    version: int


class ConversationItem(BaseModel):
    """A conversation in a list."""

    id: int
    contact_id: int
    name: str | None
    channel_kind: str
    channel_name: str
    visibility: Visibility
    status: ConversationStatus
    handler: Handler
    emergency: bool
    unread: int
    preview: str
    last_message_at: datetime
    waiting_since: datetime | None
    assignee_id: int | None
    assignee_name: str | None
    office_id: int | None
    ticket_number: str | None
    version: int

    @classmethod
    def of(cls, row: Row) -> "ConversationItem":
        """Return a row as it is answered."""
        names = set(cls.model_fields) - {"last_message_at"}
        values = {name: getattr(row, name) for name in names}
        return cls(last_message_at=row.time, **values)


class Conversations(BaseModel):
    """A page of conversations; `cursor` opens the next one, null at the end."""

    conversations: list[ConversationItem]
    cursor: str | None


class AttachmentItem(BaseModel):
    """A file of a message; only a ready one can be fetched."""

    id: int
    name: str
    media_type: str
    state: AttachmentState


class MessageItem(BaseModel):
    """A message, note or system line (whose text is a code such as `conversation.taken`)."""

    id: int
    direction: Direction
    author_kind: AuthorKind
    author_name: str | None
    text: str
    at: datetime
    edited: bool
    deleted: bool
    delivery_state: DeliveryState | None
    attachments: list[AttachmentItem]

    @classmethod
    def of(cls, entry: Entry) -> "MessageItem":
        """Return a message as it is answered."""
        files = [
            AttachmentItem(id=file.id, name=file.name, media_type=file.media_type, state=file.state)
            for file in entry.attachments
        ]
        names = set(cls.model_fields) - {"attachments"}
        return cls(attachments=files, **{name: getattr(entry, name) for name in names})


class Conversation(ConversationItem):
    """A conversation with its newest messages, oldest first.

    `before` fetches the messages before those, null where there are none.
    """

    messages: list[MessageItem]
    before: int | None


class NewReply(BaseModel):
    """A reply of the user; `version` is that of the conversation as they saw it."""

    model_config = ConfigDict(extra="ignore")
    text: StrictStr = Field(min_length=1, max_length=MAX_TEXT)
    version: StrictInt = Field(ge=0, lt=_VERSION)


class Replied(BaseModel):
    """The reply is on its way."""

    message_id: int
    version: int


class TicketItem(BaseModel):
    """A ticket in a list: what, where and how far."""

    number: str
    title: str
    place: str
    category_id: str
    category: str
    office_id: int
    office: str
    kind: TicketKind
    status: TicketStatus
    status_label: str
    priority: Priority
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: DeskRow) -> "TicketItem":
        """Return a row as it is answered."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class Tickets(BaseModel):
    """A page of tickets, newest first; `cursor` opens the next one, null at the end."""

    tickets: list[TicketItem]
    cursor: str | None


class TicketEventItem(BaseModel):
    """One line of a ticket's history."""

    at: datetime
    kind: TicketEventKind
    actor_kind: str
    status_from: TicketStatus | None
    status_to: TicketStatus | None
    office: str | None
    public_note: str | None
    internal_note: str | None
    citizen_text: str | None

    @classmethod
    def of(cls, event: DeskEvent) -> "TicketEventItem":
        """Return an event as it is answered."""
        return cls(**{name: getattr(event, name) for name in cls.model_fields})


class Ticket(TicketItem):
    """A ticket; `allowed` may follow. A company does not learn who reported it."""

    description: str
    district: str | None
    lat: float | None
    lon: float | None
    language: str | None
    allowed: list[TicketStatus]
    history: list[TicketEventItem]
    conversation_id: int | None
    reporter_name: str | None
    link: str | None


class NewStatus(BaseModel):
    """A status for a ticket as the user saw it; a closing one needs a public note."""

    model_config = ConfigDict(extra="ignore")
    status: TicketStatus
    public_note: StrictStr | None = Field(default=None, max_length=TEXT_LIMIT)
    internal_note: StrictStr | None = Field(default=None, max_length=TEXT_LIMIT)
    version: StrictInt = Field(ge=0, lt=_VERSION)


class StatusSet(BaseModel):
    """What the ticket has become; `told` when the citizen gets the news in private."""

    number: str
    status: TicketStatus
    version: int
    told: bool


class Found(BaseModel):
    """What matches a search, newest first."""

    conversations: list[ConversationItem]
    tickets: list[TicketItem]
