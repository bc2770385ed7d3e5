"""The outbox: nothing leaves the house except as a row here, attempt-tracked and keyed."""
