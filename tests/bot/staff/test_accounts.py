"""Accounts, sessions and API tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.audit.models import AuditEntry
from bot.audit.service import CLI, Actor, ActorKind
from bot.db.engine import Database
from bot.errors import InvalidError, NotFoundError
from bot.staff import login, queries
from bot.staff import service as staff
from bot.staff.models import StaffSession
from bot.staff.service import LastAdminError, UsernameTakenError
from bot.staff.states import Role, StaffLanguage
from tests.bot.staff.support import NOW, create, create_office, log_in

ADMIN = Actor(ActorKind.USER, 1)


def change(
    database: Database,
    user_id: int,
    *,
    role: Role = Role.MANAGER,
    office_id: int | None = None,
    active: bool = True,
) -> None:
    with database.unit_of_work() as session:
        staff.change_user(
            session,
            ADMIN,
            user_id,
            now=NOW,
            display_name="Jonas",
            email=None,
            role=role,
            office_id=office_id,
            language=StaffLanguage.DE,
            active=active,
        )


def test_a_user_name_is_taken_however_it_is_written(database: Database) -> None:
    create(database, "jonas")
    with pytest.raises(UsernameTakenError):
        create(database, "\uff2aONAS")
    create(database, "mira")
    with database.read() as session:
        found = queries.find_user(session, "Mira ")
        assert found is not None
        assert [row.username for row in queries.list_users(session)] == ["jonas", "mira"]


@pytest.mark.parametrize("username", ["", "  ", "a" * 81, "a\x00b", "a\nb"])
def test_a_bad_user_name_is_refused(database: Database, username: str) -> None:
    with pytest.raises(InvalidError) as caught:
        create(database, username)
    assert caught.value.field == "username"


def test_the_office_role_needs_an_office_that_exists(database: Database) -> None:
    office_id = create_office(database)
    for wrong in (None, office_id + 1):
        with pytest.raises(InvalidError) as caught:
            create(database, role=Role.OFFICE, office_id=wrong)
        assert caught.value.field == "office_id"
    create(database, role=Role.OFFICE, office_id=office_id)
    assert log_in(database).user.office_id == office_id


def test_a_change_is_audited_by_field_names(database: Database) -> None:
    user_id = create(database)
    change(database, user_id, role=Role.VIEWER)
    change(database, user_id, role=Role.VIEWER)

    with database.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "user.changed")
        ).all()
    assert [(entry.subject_id, entry.fields) for entry in entries] == [(user_id, ["role"])]
    assert entries[0].actor_id == 1


def test_a_deactivated_account_is_out_at_once(database: Database) -> None:
    user_id = create(database)
    opened = log_in(database)
    with database.unit_of_work() as session:
        token = staff.create_api_token(session, CLI, user_id, "Skript", now=NOW)

    change(database, user_id, active=False)

    assert login.current_user(database, opened.token, now=NOW) is None
    assert login.current_api_user(database, token, now=NOW) is None
    change(database, user_id, active=True)
    assert login.current_user(database, opened.token, now=NOW) is None
    assert login.current_api_user(database, token, now=NOW) is None


def test_the_last_admin_stays(database: Database) -> None:
    first = create(database, "anna", role=Role.ADMIN)
    second = create(database, "bert", role=Role.ADMIN)
    change(database, first, role=Role.VIEWER)
    for role, active in ((Role.MANAGER, True), (Role.ADMIN, False)):
        with pytest.raises(LastAdminError):
            change(database, second, role=role, active=active)


def test_a_session_slides_for_twelve_hours_and_ends_after_seven_days(database: Database) -> None:
    create(database)
    token = log_in(database).token
    moment, last = NOW, None
    while user := login.current_user(database, token, now=moment):
        last, moment = moment, moment + timedelta(hours=11)
        assert user.name == "Jonas"
    assert last is not None
    assert timedelta(days=6, hours=12) < last - NOW < timedelta(days=7)

    token = log_in(database, now=moment).token
    assert login.current_user(database, token, now=moment + timedelta(hours=12)) is None


def test_reading_a_session_seldom_writes(database: Database) -> None:
    create(database)
    token = log_in(database).token
    for minutes, seen in ((1, 0), (4, 0), (5, 5), (9, 5), (10, 10)):
        login.current_user(database, token, now=NOW + timedelta(minutes=minutes))
        with database.read() as session:
            row = session.scalars(select(StaffSession)).one()
        assert row.last_seen_at == NOW + timedelta(minutes=seen)


@pytest.mark.parametrize("token", [None, "", "x", "'; DROP TABLE user; --", "\x00", "ä" * 5000])
def test_a_forged_token_is_nobody(database: Database, token: str | None) -> None:
    create(database)
    log_in(database)
    assert login.current_user(database, token, now=NOW) is None
    assert login.current_api_user(database, token, now=NOW) is None


def test_sessions_are_listed_and_ended_one_by_one(database: Database) -> None:
    user_id = create(database)
    first, second = log_in(database), log_in(database, client=None)
    assert first.user.session_id is not None
    assert second.user.session_id is not None
    with database.read() as session:
        rows = queries.list_sessions(session, user_id, now=NOW, current_id=second.user.session_id)
    assert [(row.client, row.current) for row in rows] == [("other", True), ("Firefox", False)]

    for _ in range(2):  # the second time changes nothing
        with database.unit_of_work() as session:
            staff.revoke_session(session, ADMIN, first.user.session_id, user_id=user_id, now=NOW)
    assert login.current_user(database, first.token, now=NOW) is None
    assert login.current_user(database, second.token, now=NOW) is not None
    with pytest.raises(NotFoundError), database.unit_of_work() as session:
        staff.revoke_session(session, ADMIN, second.user.session_id, user_id=user_id + 1, now=NOW)
    with database.unit_of_work() as session:
        assert staff.revoke_all(session, ADMIN, user_id, now=NOW) == 1
    assert login.current_user(database, second.token, now=NOW) is None


def test_an_api_token_works_until_it_is_revoked(database: Database) -> None:
    user_id = create(database, must_change_password=True)
    with database.unit_of_work() as session:
        token = staff.create_api_token(session, CLI, user_id, "Auswertung", now=NOW)
    assert token.startswith("sd_")

    user = login.current_api_user(database, token, now=NOW + timedelta(hours=2))
    assert user is not None
    assert (user.id, user.session_id, user.csrf) == (user_id, None, "")
    assert login.current_user(database, token, now=NOW) is None
    with database.read() as session:
        (row,) = queries.list_api_tokens(session, user_id)
    assert row.last_used_at == NOW + timedelta(hours=2)

    with database.unit_of_work() as session:
        staff.revoke_api_token(session, ADMIN, row.id, now=NOW)
    assert login.current_api_user(database, token, now=NOW) is None
    with database.read() as session:
        assert queries.list_api_tokens(session, user_id) == []
