"""Accounts on a platform that is not there, for the tests of this folder."""

from pathlib import Path

from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI
from bot.channels.models import Channel, ChannelHealth
from bot.channels.probe import Caretaker, House
from bot.db.engine import Database
from connectors.base import Standing
from tests.fakes.clock import NOON
from tests.fakes.platform import Foreign, Platform

KEY = b"k" * 32
PASSWORD = "correct-horse"
TOKEN = "syt_renewed"
GIVEN = {
    "homeserver": "https://matrix.example.org",
    "user_id": "@stadt:example.org",
    "password": PASSWORD,
}
LOGGED_IN = Standing(name="Stadt", renewed={"access_token": TOKEN, "device_id": "DEVICE"})


def caretaker(database: Database, platform: Platform, folder: Path) -> Caretaker:
    house = House(KEY, folder)
    return Caretaker(database, Foreign(platform), house, CLI, lambda: NOON, 0.05)


def row(database: Database, slug: str) -> Channel:
    with database.read() as session:
        return session.scalars(select(Channel).where(Channel.slug == slug)).one()


def health_of(database: Database, slug: str) -> ChannelHealth | None:
    with database.read() as session:
        wanted = select(ChannelHealth).join(Channel, Channel.id == ChannelHealth.channel_id)
        return session.scalars(wanted.where(Channel.slug == slug)).one_or_none()


def audited(database: Database) -> list[tuple[str, list[str]]]:
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(entry.action, [str(name) for name in entry.fields]) for entry in entries]
