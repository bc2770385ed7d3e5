"""Reads for the pages about accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.offices.models import Office
from bot.staff import rules
from bot.staff.models import ApiToken, StaffSession, User
from bot.staff.states import Role, StaffLanguage


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account in the list."""

    id: int
    username: str
    display_name: str
    email: str | None
    role: Role
    office_id: int | None
    office_name: str | None
    language: StaffLanguage
    active: bool
    last_login_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A running session; `current` is the one that asks."""

    id: int
    client: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """An API token that works."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


def list_users(session: Session) -> list[UserRow]:
    """Return every account, active ones first, by name."""
    rows = session.execute(
        select(User, Office.name)
        .outerjoin(Office, Office.id == User.office_id)
        .order_by(User.active.desc(), User.display_name, User.id)
    )
    return [_user_row(user, office) for user, office in rows]


def find_user(session: Session, username: str) -> UserRow | None:
    """Return the account with this user name, however it is written."""
    folded = rules.fold(username)
    if not rules.is_username(folded):
        return None
    row = session.execute(
        select(User, Office.name)
        .outerjoin(Office, Office.id == User.office_id)
        .where(User.username == folded)
    ).one_or_none()
    return _user_row(*row) if row else None


def username(session: Session, user_id: int) -> str:
    """Return the user name of an account."""
    return session.scalars(select(User.username).where(User.id == user_id)).one()


def list_sessions(
    session: Session, user_id: int, *, now: datetime, current_id: int | None = None
) -> list[SessionRow]:
    """Return the running sessions of an account, the last used one first."""
    rows = session.scalars(
        select(StaffSession)
        .where(
            StaffSession.user_id == user_id,
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > now,
        )
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
    )
    return [
        SessionRow(row.id, row.client, row.created_at, row.last_seen_at, row.id == current_id)
        for row in rows
    ]


def list_api_tokens(session: Session, user_id: int) -> list[TokenRow]:
    """Return the working API tokens of an account."""
    rows = session.scalars(
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id)
    )
    return [TokenRow(row.id, row.name, row.created_at, row.last_used_at) for row in rows]


def _user_row(user: User, office_name: str | None) -> UserRow:
    return UserRow(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        email=user.email,
        role=user.role,
        office_id=user.office_id,
        office_name=office_name,
        language=user.language,
        active=user.active,
        last_login_at=user.last_login_at,
    )
