"""States of a delivery."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """queued -> sending -> sent | retry | unconfirmed | dead; a person may requeue the last two."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    UNCONFIRMED = "unconfirmed"
    DEAD = "dead"


STUCK = (DeliveryState.UNCONFIRMED, DeliveryState.DEAD)
SETTLED = "settled"  # the error code of a stuck part that a person has put aside
OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRY)
