"""Asking a platform whether an account works: on its own, before it is saved, after a change."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from bot import clock
from bot.audit.service import Actor
from bot.channels import accounts, forms, health, kinds
from bot.channels import service as channels
from bot.channels.accounts import Added
from bot.channels.models import Channel, ChannelHealth
from bot.channels.queries import Connectors, NoConnectorError
from bot.channels.states import ChannelState
from bot.config import Settings
from bot.db.engine import Database
from connectors.base import Account, Connector, Network, PlatformError, Standing, Trouble
from connectors.details import Detail
from connectors.registry import UnknownKindError

LIMIT = 20.0  # seconds that a platform has to answer
_CLOSE = 3.0  # seconds more to hang up


@dataclass(frozen=True, slots=True)
class House:
    """What opening an account takes: the installation's key, its data folder, the way out."""

    key: bytes = field(repr=False)
    data_dir: Path
    network: Network = field(default_factory=Network)

    @classmethod
    def of(cls, settings: Settings) -> "House":
        """Return the one of this installation."""
        return cls(settings.key, settings.data_dir, settings.network)


@dataclass(frozen=True, slots=True)
class Caretaker:
    """Adds, changes and tests accounts for somebody, each time asking the platform first.

    Nothing is stored while a platform is waited for. A refusal is a `PlatformError`, and then
    nothing is saved: only who says `untested` saves all the same, paused. No platform is asked
    whose kind the city does not allow: `kinds.KindForbiddenError`.
    """

    database: Database
    connectors: Connectors
    house: House
    actor: Actor
    now: Callable[[], datetime] = clock.now
    limit: float = LIMIT

    def add(
        self, kind: str, name: str, given: Mapping[str, str], *, untested: bool = False
    ) -> Added:
        """Add a channel that works. Raises `PlatformError`, `InvalidError` and its kinds."""
        channels.checked_name(name)
        with self.database.read() as session:
            kinds.demand(session, kind)
        forms.demand_enterable(kind, given)
        values = forms.read(kind, given)
        connector = self._connector(kind)
        if untested or connector.capabilities.own:
            is_own = connector.capabilities.own
            with self.database.unit_of_work() as session:
                return accounts.add(
                    session,
                    kind,
                    name,
                    values,
                    key=self.house.key,
                    actor=self.actor,
                    now=self.now(),
                    state=ChannelState.ACTIVE if is_own else ChannelState.PAUSED,
                )
        draft = f".draft-{secrets.token_hex(8)}"
        house = self.house
        try:
            account = accounts.account(
                values, draft, data_dir=house.data_dir, network=house.network
            )
            standing = ask(connector, account, limit=self.limit)
            with self.database.unit_of_work() as session:
                added = accounts.add(
                    session,
                    kind,
                    name,
                    values,
                    key=house.key,
                    actor=self.actor,
                    now=self.now(),
                    renewed=standing.renewed,
                )
                health.note_answer(session, added.id, standing, lag=None, now=self.now())
                accounts.move_folder(house.data_dir, draft, added.slug)
            return added
        finally:
            accounts.forget_folder(house.data_dir, draft)

    def change(
        self, slug: str, name: str, given: Mapping[str, str], *, seen: int, untested: bool = False
    ) -> None:
        """Change a channel into one that works; see `accounts.merged` for what is kept.

        Raises `PlatformError`, `ChannelNotFoundError`, `ChannelChangedError`, `InvalidError`.
        """
        channels.checked_name(name)
        house = self.house
        with self.database.read() as session:
            channel = accounts.by_slug(session, slug)
            before = accounts.stored(channel, house.key)
        if before.version != seen:
            raise accounts.ChannelChangedError("Somebody has changed this channel meanwhile.")
        forms.demand_enterable(channel.kind, given)
        values, logged_in = accounts.merged(before, channel.kind, given)
        standing: Standing | None = None
        connector = self._connector(channel.kind)
        needs_test = not connector.capabilities.own and values != before.values
        if needs_test and not untested:
            with self.database.read() as session:
                kinds.demand(session, channel.kind)
            account = accounts.account(values, slug, data_dir=house.data_dir, network=house.network)
            standing = ask(connector, account, limit=self.limit)
        with self.database.unit_of_work() as session:
            accounts.change(
                session,
                slug,
                name,
                values,
                key=house.key,
                seen=seen,
                actor=self.actor,
                now=self.now(),
                logged_in=logged_in,
                renewed=standing.renewed if standing else None,
            )
            if standing:
                if values.secrets != before.values.secrets:
                    health.forget_login(session, channel.id)
                self._works(session, channel, standing)
            elif needs_test and channel.state is not ChannelState.PAUSED:
                self._set_state(session, slug, ChannelState.PAUSED)

    def test(self, slug: str) -> Standing:
        """Ask the platform about a channel, and keep what it says.

        A channel that had lost its log-in goes on when the log-in works again.
        Raises `PlatformError`, `ChannelNotFoundError`, `SealBrokenError`, `InvalidError`.
        """
        house = self.house
        with self.database.read() as session:
            channel = accounts.by_slug(session, slug)
            kinds.demand(session, channel.kind)
            account = accounts.open_account(
                session, channel.id, key=house.key, data_dir=house.data_dir, network=house.network
            )
        connector = self._connector(channel.kind)
        if connector.capabilities.own:
            return Standing()
        try:
            standing = ask(connector, account, limit=self.limit)
        except PlatformError as error:
            with self.database.unit_of_work() as session:
                health.note_trouble(session, channel.id, error, now=self.now())
            raise
        with self.database.unit_of_work() as session:
            accounts.store_renewed(
                session, channel.id, standing.renewed, key=house.key, now=self.now()
            )
            self._works(session, channel, standing)
        return standing

    def remove(self, slug: str) -> None:
        """Remove a channel and what it kept beside the database; raises `ChannelNotFoundError`."""
        with self.database.unit_of_work() as session:
            accounts.remove(session, slug, actor=self.actor, now=self.now())
        accounts.forget_folder(self.house.data_dir, slug)

    def _works(self, session: Session, channel: Channel, standing: Standing) -> None:
        known = session.get(ChannelHealth, channel.id)
        lost = known is not None and known.trouble is Trouble.LOGIN
        if lost and session.get_one(Channel, channel.id).state is ChannelState.PAUSED:
            self._set_state(session, channel.slug, ChannelState.ACTIVE)
        health.note_answer(session, channel.id, standing, lag=None, now=self.now())
        channels.announce(session, now=self.now())

    def _set_state(self, session: Session, slug: str, state: ChannelState) -> None:
        channels.set_state(session, slug, state, actor=self.actor, now=self.now())

    def _connector(self, kind: str) -> Connector:
        try:
            return self.connectors.named(kind)
        except UnknownKindError:
            raise NoConnectorError(
                f"This version of Stadtdraht knows no channels of the kind {kind}."
            ) from None


def ask(connector: Connector, account: Account, *, limit: float = LIMIT) -> Standing:
    """Open a link in a loop of its own, ask who we are, hang up; raises `PlatformError`.

    A running link of the account is not touched; it holds the log-in that is used here too.
    """
    return asyncio.run(_ask(connector, account, limit))


async def _ask(connector: Connector, account: Account, limit: float) -> Standing:
    link = connector.connect(account)
    try:
        async with asyncio.timeout(limit):
            return await link.check()
    except TimeoutError:
        raise PlatformError(Trouble.UNREACHABLE, Detail.NO_ANSWER) from None
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE):
                await link.close()
