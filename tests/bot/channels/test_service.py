"""Channels: added with a token that is shown once, opened by that token only."""

import pytest
from sqlalchemy import select

from bot.audit.service import CLI
from bot.channels import health, queries
from bot.channels import service as channels
from bot.channels.models import Channel
from bot.channels.queries import Connectors
from bot.channels.service import ChannelNotFoundError, ChannelPausedError, WrongTokenError
from bot.channels.states import ChannelState
from bot.db.engine import Database
from bot.errors import InvalidError
from tests.fakes.clock import NOON


def add(database: Database, name: str) -> tuple[str, str]:
    with database.unit_of_work() as session:
        return channels.add(session, "api", name, actor=CLI, now=NOON)


def add_kind(database: Database, kind: str, name: str) -> str | None:
    with database.unit_of_work() as session:
        return channels.add(session, kind, name, actor=CLI, now=NOON)[1]


def authenticate(database: Database, slug: str, token: str | None) -> int:
    with database.read() as session:
        return channels.authenticate(session, slug, token)


def set_state(database: Database, slug: str, state: ChannelState) -> None:
    with database.unit_of_work() as session:
        channels.set_state(session, slug, state, actor=CLI, now=NOON)


def test_the_token_opens_its_channel_and_no_other(database: Database) -> None:
    slug, token = add(database, "App")
    other, other_token = add(database, "App")
    assert (slug, other) == ("app", "app-2")
    assert authenticate(database, slug, token) != authenticate(database, other, other_token)
    for wrong in (None, "", "x", other_token, token.upper(), f"{token} ", "tökén", "x" * 9000):
        with pytest.raises(WrongTokenError):
            authenticate(database, slug, wrong)
    with pytest.raises(ChannelNotFoundError):
        authenticate(database, "nobody", token)


def test_the_token_itself_is_not_kept(database: Database) -> None:
    _, token = add(database, "App")
    with database.read() as session:
        row = session.scalars(select(Channel)).one()
    assert token not in str(vars(row))
    assert row.token_hash is not None
    assert len(token) >= 40


SLUGS = {
    "Bürger-App Süd": "buerger-app-sued",
    "  Groß!  ": "gross",
    "Crème é": "creme-e",
    "日本": "channel",
    "../../etc": "etc",
    "x" * 500: "x" * 60,
    "Neu": "neu",
    "New": "new-2",  # /desk/channels/new is a page
}


def test_slugs_are_plain(database: Database) -> None:
    assert {name: add(database, name)[0] for name in SLUGS} == SLUGS


def test_slugs_stay_unique(database: Database) -> None:
    slugs = [add(database, name)[0] for name in ("A", "a-2", "A", "A", "a")]
    assert slugs == ["a", "a-2", "a-3", "a-4", "a-5"]


@pytest.mark.parametrize(("kind", "name"), [("pigeon", "A"), ("", "A"), ("api", "  ")])
def test_what_cannot_be_added(database: Database, kind: str, name: str) -> None:
    with pytest.raises(InvalidError):
        add_kind(database, kind, name)


def test_a_paused_channel_takes_nothing(database: Database) -> None:
    slug, token = add(database, "App")
    set_state(database, slug, ChannelState.PAUSED)
    with pytest.raises(ChannelPausedError):
        authenticate(database, slug, token)
    with database.read() as session:
        assert not health.sending(session, now=NOON)
    set_state(database, slug, ChannelState.ACTIVE)
    with database.read() as session:
        [found] = health.sending(session, now=NOON)
        assert found.id == authenticate(database, slug, token)
    with pytest.raises(ChannelNotFoundError):
        set_state(database, "nobody", ChannelState.PAUSED)


def test_each_kind_has_one_connector(database: Database) -> None:
    for kind in ("api", "webchat", "api"):
        token = add_kind(database, kind, kind.title())
        assert (token is None) is (kind != "api")
    connectors = Connectors()
    with database.read() as session:
        found = queries.channels(session)
        assert queries.channel(session, found[0].id) == found[0]
    made = [connectors.of(channel) for channel in found]
    assert [connectors.of(channel) for channel in found] == made
    assert len(set(map(id, made))) == 2
    assert [channel.slug for channel in found] == ["api", "api-2", "webchat"]
