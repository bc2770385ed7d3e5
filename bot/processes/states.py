"""What a process does."""

from enum import StrEnum


class Role(StrEnum):
    """What a process does. On SQLite one process does it all."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"
    CONNECTORS = "connectors"
    SCHEDULER = "scheduler"
