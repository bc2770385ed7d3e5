"""Kinds, subjects and states of alarms; levels, ways and states of their notices."""

from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """What has happened."""

    EMERGENCY = "emergency"  # a citizen tells of danger
    DELIVERY_FAILED = "delivery_failed"  # parts that are dead or unconfirmed
    CHANNEL_SILENT = "channel_silent"  # the platform has not answered for long
    CHANNEL_LOGIN = "channel_login"  # the channel's log-in is no longer valid
    LOG_INS_FAILED = "log_ins_failed"  # somebody tries passwords on a staff account
    QUEUE_STUCK = "queue_stuck"  # work that is due and that nobody takes
    BACKUP_FAILED = "backup_failed"
    DISK_FULL = "disk_full"  # nearly
    NEGATIVE_COMMENTS = "negative_comments"  # many people disapprove below one post of ours
    PROCESS_GONE = "process_gone"  # dead or frozen, and none of its role in its place
    TEST = "test"


class SubjectKind(StrEnum):
    """What an alarm is about; those below the first five exist once and have no key."""

    CONVERSATION = "conversation"
    TICKET = "ticket"
    CHANNEL = "channel"
    USER = "user"
    POST = "post"  # one of ours, by a comment below it
    INBOUND = "inbound"  # the three lanes
    OUTBOUND = "outbound"
    BULK = "bulk"
    DATA_FOLDER = "data_folder"
    DATABASE_FOLDER = "database_folder"
    BACKUP = "backup"
    CITY = "city"
    PROCESS_ALL = "process_all"  # the five roles
    PROCESS_WEB = "process_web"
    PROCESS_WORKER = "process_worker"
    PROCESS_CONNECTORS = "process_connectors"
    PROCESS_SCHEDULER = "process_scheduler"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What an alarm is about; `id` is the row's key, 0 where there is only one."""

    kind: SubjectKind
    id: int = 0


class AlarmState(StrEnum):
    """open -> acknowledged -> resolved; raised again, an acknowledged one is open again."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Level(StrEnum):
    """Who is told at once, and who when nobody has acknowledged."""

    FIRST = "first"
    ESCALATION = "escalation"


class Way(StrEnum):
    """How somebody is told."""

    DESK = "desk"
    EMAIL = "email"
    WEBHOOK = "webhook"


class NoticeState(StrEnum):
    """queued -> sending -> sent | queued again | failed."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
