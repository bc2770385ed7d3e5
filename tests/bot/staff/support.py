"""An account to test with."""

from datetime import UTC, datetime
from functools import cache

from bot.audit.service import CLI
from bot.db.engine import Database
from bot.offices.models import Office
from bot.staff import login, passwords
from bot.staff import service as staff
from bot.staff.passwords import PasswordHash
from bot.staff.service import LogIn
from bot.staff.states import Role

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SECRET = b"k" * 32
PASSWORD = "drei blaue Fahrräder"


@cache
def known_hash() -> PasswordHash:
    return passwords.hash_password(PASSWORD)


def create(
    database: Database,
    username: str = "jonas",
    *,
    role: Role = Role.MANAGER,
    office_id: int | None = None,
    must_change_password: bool = False,
) -> int:
    with database.unit_of_work() as session:
        return staff.create_user(
            session,
            CLI,
            username=username,
            display_name=username.title(),
            role=role,
            office_id=office_id,
            password_hash=known_hash(),
            must_change_password=must_change_password,
            now=NOW,
        )


def create_office(database: Database, slug: str = "tbl") -> int:
    with database.unit_of_work() as session:
        office = Office(slug=slug, name=slug.upper(), created_at=NOW)
        session.add(office)
        session.flush()
        return office.id


def log_in(
    database: Database,
    username: str = "jonas",
    password: str = PASSWORD,
    *,
    address: str | None = "192.0.2.7",
    client: str | None = "Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0",
    now: datetime = NOW,
) -> LogIn:
    opened = login.authenticate(
        database, username, password, address=address, client=client, secret=SECRET, now=now
    )
    assert isinstance(opened, LogIn)
    return opened
