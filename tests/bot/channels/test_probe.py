"""An account is asked before it is saved; what the platform says is kept, and nothing leaks."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import accounts, health
from bot.channels.forms import SettingsRefusedError
from bot.channels.service import ChannelNotFoundError
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.errors import InvalidError
from connectors.base import PlatformError, Standing, Trouble
from tests.bot.channels.support import (
    GIVEN,
    KEY,
    LOGGED_IN,
    PASSWORD,
    TOKEN,
    caretaker,
    health_of,
    row,
)
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform

REFUSED = PlatformError(Trouble.LOGIN, "M_FORBIDDEN")
FOLDERS = "channels"


def values(database: Database, slug: str) -> dict[str, str]:
    with database.read() as session:
        found = accounts.stored(accounts.by_slug(session, slug), KEY).values
    return {**found.settings, **found.secrets}


def folders(folder: Path) -> list[str]:
    return sorted(one.name for one in (folder / FOLDERS).glob("*"))


def test_an_account_that_works_is_saved_with_its_log_in(database: Database, tmp_path: Path) -> None:
    platform = Platform(checks=[LOGGED_IN])
    added = caretaker(database, platform, tmp_path).add("matrix", "Matrix", GIVEN)
    assert (added.slug, added.token) == ("matrix", None)
    assert [dict(account.values) for account in platform.accounts] == [GIVEN]
    assert platform.closed == 1
    assert values(database, "matrix") == {**GIVEN, "access_token": TOKEN, "device_id": "DEVICE"}
    assert row(database, "matrix").state is ChannelState.ACTIVE
    known = health_of(database, "matrix")
    assert known
    assert (known.account_name, known.checked_at, known.trouble) == ("Stadt", NOON, None)
    assert folders(tmp_path) == ["matrix"]


def test_one_that_does_not_work_is_not_saved(database: Database, tmp_path: Path) -> None:
    platform = Platform(checks=[REFUSED, None])
    keeper = caretaker(database, platform, tmp_path)
    for trouble in (Trouble.LOGIN, Trouble.UNREACHABLE):  # the second one never answers
        with pytest.raises(PlatformError) as caught:
            keeper.add("matrix", "Matrix", GIVEN)
        assert caught.value.trouble is trouble
        assert PASSWORD not in str(caught.value)
    assert platform.closed == 2
    assert folders(tmp_path) == []
    with pytest.raises(ChannelNotFoundError):
        keeper.test("matrix")
    keeper.add("matrix", "Matrix", GIVEN, untested=True)
    assert row(database, "matrix").state is ChannelState.PAUSED
    assert len(platform.accounts) == 2


def test_what_is_wrong_is_found_before_anybody_is_asked(database: Database, tmp_path: Path) -> None:
    platform = Platform()
    keeper = caretaker(database, platform, tmp_path)
    with pytest.raises(SettingsRefusedError):
        keeper.add("matrix", "Matrix", {})
    with pytest.raises(InvalidError):
        keeper.add("matrix", " ", GIVEN)
    assert platform.accounts == []


def test_own_kinds_need_no_test(database: Database, tmp_path: Path) -> None:
    platform = Platform(checks=[REFUSED])
    keeper = caretaker(database, platform, tmp_path)
    added = keeper.add("api", "App", {})
    assert added.token
    assert keeper.test(added.slug) == Standing()
    assert health_of(database, added.slug) is None
    keeper.change(added.slug, "Neue App", {}, seen=0)
    assert row(database, added.slug).name == "Neue App"
    assert row(database, added.slug).state is ChannelState.ACTIVE


def test_testing_keeps_what_it_learns(database: Database, tmp_path: Path) -> None:
    platform = Platform()
    keeper = caretaker(database, platform, tmp_path)
    keeper.add("matrix", "Matrix", GIVEN)
    platform.checks = [PlatformError(Trouble.UNREACHABLE, "connection refused"), LOGGED_IN]
    with pytest.raises(PlatformError):
        keeper.test("matrix")
    known = health_of(database, "matrix")
    assert known
    assert (known.trouble, known.detail) == (Trouble.UNREACHABLE, "connection refused")
    assert keeper.test("matrix").name == "Stadt"
    known = health_of(database, "matrix")
    assert known
    assert known.trouble is None
    assert row(database, "matrix").version == 0  # a running link goes on
    assert values(database, "matrix")["access_token"] == TOKEN
    keeper.test("matrix")
    assert platform.accounts[-1].values["access_token"] == TOKEN  # so nobody logs in again
    assert platform.accounts[-1].folder == tmp_path / FOLDERS / "matrix"


def test_what_the_platform_does_not_tell_stays_known(database: Database, tmp_path: Path) -> None:
    ends = NOON + timedelta(days=3)
    told = replace(LOGGED_IN, login_expires_at=ends, rate_left=7, rate_resets_at=ends)
    platform = Platform(checks=[told])
    keeper = caretaker(database, platform, tmp_path)
    keeper.add("matrix", "Matrix", GIVEN)
    for seen in range(2):  # a test with the log-in that is there, and a change of other settings
        known = health_of(database, "matrix")
        assert known
        assert (known.login_expires_at, known.rate_left, known.rate_resets_at) == (ends, 7, ends)
        keeper.test("matrix")
        others = {"password": "", "invites": ("none", "all")[seen]}
        keeper.change("matrix", "Matrix", GIVEN | others, seen=seen)
    platform.checks = [LOGGED_IN]
    keeper.change("matrix", "Matrix", GIVEN | {"password": "neu"}, seen=2)
    known = health_of(database, "matrix")
    assert known
    assert known.login_expires_at is None, "another log-in, which does not end"


def test_a_new_password_wakes_a_channel_that_was_logged_out(
    database: Database, tmp_path: Path
) -> None:
    platform = Platform()
    keeper = caretaker(database, platform, tmp_path)
    keeper.add("matrix", "Matrix", GIVEN)
    with database.unit_of_work() as session:
        health.log_out(session, row(database, "matrix").id, "M_UNKNOWN_TOKEN", now=NOON)
    platform.checks = [REFUSED]
    with pytest.raises(PlatformError):
        keeper.change("matrix", "Matrix", GIVEN | {"password": "wrong"}, seen=0)
    assert values(database, "matrix")["password"] == PASSWORD
    assert row(database, "matrix").state is ChannelState.PAUSED
    keeper.change("matrix", "Matrix", GIVEN | {"password": "right"}, seen=0)
    assert platform.accounts[-1].values["password"] == "right"
    assert row(database, "matrix").state is ChannelState.ACTIVE
    known = health_of(database, "matrix")
    assert known
    assert known.trouble is None


def test_what_is_saved_untested_is_paused(database: Database, tmp_path: Path) -> None:
    platform = Platform()
    keeper = caretaker(database, platform, tmp_path)
    keeper.add("matrix", "Matrix", GIVEN)
    keeper.change("matrix", "Nur der Name", GIVEN, seen=0, untested=True)
    assert row(database, "matrix").state is ChannelState.ACTIVE
    keeper.change("matrix", "Matrix", GIVEN | {"password": "x"}, seen=1, untested=True)
    assert row(database, "matrix").state is ChannelState.PAUSED
    assert len(platform.accounts) == 1


def test_who_paused_a_channel_keeps_it_paused(database: Database, tmp_path: Path) -> None:
    platform = Platform()
    keeper = caretaker(database, platform, tmp_path)
    keeper.add("matrix", "Matrix", GIVEN, untested=True)
    keeper.test("matrix")
    keeper.change("matrix", "Matrix", GIVEN | {"invites": "none"}, seen=0)
    assert row(database, "matrix").state is ChannelState.PAUSED


def test_removing_deletes_the_folder_too(database: Database, tmp_path: Path) -> None:
    keeper = caretaker(database, Platform(), tmp_path)
    keeper.add("matrix", "Matrix", GIVEN)
    (tmp_path / FOLDERS / "matrix" / "store.db").write_text("keys")
    keeper.remove("matrix")
    assert folders(tmp_path) == []
    with pytest.raises(ChannelNotFoundError):
        keeper.remove("matrix")
