"""The channels: how each does, testing, pausing, resuming and removing one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Form, Request, Response

from bot import clock
from bot.audit.service import Actor, ActorKind
from bot.channels import accounts, binding, details, forms
from bot.channels import service as channels
from bot.channels.forms import Field
from bot.channels.models import Channel
from bot.channels.overview import Overview, overview
from bot.channels.probe import Caretaker, House
from bot.channels.service import ChannelNotFoundError
from bot.channels.states import ChannelState, Condition
from bot.secrets import SealBrokenError
from bot.staff import permissions
from bot.staff.permissions import Permission, StaffUser
from connectors import registry
from connectors.base import Connector, PlatformError
from connectors.registry import UnknownKindError
from dashboard.desk import access
from dashboard.desk.page import page
from dashboard.desk.route import new_router
from dashboard.desk.words import Words
from dashboard.security import csrf
from dashboard.web import see_other, web_of

router = new_router()

Token = Annotated[str, Form(alias=csrf.FIELD)]

LIST = "/desk/channels"
NO_CONNECTOR = (
    "Diesen Kanal kennt nur eine andere Version von Stadtdraht: Hier liest und sendet er nichts."
)
SAVED = "ist gespeichert"
NO_VALUE = "–"
SECONDS = "%(num)s Sek."
MINUTES = "%(num)s Min."
HOURS = "%(num)s Std."
TONES: Mapping[Condition, str] = {
    Condition.OK: "ok",
    Condition.SLOW: "warn",
    Condition.TROUBLE: "bad",
    Condition.PAUSED: "active",
    Condition.FORBIDDEN: "active",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A channel as pages show it: `row` is what is known, the rest is in words."""

    row: Overview
    address: str
    kind_label: str
    condition_label: str
    tone: str
    advice: str | None
    cause: str | None
    lag: str | None
    is_own: bool
    missing: str | None  # what to say where nothing here speaks its kind


@dataclass(frozen=True, slots=True)
class May:
    """What somebody may do with channels."""

    pause: bool
    manage: bool


@router.get("/channels")
def show_list(request: Request) -> Response:
    """List the channels and how they do."""
    user = access.current(request)
    permissions.require(user, Permission.CHANNELS_READ)
    with web_of(request).app.database.read() as session:
        rows = overview(session, now=clock.now())
    items = [item(request, row, user) for row in rows]
    return page(request, user, "desk/channels.html", channels=items, may=_may(user))


@router.get("/channels/{slug}")
def show(request: Request, slug: str) -> Response:
    """Show one channel: how it does, how it is set up."""
    user = access.current(request)
    permissions.require(user, Permission.CHANNELS_READ)
    with web_of(request).app.database.read() as session:
        found = one(request, slug, user)
        settings = _settings(request, accounts.by_slug(session, slug), Words(user.language))
    return page(
        request,
        user,
        "desk/channel.html",
        channel=found,
        settings=settings,
        may=_may(user),
    )


@router.post("/channels/{slug}/test")
def try_out(request: Request, slug: str, token: Token = "") -> Response:
    """Ask the platform whether the account works; the page then says what came of it."""
    user = access.entitled(request, Permission.CHANNELS_PAUSE, token)
    try:
        caretaker(request, user).test(slug)
    except PlatformError:
        done = "test_failed"
    else:
        done = "tested"
    return _back(request, slug, done)


@router.post("/channels/{slug}/pause")
def pause(request: Request, slug: str, token: Token = "") -> Response:
    """Let the channel take and send nothing."""
    return _set_state(request, slug, ChannelState.PAUSED, token)


@router.post("/channels/{slug}/resume")
def resume(request: Request, slug: str, token: Token = "") -> Response:
    """Let the channel go on; whatever was wrong is tried again."""
    return _set_state(request, slug, ChannelState.ACTIVE, token)


@router.post("/channels/{slug}/release")
def release(request: Request, slug: str, token: Token = "") -> Response:
    """Let another data folder go on with the channel: the one it is bound to is lost."""
    user = access.entitled(request, Permission.CHANNELS_MANAGE, token)
    with web_of(request).app.database.unit_of_work() as session:
        binding.release(session, slug, actor=Actor(ActorKind.USER, user.id), now=clock.now())
    return _back(request, slug, "released")


@router.get("/channels/{slug}/remove")
def ask_to_remove(request: Request, slug: str) -> Response:
    """Say what removing a channel means, and ask."""
    user = access.current(request)
    permissions.require(user, Permission.CHANNELS_MANAGE)
    return page(request, user, "desk/channel_remove.html", channel=one(request, slug, user))


@router.post("/channels/{slug}/remove")
def remove(request: Request, slug: str, token: Token = "") -> Response:
    """Remove a channel."""
    user = access.entitled(request, Permission.CHANNELS_MANAGE, token)
    caretaker(request, user).remove(slug)
    web_of(request).app.bells.events.ring()
    return see_other(f"{LIST}?done=removed")


def one(request: Request, slug: str, user: StaffUser) -> Item:
    """Return a channel for a page; raises `ChannelNotFoundError`."""
    with web_of(request).app.database.read() as session:
        rows = overview(session, now=clock.now(), slug=slug)
    if not rows:
        raise ChannelNotFoundError("There is no such channel.")
    return item(request, rows[0], user)


def item(request: Request, row: Overview, user: StaffUser) -> Item:
    """Return a channel in the words of the page."""
    words = Words(user.language)
    return Item(
        row=row,
        address=f"{LIST}/{row.slug}",
        kind_label=words.channel_kind(row.kind),
        condition_label=words.condition(row.condition),
        tone=TONES[row.condition],
        advice=row.advice.to(user.language) if row.advice else None,
        cause=details.to(row.detail, user.language) if row.detail and row.trouble else None,
        lag=_span(words, row.lag) if row.lag is not None else None,
        is_own=is_own(request, row.kind),
        missing=None if _speaks(request, row.kind) else words.say(NO_CONNECTOR),
    )


def is_own(request: Request, kind: str) -> bool:
    """Tell whether channels of this kind need no platform, so that there is nothing to test."""
    connector = _speaks(request, kind)
    return connector is not None and connector.capabilities.own


def _speaks(request: Request, kind: str) -> Connector | None:
    try:
        return web_of(request).app.connectors.named(kind)
    except UnknownKindError:  # only another version knows it
        return None


def caretaker(request: Request, user: StaffUser) -> Caretaker:
    """Return who looks after accounts in the name of `user`."""
    app = web_of(request).app
    actor = Actor(ActorKind.USER, user.id)
    return Caretaker(app.database, app.connectors, House.of(app.settings), actor)


def choice(words: Words, field: Field, value: str) -> str:
    """Return a value as its choice is called."""
    return next((words.say(label) for key, label in field.choices if key == value), value)


def _settings(request: Request, channel: Channel, words: Words) -> list[tuple[str, str]] | None:
    """Return titles and values, secrets only as being there; None when they cannot be opened.

    There are none for a kind that only another version knows.
    """
    if channel.kind not in registry.kinds():
        return []
    try:
        stored = accounts.stored(channel, web_of(request).key)
    except SealBrokenError:
        return None
    shown = []
    for field in forms.fields(channel.kind):
        if field.comes_from_login:
            continue
        value = stored.values.settings.get(field.name, field.default)
        if field.is_secret:
            text = words.say(SAVED) if field.name in stored.values.secrets else NO_VALUE
        else:
            text = choice(words, field, value) or NO_VALUE
        shown.append((words.say(field.title), text))
    return shown


def _set_state(request: Request, slug: str, state: ChannelState, token: str) -> Response:
    user = access.entitled(request, Permission.CHANNELS_PAUSE, token)
    with web_of(request).app.database.unit_of_work() as session:
        actor = Actor(ActorKind.USER, user.id)
        channels.set_state(session, slug, state, actor=actor, now=clock.now())
    return _back(request, slug, "paused" if state is ChannelState.PAUSED else "resumed")


def _back(request: Request, slug: str, done: str) -> Response:
    bells = web_of(request).app.bells
    bells.events.ring()
    bells.outbound.ring()
    return see_other(f"{LIST}/{slug}?done={done}")


def _may(user: StaffUser) -> May:
    return May(
        permissions.allows(user, Permission.CHANNELS_PAUSE),
        permissions.allows(user, Permission.CHANNELS_MANAGE),
    )


def _span(words: Words, span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 90:
        return words.say(SECONDS, num=seconds)
    if seconds < 90 * 60:
        return words.say(MINUTES, num=round(seconds / 60))
    return words.say(HOURS, num=round(seconds / 3600))
