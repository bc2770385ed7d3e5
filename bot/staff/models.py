"""Accounts, second factors, sessions, API tokens and rate limits."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, Key, Retention, choice, partial_index
from bot.staff.states import Role, StaffLanguage


class User(Base):
    """A member of the staff; citizens are contacts, never users. `username` is stored folded."""

    __tablename__ = "user"
    __plain__ = (
        "id",
        "role",
        "office_id",
        "language",
        "active",
        "must_change_password",
        "created_at",
    )
    __personal__ = {
        "username": Retention.STAFF,
        "display_name": Retention.STAFF,
        "email": Retention.STAFF,
        "password_hash": Retention.STAFF,
        "last_login_at": Retention.STAFF,
    }

    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(80), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(choice(Role))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    language: Mapped[StaffLanguage] = mapped_column(choice(StaffLanguage), default=StaffLanguage.DE)
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class SecondFactor(Base):
    """An authenticator app (RFC 6238). `secret` is sealed; `last_step` was the last one used.

    Until `confirmed_at` it is being set up, and log-in does not ask for it.
    """

    __tablename__ = "second_factor"
    __plain__ = ("user_id", "last_step", "created_at", "confirmed_at")
    __personal__ = {"secret": Retention.STAFF}

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id"), primary_key=True, autoincrement=False
    )
    secret: Mapped[str] = mapped_column(Text)
    last_step: Mapped[int]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code for who has lost the authenticator: only its hash, gone when it is used."""

    __tablename__ = "recovery_code"
    __plain__ = ("id", "user_id", "code_hash")

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)


class StaffSession(Base):
    """A log-in. Only the hash of its token is kept; `client` is a browser family, no more."""

    __tablename__ = "staff_session"
    __plain__ = ("id", "user_id", "token_hash", "csrf", "expires_at", "revoked_at")
    __personal__ = {
        "created_at": Retention.STAFF,
        "last_seen_at": Retention.STAFF,
        "client": Retention.STAFF,
    }
    __table_args__ = (
        Index("ix_staff_session_expires_at", "expires_at"),
        partial_index("ix_staff_session_revoked", "revoked_at", where="revoked_at IS NOT NULL"),
    )

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    client: Mapped[str] = mapped_column(String(40))


class ApiToken(Base):
    """A program's way in, with the rights of its user. Only the hash of the token is kept."""

    __tablename__ = "api_token"
    __plain__ = ("id", "user_id", "name", "token_hash", "created_at", "last_used_at", "revoked_at")

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RateLimit(Base):
    """How often something happened in a window. The key is a keyed hash: no address is stored."""

    __tablename__ = "rate_limit"
    __plain__ = ("window_start", "count")
    __personal__ = {"key_hash": Retention.SHORT}
    __table_args__ = (Index("ix_rate_limit_window_start", "window_start"),)

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
