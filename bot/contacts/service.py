"""Finding or making the contacts behind what came in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.contacts.models import Contact, Identity
from bot.db.bulk import insert, one_of

_LONGEST_NAME = 200

Handle = tuple[int, str]  # channel id, external id


@dataclass(frozen=True, slots=True)
class Known:
    """An identity with its contact."""

    id: int
    contact_id: int
    name: str | None
    introduced: bool


def identify(
    session: Session, people: Mapping[Handle, str | None], *, now: datetime
) -> dict[Handle, Known]:
    """Return the identity of each handle, made where it is new; values are names, if given."""
    people = {handle: name[:_LONGEST_NAME] if name else None for handle, name in people.items()}
    known = find(session, list(people))
    _rename(session, known, people)
    missing = {handle: name for handle, name in people.items() if handle not in known}
    if missing:
        _make(session, missing, now)
        known |= find(session, list(missing))
    return known


def find(session: Session, handles: list[Handle]) -> dict[Handle, Known]:
    """Return the identities there are among `handles`."""
    if not handles:
        return {}
    rows = session.execute(
        select(
            Identity.channel_id,
            Identity.external_id,
            Identity.id,
            Identity.contact_id,
            Identity.name,
            Identity.introduced_at,
        ).where(one_of((Identity.channel_id, Identity.external_id), handles))
    )
    return {
        (channel_id, external_id): Known(row_id, contact_id, name, introduced_at is not None)
        for channel_id, external_id, row_id, contact_id, name, introduced_at in rows
    }


def introduce(session: Session, identity_ids: list[int], *, now: datetime) -> None:
    """Remember that the assistant has said what it is."""
    if identity_ids:
        session.execute(
            update(Identity)
            .where(Identity.id.in_(identity_ids))
            .values(introduced_at=now)
            .execution_options(synchronize_session=False)
        )


def _make(session: Session, people: Mapping[Handle, str | None], now: datetime) -> None:
    handles = sorted(people)
    contact_ids = session.execute(
        insert(session, Contact).returning(Contact.id),
        [{"name": people[handle], "created_at": now} for handle in handles],
    ).scalars()
    pairs = dict(zip(contact_ids, handles, strict=True))
    taken = session.execute(
        insert(session, Identity)
        .on_conflict_do_nothing(index_elements=["channel_id", "external_id"])
        .returning(Identity.contact_id),
        [
            {
                "contact_id": contact_id,
                "channel_id": channel_id,
                "external_id": external_id,
                "name": people[channel_id, external_id],
                "created_at": now,
            }
            for contact_id, (channel_id, external_id) in pairs.items()
        ],
    ).scalars()
    if orphans := set(pairs) - set(taken):  # another thread met the same person first
        session.execute(
            delete(Contact)
            .where(Contact.id.in_(orphans))
            .execution_options(synchronize_session=False)
        )


def _rename(
    session: Session, known: Mapping[Handle, Known], people: Mapping[Handle, str | None]
) -> None:
    for handle, identity in known.items():
        name = people[handle]
        if name and name != identity.name:
            quiet = {"synchronize_session": False}
            session.execute(
                update(Identity)
                .where(Identity.id == identity.id)
                .values(name=name)
                .execution_options(**quiet)
            )
            session.execute(
                update(Contact)
                .where(Contact.id == identity.contact_id)
                .values(name=name)
                .execution_options(**quiet)
            )
