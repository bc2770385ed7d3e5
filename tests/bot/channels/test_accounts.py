"""Accounts: kept with sealed secrets, changed without losing or leaking any, removed for good."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.audit.service import CLI
from bot.channels import accounts, forms
from bot.channels import service as channels
from bot.channels.accounts import ChannelChangedError, UnknownSettingError
from bot.channels.forms import SettingsRefusedError
from bot.channels.models import Channel
from bot.channels.service import ChannelNotFoundError
from bot.channels.states import ChannelState, Problem
from bot.city import queries as cities
from bot.db.engine import Database
from bot.errors import InvalidError
from bot.outbox import service as outbox
from bot.outbox.models import Delivery
from bot.outbox.service import ChannelGoneError
from bot.outbox.states import DeliveryState
from bot.secrets import SealBrokenError
from bot.work.models import Work
from bot.work.states import Lane
from connectors.base import Account, Network
from tests.bot.channels.support import GIVEN, KEY, PASSWORD, TOKEN, audited, row
from tests.fakes.clock import NOON
from tests.fakes.town import Town

RENEWED = {"access_token": TOKEN, "device_id": "DEVICE"}


def add(database: Database, name: str = "Matrix", **more: str) -> str:
    with database.unit_of_work() as session:
        values = forms.read("matrix", GIVEN | more)
        return accounts.add(session, "matrix", name, values, key=KEY, actor=CLI, now=NOON).slug


def renew(database: Database, slug: str, values: dict[str, str]) -> None:
    with database.unit_of_work() as session:
        found = accounts.by_slug(session, slug)
        accounts.store_renewed(session, found.id, values, key=KEY, now=NOON)


def change(database: Database, slug: str, given: dict[str, str], *, seen: int = 0) -> None:
    with database.unit_of_work() as session:
        before = accounts.stored(accounts.by_slug(session, slug), KEY)
        values, logged_in = accounts.merged(before, "matrix", given)
        accounts.change(
            session,
            slug,
            "Matrix",
            values,
            key=KEY,
            seen=seen,
            actor=CLI,
            now=NOON,
            logged_in=logged_in,
        )


def opened(database: Database, slug: str, folder: Path, *, key: bytes = KEY) -> Account:
    with database.read() as session:
        found = accounts.by_slug(session, slug)
        return accounts.open_account(
            session, found.id, key=key, data_dir=folder, network=Network(proxy="http://p")
        )


def test_secrets_are_sealed_and_opened_for_their_channel_only(
    database: Database, tmp_path: Path
) -> None:
    slug = add(database, invites="none")
    other = add(database, user_id="@rathaus:example.org", password="another")
    stored = row(database, slug)
    assert stored.settings == {
        "homeserver": "https://matrix.example.org",
        "user_id": "@stadt:example.org",
        "invites": "none",
    }
    assert stored.credentials
    assert PASSWORD not in stored.credentials
    account = opened(database, slug, tmp_path)
    assert account.values == {**GIVEN, "invites": "none"}
    assert account.network.proxy == "http://p"
    assert account.folder == tmp_path / "channels" / slug
    assert account.folder.stat().st_mode & 0o777 == 0o700
    assert account.folder.parent.stat().st_mode & 0o777 == 0o700
    assert PASSWORD not in repr(account)
    with pytest.raises(SealBrokenError):
        opened(database, slug, tmp_path, key=b"x" * 32)
    with database.unit_of_work() as session:
        session.execute(
            update(Channel).where(Channel.slug == other).values(credentials=stored.credentials)
        )
    with pytest.raises(SealBrokenError):
        opened(database, other, tmp_path)
    assert PASSWORD not in str(audited(database))


def test_what_a_log_in_brought_is_kept_without_a_new_version(
    database: Database, tmp_path: Path
) -> None:
    slug = add(database)
    renew(database, slug, RENEWED)
    renew(database, slug, {})
    stored = row(database, slug)
    assert stored.version == 0
    assert stored.settings["device_id"] == "DEVICE"
    assert TOKEN not in f"{stored.settings}{stored.credentials}"
    assert opened(database, slug, tmp_path).values == GIVEN | RENEWED
    with pytest.raises(UnknownSettingError):
        renew(database, slug, {"nonsense": "x"})
    assert audited(database)[-1] == ("channel.logged_in", ["access_token", "device_id"])


def test_an_empty_secret_keeps_the_old_one(database: Database, tmp_path: Path) -> None:
    slug = add(database)
    renew(database, slug, RENEWED)
    open_ones = {name: value for name, value in GIVEN.items() if name != "password"}
    change(database, slug, open_ones | {"device_id": "DEVICE", "password": "", "invites": "none"})
    assert row(database, slug).version == 1
    assert opened(database, slug, tmp_path).values == {**GIVEN, **RENEWED, "invites": "none"}
    assert audited(database)[-1] == ("channel.changed", ["invites"])
    change(database, slug, open_ones, seen=1)  # what stands openly is replaced
    assert opened(database, slug, tmp_path).values == {**GIVEN, "access_token": TOKEN}


def test_a_new_password_ends_the_log_in_of_the_old_one(database: Database, tmp_path: Path) -> None:
    slug = add(database)
    renew(database, slug, RENEWED)
    change(database, slug, GIVEN | {"device_id": "DEVICE", "password": "new"})
    values = opened(database, slug, tmp_path).values
    assert values == GIVEN | {"device_id": "DEVICE", "password": "new"}
    assert audited(database)[-1] == ("channel.changed", ["access_token", "password"])


@pytest.mark.parametrize("name", ["homeserver", "user_id"])
def test_old_secrets_never_reach_another_account(
    database: Database, tmp_path: Path, name: str
) -> None:
    slug = add(database)
    renew(database, slug, RENEWED)
    with database.unit_of_work() as session:
        session.execute(update(Channel).values(cursor="here"))
    other = {"homeserver": "https://evil.example.org", "user_id": "@other:example.org"}[name]
    given = GIVEN | {name: other, "password": "", "device_id": "DEVICE"}
    with pytest.raises(SettingsRefusedError) as refused:
        change(database, slug, given)
    assert refused.value.problems == {"access_token": Problem.LOGIN}
    given["password"] = "fresh"
    change(database, slug, given)
    values = opened(database, slug, tmp_path).values
    kept = {"homeserver", "user_id", "password"}
    assert values == {k: v for k, v in given.items() if k in kept}
    # The same account under another address has the same news to come.
    assert row(database, slug).cursor == ("here" if name == "homeserver" else None)


def test_who_was_slower_changes_nothing(database: Database, tmp_path: Path) -> None:
    slug = add(database)
    change(database, slug, GIVEN)
    with pytest.raises(ChannelChangedError):
        change(database, slug, GIVEN | {"password": "mine"})
    assert opened(database, slug, tmp_path).values["password"] == PASSWORD


PROBLEMS: dict[str, tuple[dict[str, str], dict[str, Problem]]] = {
    "empty": ({"homeserver": " ", "user_id": ""}, dict.fromkeys(GIVEN, Problem.MISSING)),
    "address": ({"homeserver": "ftp://x"}, {"homeserver": Problem.ADDRESS}),
    "no address": ({"homeserver": "geheim"}, {"homeserver": Problem.ADDRESS}),
    "unsafe": ({"homeserver": "http://matrix.example.org"}, {"homeserver": Problem.UNSAFE}),
    "no login": ({"password": ""}, {"access_token": Problem.LOGIN}),
    "shape": ({"user_id": "geheim"}, {"user_id": Problem.SHAPE}),
    "long": ({"user_id": "@" + "geheim" * 50 + ":a"}, {"user_id": Problem.LONG}),
    "choice": ({"invites": "geheim"}, {"invites": Problem.CHOICE}),
    "unknown": ({"nonsense": "geheim"}, {"nonsense": Problem.UNKNOWN}),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_refusals_name_the_fields_and_never_what_was_typed(case: str) -> None:
    given, problems = PROBLEMS[case]
    with pytest.raises(SettingsRefusedError) as caught:
        forms.read("matrix", GIVEN | given)
    assert caught.value.problems == {n: p for n, p in problems.items() if n != "password"}
    assert "geheim" not in str(caught.value)
    assert next(iter(given)) in str(caught.value)


MAIL = {
    "address": "stadt@city.test",
    "imap": "imaps://mail.city.test",
    "smtp": "smtps://mail.city.test",
    "password": "x",
}


@pytest.mark.parametrize(
    ("imap", "problem"),
    [
        ("mail.city.test", Problem.MAIL_SERVER),
        ("https://mail.city.test", Problem.MAIL_SERVER),
        ("imaps://mail.city.test/INBOX", Problem.MAIL_SERVER),
        ("imap://mail.city.test?tls=none", Problem.UNSAFE),
        ("imaps://" + "a" * 400, Problem.LONG),
    ],
)
def test_the_address_of_a_mail_server_is_none_of_the_web(imap: str, problem: Problem) -> None:
    forms.read("email", MAIL)
    with pytest.raises(SettingsRefusedError) as caught:
        forms.read("email", MAIL | {"imap": imap})
    assert caught.value.problems == {"imap": problem}


def test_an_account_is_one_channel_only(database: Database) -> None:
    slug, other = add(database), add(database, user_id="@rathaus:example.org")
    elsewhere = {"homeserver": "https://www.example.org"}  # by another address the same account
    for twice in ({}, elsewhere):
        with pytest.raises(SettingsRefusedError, match="twice") as caught:
            add(database, **twice)
        assert caught.value.problems == {"user_id": Problem.TAKEN}
    with pytest.raises(SettingsRefusedError):
        change(database, other, GIVEN)
    change(database, slug, GIVEN | elsewhere)
    with database.unit_of_work() as session:
        accounts.remove(session, slug, actor=CLI, now=NOON)
    add(database)


def test_two_who_add_one_account_at_the_same_time_add_one(database: Database) -> None:
    def adds(name: str) -> bool:
        try:
            return bool(add(database, name))
        except SettingsRefusedError:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(adds, "abcd")) == [False, False, False, True]
    with database.read() as session:
        assert cities.data_version(session) == 0, "nobody has to read the city's data again"


def test_kinds_and_names_are_checked(database: Database) -> None:
    with pytest.raises(InvalidError, match="pigeon"):
        forms.read("pigeon", {})
    with pytest.raises(InvalidError, match="name"):
        add(database, " \n\u200b")
    assert add(database, " Viel \n Platz ") == "viel-platz"
    assert row(database, "viel-platz").name == "Viel Platz"


def deliveries(town: Town) -> list[tuple[DeliveryState, str | None]]:
    with town.database.read() as session:
        found = session.execute(
            select(Delivery.state, Delivery.error_code).order_by(Delivery.id)
        ).all()
    return [(state, code) for state, code in found]


def test_removing_keeps_conversations_and_loses_nothing_silently(town: Town) -> None:
    for thread in ("a", "b", "c"):
        town.says(thread, "Hallo")
    town.work()
    database = town.database
    with database.unit_of_work() as session:
        ids = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
        assert len(ids) == 3
        for delivery, state in zip(
            ids, (DeliveryState.RETRY, DeliveryState.SENDING, DeliveryState.SENT), strict=True
        ):
            session.get_one(Delivery, delivery).state = state
    town.says("d", "Noch da?")
    with database.unit_of_work() as session:
        accounts.remove(session, "fake", actor=CLI, now=NOON)
    assert deliveries(town) == [
        (DeliveryState.DEAD, outbox.REMOVED),
        (DeliveryState.UNCONFIRMED, outbox.REMOVED),
        (DeliveryState.SENT, None),
    ]
    with database.read() as session:
        lanes = set(session.scalars(select(Work.lane)))
    assert lanes == {Lane.INBOUND}  # what came before is still read
    town.work()
    assert deliveries(town)[3:] == [(DeliveryState.DEAD, outbox.REMOVED)]
    with database.unit_of_work() as session, pytest.raises(ChannelGoneError):
        outbox.requeue(session, ids[0], actor=CLI, now=NOON)


def test_a_removed_channel_keeps_its_name_and_no_secret(database: Database) -> None:
    slug = add(database)
    renew(database, slug, RENEWED)
    with database.unit_of_work() as session:
        accounts.remove(session, slug, actor=CLI, now=NOON)
    gone = row(database, slug)
    assert (gone.state, gone.name, gone.version) == (ChannelState.REMOVED, "Matrix", 1)
    assert (gone.settings, gone.credentials, gone.token_hash) == ({}, None, None)
    assert add(database) == f"{slug}-2"
    for again in (
        lambda s: accounts.remove(s, slug, actor=CLI, now=NOON),
        lambda s: channels.set_state(s, slug, ChannelState.ACTIVE, actor=CLI, now=NOON),
        lambda s: accounts.by_slug(s, slug),
    ):
        with database.unit_of_work() as session, pytest.raises(ChannelNotFoundError):
            again(session)
    with database.unit_of_work() as session:
        accounts.store_renewed(session, gone.id, RENEWED, key=KEY, now=NOON)
    assert row(database, slug).credentials is None


def test_a_removed_api_channel_is_not_there(database: Database) -> None:
    with database.unit_of_work() as session:
        slug, token = channels.add(session, "api", "App", actor=CLI, now=NOON)
        channels.set_callback(session, slug, "https://a.example", actor=CLI, now=NOON)
        accounts.remove(session, slug, actor=CLI, now=NOON)
    with database.read() as session, pytest.raises(ChannelNotFoundError):
        channels.authenticate(session, slug, token)
    with database.unit_of_work() as session, pytest.raises(ChannelNotFoundError):
        channels.set_callback(session, slug, None, actor=CLI, now=NOON)


def test_changing_the_name_keeps_a_callback(database: Database) -> None:
    with database.unit_of_work() as session:
        slug, _ = channels.add(session, "api", "App", actor=CLI, now=NOON)
        channels.set_callback(session, slug, "https://a.example", actor=CLI, now=NOON)
        before = accounts.stored(accounts.by_slug(session, slug), KEY)
        values, _ = accounts.merged(before, "api", {})
        seen = before.version
        accounts.change(session, slug, "Neue App", values, key=KEY, seen=seen, actor=CLI, now=NOON)
    found = row(database, slug)
    assert (found.name, found.slug) == ("Neue App", "app")
    assert found.settings == {"callback": "https://a.example"}
    assert found.version == 2
