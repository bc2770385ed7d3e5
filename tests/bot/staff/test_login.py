"""Logging in: right and wrong passwords, limits, and what stays in the database."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import func, select, update

from bot.audit.models import AuditEntry
from bot.audit.service import CLI, ActorKind
from bot.db.engine import Database
from bot.staff import login, passwords
from bot.staff import service as staff
from bot.staff.limits import TooManyAttemptsError
from bot.staff.login import LogInFailedError
from bot.staff.models import RateLimit, StaffSession, User
from bot.staff.states import Role
from tests.bot.staff.support import NOW, PASSWORD, SECRET, create, known_hash, log_in


def audited(database: Database) -> list[tuple[str, ActorKind, str, int | None]]:
    with database.read() as session:
        return [
            (entry.action, ActorKind(entry.actor_kind), entry.subject_kind, entry.subject_id)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]


def test_the_right_password_opens_a_session(database: Database) -> None:
    user_id = create(database)

    opened = log_in(database, "  JONAS ")

    assert opened.user.id == user_id
    assert opened.user.role is Role.MANAGER
    assert opened.user.csrf == opened.csrf
    assert login.current_user(database, opened.token, now=NOW) == opened.user
    with database.read() as session:
        row = session.scalars(select(StaffSession)).one()
        assert row.client == "Firefox"
        assert opened.token not in (row.token_hash, row.csrf)
        assert session.scalars(select(User.last_login_at)).one() == NOW
        assert session.scalars(select(RateLimit.count)).all() == [0, 0, 0]
    assert audited(database) == [
        ("user.created", ActorKind.CLI, "user", user_id),
        ("session.opened", ActorKind.USER, "staff_session", row.id),
    ]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("jonas", "drei blaue Fahrradér"),
        ("jonas", ""),
        ("jonas", PASSWORD + "x" * 5000),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("a" * 5000, PASSWORD),
        ("jo\x00nas", PASSWORD),
        ("jonas\ud800", "pass\ud800word"),
    ],
)
def test_a_wrong_pair_is_refused_with_the_same_words(
    database: Database, username: str, password: str
) -> None:
    create(database)

    with pytest.raises(LogInFailedError, match=r"^User name or password is wrong\.$"):
        log_in(database, username, password)

    assert audited(database)[-1][:3] == ("log_in.failed", ActorKind.SYSTEM, "user")
    with database.read() as session:
        assert session.scalar(select(func.count(StaffSession.id))) == 0


def test_a_deactivated_account_is_refused(database: Database) -> None:
    create(database)
    with database.unit_of_work() as session:
        session.execute(update(User).values(active=False))

    with pytest.raises(LogInFailedError):
        log_in(database)


def test_an_unknown_name_costs_the_same_work() -> None:
    assert not passwords.verify(None, PASSWORD)
    assert extract_parameters(passwords._DUMMY) == extract_parameters(known_hash())


def test_ten_failures_from_one_address_stop_the_account_there(database: Database) -> None:
    create(database)
    for _ in range(10):
        with pytest.raises(LogInFailedError):
            log_in(database, password="wrong wrong wrong")

    with pytest.raises(TooManyAttemptsError) as caught:
        log_in(database)  # even with the right password
    assert caught.value.retry_after == 15 * 60
    assert caught.value.status == 429
    log_in(database, address="198.51.100.9")
    log_in(database, now=NOW + timedelta(minutes=15))


def test_one_address_cannot_try_many_names(database: Database) -> None:
    for number in range(50):
        with pytest.raises(LogInFailedError):
            log_in(database, f"name{number}", address=f"2001:db8::{number:x}")

    with pytest.raises(TooManyAttemptsError):
        log_in(database, "name50", address="2001:db8::ffff")
    with pytest.raises(LogInFailedError):
        log_in(database, "name50", address="2001:db8:0:1::1")


def test_fifty_failures_from_anywhere_stop_an_account_for_an_hour(database: Database) -> None:
    create(database)
    for number in range(50):
        with pytest.raises(LogInFailedError):
            log_in(database, password="wrong wrong wrong", address=f"192.0.2.{number}")

    with pytest.raises(TooManyAttemptsError) as caught:
        log_in(database, address="198.51.100.9")
    assert caught.value.retry_after == 60 * 60
    log_in(database, now=NOW + timedelta(hours=1))


def test_limits_survive_a_restart(database: Database) -> None:
    create(database)
    for _ in range(10):
        with pytest.raises(LogInFailedError):
            log_in(database, password="wrong wrong wrong")
    restarted = Database(database.url.render_as_string(hide_password=False))
    try:
        with pytest.raises(TooManyAttemptsError):
            log_in(restarted)
    finally:
        restarted.close()


def test_success_is_never_limited(database: Database) -> None:
    create(database)
    for _ in range(12):
        log_in(database)


def test_no_address_or_name_is_stored(database: Database) -> None:
    with pytest.raises(LogInFailedError):
        log_in(database, "somebody")

    with database.read() as session:
        stored = " ".join(session.scalars(select(RateLimit.key_hash)))
    assert "somebody" not in stored
    assert "192.0.2.7" not in stored


def test_a_hash_with_old_parameters_is_renewed(database: Database) -> None:
    create(database)
    old = (  # Argon2id of PASSWORD with 8 KiB: far too weak today
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    )
    with database.unit_of_work() as session:
        session.execute(update(User).values(password_hash=old))

    log_in(database)

    with database.read() as session:
        renewed = session.scalars(select(User.password_hash)).one()
    assert not passwords.is_outdated(passwords.PasswordHash(renewed))
    log_in(database)


def test_the_old_password_is_asked_again_before_a_change(database: Database) -> None:
    create(database)
    user = log_in(database).user

    login.confirm(database, user, PASSWORD, secret=SECRET, now=NOW)
    for _ in range(10):
        with pytest.raises(LogInFailedError):
            login.confirm(database, user, "wrong wrong wrong", secret=SECRET, now=NOW)
    with pytest.raises(TooManyAttemptsError):
        login.confirm(database, user, PASSWORD, secret=SECRET, now=NOW)


def test_a_new_password_ends_the_other_sessions(database: Database) -> None:
    user_id = create(database, must_change_password=True)
    other, here = log_in(database), log_in(database)
    assert here.user.must_change_password
    fresh = passwords.hash_password("vier gelbe Straßenbahnen")

    with database.unit_of_work() as session:
        staff.set_password(
            session, CLI, user_id, fresh, now=NOW, keep_session_id=here.user.session_id
        )

    assert login.current_user(database, other.token, now=NOW) is None
    kept = login.current_user(database, here.token, now=NOW)
    assert kept is not None
    assert not kept.must_change_password
    with pytest.raises(LogInFailedError):
        log_in(database)
    log_in(database, password="vier gelbe Straßenbahnen")
