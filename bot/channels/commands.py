"""The commands of `stadtdraht channel`; secrets come from stdin or a prompt, never from words."""

import json
import sys
from datetime import datetime, timedelta

import click

from bot import clock
from bot.audit.service import CLI
from bot.channels import accounts, binding, details, forms, kinds, texts
from bot.channels import service as channels
from bot.channels.overview import Overview, overview
from bot.channels.probe import Caretaker, House
from bot.channels.queries import Connectors
from bot.channels.states import ChannelState
from bot.config import Settings
from bot.console import open_database, show
from bot.db.engine import Database
from bot.operation import keys
from connectors.base import PlatformError

_ENGLISH = "en"
_set = click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A setting.")
_secret = click.option(
    "--secret",
    "names",
    multiple=True,
    metavar="NAME",
    help="A secret setting; its value is a line of stdin, or asked for.",
)
_json = click.option("--json", "as_json", is_flag=True)


@click.group()
def channel() -> None:
    """Channels."""


@channel.command("add")
@click.argument("kind")
@click.argument("name")
@_set
@_secret
@_json
@click.pass_obj
def channel_add(
    connectors: Connectors | None,
    kind: str,
    name: str,
    pairs: tuple[str, ...],
    names: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Add a channel of KIND that works; a token is shown once.

    An account on a platform is tested first: one that does not work is not added.
    """
    given = _given(kind, pairs, names)
    with open_database() as database:
        try:
            added = _caretaker(database, connectors).add(kind, name, given)
        except PlatformError as error:
            raise click.ClickException(f"Not added. {_advice(error)}") from None
    values = {"slug": added.slug, "token": added.token}
    show(values if as_json or added.token else {"slug": added.slug}, as_json=as_json)


@channel.command("change")
@click.argument("slug")
@click.option("--name", help="A new name.")
@_set
@_secret
@click.pass_obj
def channel_change(
    connectors: Connectors | None,
    slug: str,
    name: str | None,
    pairs: tuple[str, ...],
    names: tuple[str, ...],
) -> None:
    """Change name or settings of a channel; what is not named stays, NAME= empties a setting.

    The account is tested first: what does not work is not saved.
    """
    with open_database() as database:
        caretaker = _caretaker(database, connectors)
        with database.read() as session:
            found = accounts.by_slug(session, slug)
            stored = accounts.stored(found, caretaker.house.key)
        given = dict(stored.values.settings) | _given(found.kind, pairs, names)
        try:
            caretaker.change(slug, found.name if name is None else name, given, seen=stored.version)
        except PlatformError as error:
            raise click.ClickException(f"Not changed. {_advice(error)}") from None


@channel.command("test")
@click.argument("slug")
@_json
@click.pass_obj
def channel_test(connectors: Connectors | None, slug: str, *, as_json: bool) -> None:
    """Ask the platform whether the account works; exit code 1 and the cure when it does not."""
    with open_database() as database:
        try:
            standing = _caretaker(database, connectors).test(slug)
        except PlatformError as error:
            if as_json:
                click.echo(json.dumps({"works": False, "trouble": error.trouble}))
            raise click.ClickException(_advice(error)) from None
    if as_json:
        row = {"works": True, "trouble": None, "account": standing.name}
        click.echo(json.dumps(row, ensure_ascii=False))
    else:
        click.echo(f"It works: {standing.name}" if standing.name else "It works.")


@channel.command("remove")
@click.argument("slug")
@click.confirmation_option(
    prompt="Its settings and secrets are deleted, its conversations stay. Go on?"
)
@click.pass_obj
def channel_remove(connectors: Connectors | None, slug: str) -> None:
    """Remove a channel; what it has not sent yet is listed as not delivered."""
    with open_database() as database:
        _caretaker(database, connectors).remove(slug)


@channel.command("release")
@click.argument("slug")
@click.confirmation_option(
    prompt="It goes on as a new device where its data folder is not; what it could decrypt there "
    "stays unreadable. Go on?"
)
def channel_release(slug: str) -> None:
    """Let a channel go on with another data folder: the one it is bound to is lost."""
    with open_database() as database, database.unit_of_work() as session:
        binding.release(session, slug, actor=CLI, now=clock.now())


@channel.command("callback")
@click.argument("slug")
@click.argument("url", required=False)
@_json
def channel_callback(slug: str, url: str | None, *, as_json: bool) -> None:
    """Post the replies of an api channel to URL, signed; without URL, no longer."""
    with open_database() as database:
        key = keys.of(Settings(), database)
        with database.unit_of_work() as session:
            found = channels.set_callback(session, slug, url, actor=CLI, now=clock.now())
    secret = channels.callback_secret(key, found, url) if url else None
    if as_json or secret:
        show({"callback_secret": secret}, as_json=as_json)
    else:
        click.echo("Replies are no longer posted.")


@channel.command("list")
@_json
def channel_list(*, as_json: bool) -> None:
    """List the channels, with how they do."""
    with open_database() as database, database.read() as session:
        found = overview(session, now=clock.now())
    if as_json:
        click.echo(json.dumps([_row(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        advice = _told(one)
        words = (one.slug, one.kind, one.name, one.state, one.condition, one.callback, advice)
        click.echo("  ".join(word for word in words if word))


@channel.command("pause")
@click.argument("slug")
def channel_pause(slug: str) -> None:
    """Pause a channel."""
    _set_state(slug, ChannelState.PAUSED)


@channel.command("resume")
@click.argument("slug")
def channel_resume(slug: str) -> None:
    """Resume a channel."""
    _set_state(slug, ChannelState.ACTIVE)


_reason = click.option(
    "--reason", default="", metavar="TEXT", help="Why, or a file number; kept with the decision."
)


@channel.command("allow")
@click.argument("kind")
@_reason
def channel_allow(kind: str, reason: str) -> None:
    """Allow channels of KIND in the whole city; those that were stopped go on."""
    _decide(kind, reason, is_allowed=True)


@channel.command("forbid")
@click.argument("kind")
@_reason
def channel_forbid(kind: str, reason: str) -> None:
    """Forbid channels of KIND: nothing is read from there or sent to it; what waits is kept."""
    _decide(kind, reason, is_allowed=False)


@channel.command("kinds")
@_json
def channel_kinds(*, as_json: bool) -> None:
    """List the kinds of channels, and which of them the city allows."""
    with open_database() as database, database.read() as session:
        found = kinds.kinds(session)
    if as_json:
        click.echo(json.dumps([_kind_row(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        state = "own" if one.is_own else "allowed" if one.is_allowed else "forbidden"
        told = one.decision
        words = (one.name, state, told and told.decided_at.date().isoformat(), told and told.reason)
        click.echo("  ".join(word for word in words if word))


def _decide(kind: str, reason: str, *, is_allowed: bool) -> None:
    with open_database() as database, database.unit_of_work() as session:
        now = clock.now()
        kinds.decide(session, kind, is_allowed=is_allowed, reason=reason, actor=CLI, now=now)


def _set_state(slug: str, state: ChannelState) -> None:
    with open_database() as database, database.unit_of_work() as session:
        channels.set_state(session, slug, state, actor=CLI, now=clock.now())


def _caretaker(database: Database, connectors: Connectors | None) -> Caretaker:
    settings = Settings()
    keys.of(settings, database)
    return Caretaker(database, connectors or Connectors(), House.of(settings), CLI)


def _given(kind: str, pairs: tuple[str, ...], names: tuple[str, ...]) -> dict[str, str]:
    """Return the settings as they were entered; a secret in words would stand in the history."""
    secret = {one.name for one in forms.fields(kind) if one.is_secret}
    given = {}
    for pair in pairs:
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise click.UsageError("--set wants NAME=VALUE.")
        if name in secret:
            raise click.UsageError(f"{name} is a secret: use --secret {name}.")
        given[name] = value
    for name in names:
        if name not in secret:
            raise click.UsageError(f"{name} is no secret of this kind: use --set.")
        given[name] = _read(name)
    return given


def _read(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(name, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _advice(error: PlatformError) -> str:
    advice = texts.trouble(error.trouble, error.detail).to(_ENGLISH)
    return f"{advice} {details.to(error.detail, _ENGLISH)}" if error.detail else advice


def _told(one: Overview) -> str | None:
    """Return what is wrong with a channel and what to do, with what is known of the cause."""
    if one.advice is None:
        return None
    cause = one.detail if one.trouble else None
    advice = one.advice.to(_ENGLISH)
    return f"{advice} {details.to(cause, _ENGLISH)}" if cause else advice


def _row(one: Overview) -> dict[str, object]:
    return {
        "slug": one.slug,
        "kind": one.kind,
        "name": one.name,
        "state": one.state,
        "callback": one.callback,
        "error": one.callback_error,
        "health": {
            "condition": one.condition,
            "trouble": one.trouble,
            "advice": _told(one),
            "failing_since": _iso(one.failing_since),
            "account": one.account_name,
            "last_in_at": _iso(one.last_in_at),
            "last_out_at": _iso(one.last_out_at),
            "lag_seconds": _seconds(one.lag),
            "waiting_in": one.waiting_in,
            "waiting_out": one.waiting_out,
            "login_expires_at": _iso(one.login_expires_at),
            "rate_left": one.rate_left,
            "rate_resets_at": _iso(one.rate_resets_at),
            "folder_host": one.folder_host,
        },
    }


def _kind_row(one: kinds.Kind) -> dict[str, object]:
    told = one.decision
    return {
        "kind": one.name,
        "own": one.is_own,
        "allowed": one.is_allowed,
        "accounts": one.accounts,
        "reason": told.reason if told else None,
        "decided_at": _iso(told.decided_at) if told else None,
        "decided_by": told and (told.decided_by or told.actor_kind),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span else None
