"""Writing the audit trail, in the transaction of the change itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from bot.audit.models import AuditEntry
from bot.db.bulk import insert


class ActorKind(StrEnum):
    """Who can change something."""

    USER = "user"
    CONTACT = "contact"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it; `id` is a user's or contact's key."""

    kind: ActorKind
    id: int | None = None


ASSISTANT = Actor(ActorKind.ASSISTANT)
SYSTEM = Actor(ActorKind.SYSTEM)
CLI = Actor(ActorKind.CLI)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail; `fields` are names, never values."""

    actor: Actor
    action: str
    subject_kind: str
    subject_id: int | None
    fields: tuple[str, ...] = ()


def record(session: Session, entries: Sequence[Entry], *, now: datetime) -> None:
    """Append `entries` to the trail."""
    if not entries:
        return
    session.execute(
        insert(session, AuditEntry),
        [
            {
                "at": now,
                "actor_kind": entry.actor.kind,
                "actor_id": entry.actor.id,
                "action": entry.action,
                "subject_kind": entry.subject_kind,
                "subject_id": entry.subject_id,
                "fields": list(entry.fields),
            }
            for entry in entries
        ],
    )


def note(
    session: Session,
    actor: Actor,
    action: str,
    subject_kind: str,
    subject_id: int | None,
    *fields: str,
    now: datetime,
) -> None:
    """Append one line to the trail."""
    record(session, [Entry(actor, action, subject_kind, subject_id, fields)], now=now)
