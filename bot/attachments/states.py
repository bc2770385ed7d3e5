"""States of an attachment."""

from enum import StrEnum


class AttachmentState(StrEnum):
    """Whether an attachment may be shown."""

    READY = "ready"
    REJECTED = "rejected"
