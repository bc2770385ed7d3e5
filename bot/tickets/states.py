"""The states, kinds and priorities of a ticket."""

from enum import StrEnum


class TicketStatus(StrEnum):
    """The life cycle as staff see it; `rules.TRANSITIONS` says what may follow what."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    PLANNED = "planned"
    WAITING_FOR_CITIZEN = "waiting_for_citizen"
    FORWARDED_EXTERNAL = "forwarded_external"
    RESOLVED = "resolved"
    NOT_RESPONSIBLE = "not_responsible"
    NOT_SOLVABLE = "not_solvable"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class CitizenState(StrEnum):
    """The six plain states a citizen reads."""

    RECEIVED = "received"
    WITH_OFFICE = "with_office"
    IN_PROGRESS = "in_progress"
    NEEDS_YOU = "needs_you"
    DONE = "done"
    MERGED = "merged"


class StatusGroup(StrEnum):
    """The columns of the desk's board, and `open` for all of them but the last."""

    OPEN = "open"
    NEW = "new"
    WITH_OFFICE = "with_office"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CLOSED = "closed"


class TicketKind(StrEnum):
    """What the citizen wanted."""

    REPORT = "report"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    DATA_REQUEST = "data_request"


class TicketOrigin(StrEnum):
    """How a ticket came in."""

    CONVERSATION = "conversation"
    FORM = "form"
    PHONE = "phone"
    COUNTER = "counter"


class Priority(StrEnum):
    """`raised` where people may be in danger."""

    NORMAL = "normal"
    RAISED = "raised"


class TicketEventKind(StrEnum):
    """What a line of a ticket's history records."""

    CREATED = "created"
    STATUS = "status"
    MESSAGE = "message"
    NOTE = "note"
    ASSIGNED = "assigned"
