"""Accounts: settings checked and kept, secrets sealed with a key that is not in the database."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels import forms, health
from bot.channels import service as channels
from bot.channels.forms import Values
from bot.channels.models import Channel
from bot.channels.queries import CALLBACK
from bot.channels.service import ChannelNotFoundError
from bot.channels.states import ChannelState, Problem
from bot.city import service as city
from bot.errors import InvalidError, StaleError
from bot.outbox import service as outbox
from bot.secrets import seal, unseal
from connectors.base import Account, Network

FOLDER = "channels"  # below the data folder: what the accounts keep beside the database


class ChannelChangedError(StaleError):
    """Somebody changed the channel since it was read."""

    code = "channel_changed"


class UnknownSettingError(InvalidError):
    """A platform's link renewed something that its kind has no setting for."""

    code = "unknown_setting"


@dataclass(frozen=True, slots=True)
class Added:
    """A channel that was added; `token` only where its clients show one, and only now."""

    id: int
    slug: str
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """What stands in the rows of a channel; `renewed` names what a log-in brought."""

    values: Values
    renewed: frozenset[str]
    version: int


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What is sealed in `Channel.credentials`."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    renewed: frozenset[str] = frozenset()


def add(
    session: Session,
    kind: str,
    name: str,
    values: Values,
    *,
    key: bytes,
    actor: Actor,
    now: datetime,
    renewed: Mapping[str, str] | None = None,
    state: ChannelState = ChannelState.ACTIVE,
) -> Added:
    """Add an account; `renewed` is what testing it brought. Values come from `forms.read`.

    Raises `InvalidError` for an unknown kind or an empty name, `kinds.KindForbiddenError`, and
    `forms.SettingsRefusedError` where another channel is this account: each would answer every
    citizen.
    """
    _demand_free(session, kind, values)
    slug, token = channels.add(session, kind, name, actor=actor, now=now)
    channel = _locked(session, slug)
    channel.state = state
    _write(channel, values, frozenset(), renewed or {}, key)
    session.flush()
    return Added(channel.id, slug, token)


def merged(stored: Stored, kind: str, given: Mapping[str, str]) -> tuple[Values, frozenset[str]]:
    """Return what the settings become by a form, and which of them still come from a log-in.

    An empty secret keeps the old one. A setting that has to be there says which account it is:
    with another one the old secrets go, so that they never reach another server, and with them
    all that its log-in brought. A secret that is typed anew ends the log-in made with the old
    ones: else a test would say nothing about it.
    Raises `forms.SettingsRefusedError`.
    """
    known = {one.name: one for one in forms.fields(kind)}
    entered = forms.read_open(kind, given)
    typed = {name: value for name, value in given.items() if name in known and value}
    before = stored.values
    required = [one.name for one in known.values() if one.is_required and not one.is_secret]
    is_same = all(entered.get(name) == before.settings.get(name) for name in required)
    anew = {name for name in typed if known[name].is_secret}
    kept = dict(before.secrets) if is_same else {}
    gone = (
        set()
        if is_same
        else {name for name in stored.renewed if entered.get(name) == before.settings.get(name)}
    )
    if anew:
        gone |= {name for name in stored.renewed if known[name].is_secret}
    whole = {n: v for n, v in (kept | entered).items() if n not in gone}
    whole |= {name: typed[name] for name in anew}
    values = forms.read(kind, whole)
    return values, frozenset(
        name
        for name in stored.renewed
        if name not in anew and _value(values, name) == _value(before, name) is not None
    )


def change(
    session: Session,
    slug: str,
    name: str,
    values: Values,
    *,
    key: bytes,
    seen: int,
    actor: Actor,
    now: datetime,
    logged_in: frozenset[str] = frozenset(),
    renewed: Mapping[str, str] | None = None,
) -> None:
    """Replace name and settings of a channel; `logged_in` names what still comes from a log-in.

    Raises `ChannelNotFoundError`, `ChannelChangedError` when its version is not the `seen` one,
    `InvalidError` for an empty name, and `forms.SettingsRefusedError` as `add`.
    """
    channel = _locked(session, slug)
    if channel.version != seen:
        raise ChannelChangedError("Somebody has changed this channel meanwhile.")
    before = stored(channel, key)
    fields = _changed(before.values, values)
    if (line := channels.checked_name(name)) != channel.name:
        channel.name = line
        fields = ["name", *fields]
    if _identity(channel.kind, values.settings) != _identity(channel.kind, before.values.settings):
        _demand_free(session, channel.kind, values)
        channel.cursor = None  # it was another account's
    _write(channel, values, logged_in, renewed or {}, key)
    channel.version += 1
    audit.note(session, actor, "channel.changed", "channel", channel.id, *fields, now=now)
    channels.announce(session, now=now)


def remove(session: Session, slug: str, *, actor: Actor, now: datetime) -> None:
    """Remove a channel: its name and conversations stay, secrets and settings go.

    What waits to be sent is listed as not delivered. Raises `ChannelNotFoundError`.
    """
    channel = _locked(session, slug)
    channel.state = ChannelState.REMOVED
    channel.settings = {}
    channel.credentials = channel.token_hash = channel.cursor = channel.last_error = None
    channel.folder_id = channel.folder_host = None
    channel.version += 1
    session.flush()
    health.forget(session, channel.id)
    outbox.give_up(session, channel.id, now=now)
    audit.note(session, actor, "channel.removed", "channel", channel.id, "state", now=now)
    channels.announce(session, now=now)


def open_account(
    session: Session, channel_id: int, *, key: bytes, data_dir: Path, network: Network
) -> Account:
    """Return what a link of the channel is opened with, secrets opened, its folder made.

    Raises `SealBrokenError`.
    """
    channel = session.get_one(Channel, channel_id)
    return account(stored(channel, key).values, channel.slug, data_dir=data_dir, network=network)


def account(values: Values, slug: str, *, data_dir: Path, network: Network) -> Account:
    """Return an account with these values; its folder is for this system account alone."""
    folder = data_dir / FOLDER / slug
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return Account(slug, folder, {**values.settings, **values.secrets}, network)


def forget_folder(data_dir: Path, slug: str) -> None:
    """Delete what a removed account kept beside the database."""
    shutil.rmtree(data_dir / FOLDER / slug, ignore_errors=True)


def move_folder(data_dir: Path, draft: str, slug: str) -> None:
    """Give a new account the folder that it was tested with."""
    forget_folder(data_dir, slug)
    (data_dir / FOLDER / draft).rename(data_dir / FOLDER / slug)


def store_renewed(
    session: Session, channel_id: int, values: Mapping[str, str], *, key: bytes, now: datetime
) -> None:
    """Keep what a link made anew, secrets sealed; the version stays, or the link would be reopened.

    Raises `UnknownSettingError`.
    """
    if not values:
        return
    channel = session.get_one(Channel, channel_id, with_for_update=True)
    if channel.state is ChannelState.REMOVED:
        return
    before = stored(channel, key)
    _write(channel, before.values, before.renewed, values, key)
    audit.note(
        session, audit.SYSTEM, "channel.logged_in", "channel", channel_id, *sorted(values), now=now
    )


def by_slug(session: Session, slug: str) -> Channel:
    """Return a channel that was not removed; raises `ChannelNotFoundError`."""
    wanted = select(Channel).where(Channel.slug == slug, Channel.state != ChannelState.REMOVED)
    channel = session.scalar(wanted) if slug.isprintable() else None  # no engine stores a NUL
    if channel is None:
        raise ChannelNotFoundError(f"There is no channel {slug}.")
    return channel


def stored(channel: Channel, key: bytes) -> Stored:
    """Return a channel's settings with its secrets opened; raises `SealBrokenError`."""
    sealed = _unsealed(channel, key)
    names = {one.name for one in forms.fields(channel.kind)}
    settings = {n: str(v) for n, v in channel.settings.items() if n in names}
    return Stored(Values(settings, sealed.secrets), sealed.renewed, channel.version)


def _locked(session: Session, slug: str) -> Channel:
    channel = by_slug(session, slug)
    session.refresh(channel, with_for_update=True)
    if channel.state is ChannelState.REMOVED:
        raise ChannelNotFoundError(f"There is no channel {slug}.")
    return channel


def _write(
    channel: Channel,
    values: Values,
    logged_in: frozenset[str],
    renewed: Mapping[str, str],
    key: bytes,
) -> None:
    """Write the settings, and over them what a log-in brought; each where it belongs."""
    secret = {one.name: one.is_secret for one in forms.fields(channel.kind)}
    if unknown := sorted(set(renewed) - set(secret)):
        raise UnknownSettingError(f"The kind {channel.kind} has no setting {', '.join(unknown)}.")
    settings = dict(values.settings) | {n: v for n, v in renewed.items() if not secret[n]}
    secrets = dict(values.secrets) | {n: v for n, v in renewed.items() if secret[n]}
    callback = {n: v for n, v in channel.settings.items() if n == CALLBACK and n not in secret}
    channel.settings = callback | settings
    names = sorted(logged_in | set(renewed))
    body = json.dumps({"secrets": secrets, "renewed": names})
    is_empty = not secrets and not names
    channel.credentials = None if is_empty else seal(key, _purpose(channel), body)


def _unsealed(channel: Channel, key: bytes) -> _Sealed:
    if channel.credentials is None:
        return _Sealed()
    body = json.loads(unseal(key, _purpose(channel), channel.credentials))
    return _Sealed(body["secrets"], frozenset(body["renewed"]))


def _purpose(channel: Channel) -> str:
    """Bind the seal to the channel: moved to another row it does not open."""
    return f"channel:{channel.id}"


def _changed(before: Values, after: Values) -> list[str]:
    """Return the names of the settings that differ, never their values."""
    old, new = {**before.settings, **before.secrets}, {**after.settings, **after.secrets}
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _demand_free(session: Session, kind: str, values: Values) -> None:
    """Refuse an account that another channel is; raises `forms.SettingsRefusedError`."""
    identity = _identity(kind, values.settings)
    if not identity:
        return
    city.hold(session)  # whoever adds the same account at the same time waits here
    others = session.scalars(
        select(Channel.settings).where(Channel.kind == kind, Channel.state != ChannelState.REMOVED)
    )
    if any(_identity(kind, other) == identity for other in others):
        raise forms.SettingsRefusedError({next(iter(identity)): Problem.TAKEN})


def _identity(kind: str, settings: Mapping[str, object]) -> dict[str, object]:
    """Return what names the account; under another address it is the same one."""
    return {
        one.name: settings.get(one.name)
        for one in forms.fields(kind)
        if one.is_required and not one.is_secret and not one.is_address
    }


def _value(values: Values, name: str) -> str | None:
    return values.settings.get(name) or values.secrets.get(name)
