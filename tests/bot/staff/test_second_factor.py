"""The second factor: set up, asked for, never twice the same code, and lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from bot.audit.service import CLI, Actor, ActorKind
from bot.db.engine import Database
from bot.staff import login, passwords, second_factor
from bot.staff import service as staff
from bot.staff.limits import TooManyAttemptsError
from bot.staff.login import HalfWayOverError
from bot.staff.models import RecoveryCode, SecondFactor, User
from bot.staff.second_factor import AlreadySetUpError, NotSetUpError, WrongCodeError
from tests.bot.staff.support import NOW, SECRET, create, log_in
from tests.bot.staff.totp import (
    APP,
    STEP,
    actions,
    begin,
    code,
    confirm,
    finish,
    half_way,
    set_up,
)


@pytest.fixture
def user_id(database: Database) -> int:
    return create(database)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(
    database: Database, user_id: int, seconds: int, expected: str
) -> None:
    """The secret and the SHA-1 values of RFC 6238, appendix B, cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = datetime.fromtimestamp(seconds, UTC)
    with database.unit_of_work() as session:
        second_factor.begin(session, CLI, user_id, key=SECRET, now=at, new_secret=lambda: secret)
    assert len(confirm(database, user_id, expected, now=at)) == 8


def test_until_it_is_confirmed_the_password_is_enough(database: Database, user_id: int) -> None:
    begin(database, user_id)
    log_in(database)
    with pytest.raises(WrongCodeError):
        confirm(database, user_id, "000000")
    log_in(database)
    confirm(database, user_id, code(NOW))
    half_way(database)


def test_it_ends_the_other_sessions_and_keeps_this_one(database: Database, user_id: int) -> None:
    here, elsewhere = log_in(database), log_in(database)
    begin(database, user_id)
    confirm(database, user_id, code(NOW), keep_session_id=here.user.session_id)
    assert login.current_user(database, here.token, now=NOW) is not None
    assert login.current_user(database, elsewhere.token, now=NOW) is None
    with database.unit_of_work() as session:
        keep = here.user.session_id
        assert second_factor.remove(session, CLI, user_id, now=NOW, keep_session_id=keep)
    assert login.current_user(database, here.token, now=NOW) is not None


def test_password_and_code_open_a_session(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    opened = finish(database, half_way(database), code(NOW))
    assert opened.user.id == user_id
    assert login.current_user(database, opened.token, now=NOW) == opened.user
    assert actions(database)[-2:] == [
        ("second_factor.used", ActorKind.USER),
        ("session.opened", ActorKind.USER),
    ]


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(
    database: Database,
    user_id: int,
    steps: int,
    fits: bool,  # noqa: FBT001
) -> None:
    set_up(database, user_id)
    typed = code(NOW + steps * STEP)
    note = half_way(database)
    if fits:
        assert finish(database, note, typed).user.id == user_id
    else:
        with pytest.raises(WrongCodeError):
            finish(database, note, typed)


def test_a_code_works_once(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    finish(database, half_way(database), code(NOW))
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), code(NOW))
    with pytest.raises(WrongCodeError):  # an older one that was never used neither
        finish(database, half_way(database), code(NOW - STEP))
    later = NOW + STEP
    finish(database, half_way(database, now=later), code(later), now=later)


def test_two_log_ins_at_once_cannot_share_a_code(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    note = half_way(database)

    def attempt(_: int) -> bool:
        try:
            finish(database, note, code(NOW))
        except WrongCodeError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]


def test_the_confirming_code_opens_nothing_again(database: Database, user_id: int) -> None:
    begin(database, user_id)
    confirm(database, user_id, code(NOW))
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), code(NOW))


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "１２３４５６", "abc", "x" * 9999, "\ud800"]
)
def test_what_is_no_code_is_refused(database: Database, user_id: int, typed: str) -> None:
    set_up(database, user_id)
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), typed)


def test_guessing_is_stopped_and_survives_a_restart(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    note = half_way(database)
    for _ in range(5):
        with pytest.raises(WrongCodeError):
            finish(database, note, "000000")
    again = Database(database.url.render_as_string(hide_password=False))  # another process
    try:
        with pytest.raises(TooManyAttemptsError) as caught:
            finish(again, note, code(NOW))
    finally:
        again.close()
    assert caught.value.retry_after == 15 * 60
    assert actions(database)[-1] == ("log_in.code_failed", ActorKind.SYSTEM)


def test_twenty_wrong_codes_a_day_are_the_end(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    for quarter in range(4):
        now = NOW + quarter * timedelta(minutes=15)
        note = half_way(database, now=now)
        for _ in range(5):
            with pytest.raises(WrongCodeError):
                finish(database, note, "000000", now=now)
    now = NOW + timedelta(hours=2)
    with pytest.raises(TooManyAttemptsError):
        finish(database, half_way(database, now=now), code(now), now=now)
    now = NOW + timedelta(days=1)
    finish(database, half_way(database, now=now), code(now), now=now)


def test_a_right_code_is_never_limited(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    for number in range(8):
        now = NOW + number * STEP
        finish(database, half_way(database, now=now), code(now), now=now)


def test_recovery_codes_work_once_each_however_they_are_typed(
    database: Database, user_id: int
) -> None:
    codes = set_up(database, user_id)
    assert len(set(codes)) == 8
    finish(database, half_way(database), codes[0])
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), codes[0])
    finish(database, half_way(database), f" {codes[1].upper().replace('-', ' ')} ")
    with database.read() as session:
        assert second_factor.codes_left(session, user_id) == 6
        stored = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not {code.replace("-", "") for code in codes} & set(stored)
    assert ("recovery_code.used", ActorKind.USER) in actions(database)


def test_a_recovery_code_is_somebodys_own(database: Database, user_id: int) -> None:
    other = create(database, "mira")
    codes = set_up(database, other)
    set_up(database, user_id)
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), codes[0])


def test_new_recovery_codes_end_the_old_ones(database: Database, user_id: int) -> None:
    old = set_up(database, user_id)
    with database.unit_of_work() as session:
        new = second_factor.renew_codes(session, CLI, user_id, now=NOW)
    with pytest.raises(WrongCodeError):
        finish(database, half_way(database), old[0])
    finish(database, half_way(database), new[0])


def test_the_note_of_a_right_password_is_short_lived_and_cannot_be_made(
    database: Database, user_id: int
) -> None:
    set_up(database, user_id)
    note = half_way(database)
    key, until, mark = note.split(".")
    for forged in (
        None,
        "",
        f"{key}.{int(until) + 60}.{mark}",
        f"{int(key) + 1}.{until}.{mark}",
        f"{key}.{until}.{mark[::-1]}",
        f"{key}.{'9' * 12}.{mark}",
        f"{'9' * 18}.{until}.{mark}",
        note + "x",
    ):
        with pytest.raises(HalfWayOverError):
            finish(database, forged, code(NOW))
    later = NOW + timedelta(minutes=5)
    with pytest.raises(HalfWayOverError):
        finish(database, note, code(later), now=later)


def test_another_password_or_an_end_of_the_account_ends_the_note(
    database: Database, user_id: int
) -> None:
    set_up(database, user_id)
    note = half_way(database)
    fresh = passwords.hash_password("vier gelbe Straßenbahnen")
    with database.unit_of_work() as session:
        staff.set_password(session, CLI, user_id, fresh, now=NOW)
    with pytest.raises(HalfWayOverError):
        finish(database, note, code(NOW))
    note = half_way(database, password="vier gelbe Straßenbahnen")
    with database.unit_of_work() as session:
        session.execute(update(User).values(active=False))
    with pytest.raises(HalfWayOverError):
        finish(database, note, code(NOW))


def test_the_secret_is_sealed_at_rest(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    with database.read() as session:
        stored = session.scalars(select(SecondFactor.secret)).one()
    assert APP.secret not in stored
    assert stored.startswith("gAAAA")  # Fernet, version 0x80


def test_setting_up_has_an_end_and_never_replaces_a_working_one(
    database: Database, user_id: int
) -> None:
    begin(database, user_id)
    begin(database, user_id)
    late = NOW + timedelta(hours=1)
    with pytest.raises(NotSetUpError):
        confirm(database, user_id, code(late), now=late)
    confirm(database, user_id, code(NOW))
    with pytest.raises(AlreadySetUpError):
        begin(database, user_id)
    with pytest.raises(NotSetUpError):
        confirm(database, user_id, code(NOW + STEP), now=NOW + STEP)


def test_an_api_token_needs_no_code(database: Database, user_id: int) -> None:
    with database.unit_of_work() as session:
        token = staff.create_api_token(session, CLI, user_id, "test", now=NOW)
    set_up(database, user_id)
    found = login.current_api_user(database, token, now=NOW)
    assert found is not None
    assert found.id == user_id


def test_the_address_names_city_and_account(database: Database, user_id: int) -> None:
    begin(database, user_id)
    with database.read() as session:
        found = second_factor.pending(
            session, user_id, key=SECRET, now=NOW, name="jonas", city="Bad: Tölz"
        )
    again = pyotp.parse_uri(found.address)
    assert (again.name, again.issuer) == ("jonas", "Stadtdraht Bad  Tölz")
    assert found.secret == APP.secret


def test_nothing_is_left_after_it_was_removed(database: Database, user_id: int) -> None:
    set_up(database, user_id)
    actor = Actor(ActorKind.USER, user_id)
    with database.unit_of_work() as session:
        assert second_factor.remove(session, actor, user_id, now=NOW)
        assert not second_factor.remove(session, actor, user_id, now=NOW)
        with pytest.raises(NotSetUpError):
            second_factor.renew_codes(session, actor, user_id, now=NOW)
    log_in(database)
    with database.read() as session:
        assert session.scalars(select(RecoveryCode.id)).all() == []
