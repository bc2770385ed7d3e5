"""Adding channels, opening them to the right token, pausing and resuming them, callbacks."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, overload

from pydantic import AnyHttpUrl, TypeAdapter, ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.audit import service as audit
from bot.audit.service import Actor
from bot.channels import health, kinds
from bot.channels.models import Channel
from bot.channels.queries import API, CALLBACK, Callback
from bot.channels.states import ChannelState
from bot.errors import InvalidError, NotFoundError, StadtdrahtError
from bot.events import service as events
from bot.events.service import Change
from connectors import registry
from connectors.text import clean

NAME = 120  # the longest name
_PAGES = ("new",)  # addresses beside the channels' own
_TOKEN_BYTES = 32
_WEB_ADDRESS = TypeAdapter(AnyHttpUrl)
_SPELLED_OUT = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


class ChannelNotFoundError(NotFoundError):
    """No channel has this name."""

    code = "channel_not_found"


class ChannelPausedError(StadtdrahtError):
    """The channel takes nothing at the moment."""

    code = "channel_paused"
    status = 503


class WrongTokenError(StadtdrahtError):
    """The bearer token does not open this channel."""

    code = "wrong_token"
    status = 401


@overload
def add(
    session: Session, kind: Literal["api"], name: str, *, actor: Actor, now: datetime
) -> tuple[str, str]: ...


@overload
def add(
    session: Session, kind: str, name: str, *, actor: Actor, now: datetime
) -> tuple[str, str | None]: ...


def add(
    session: Session, kind: str, name: str, *, actor: Actor, now: datetime
) -> tuple[str, str | None]:
    """Add a channel without settings; return its slug and its token, which is shown only now.

    Only the clients of the generic kind show a token. `accounts.add` adds channels with settings.
    Raises `InvalidError` for an unknown kind or an empty name, and `kinds.KindForbiddenError`.
    """
    if kind not in registry.kinds():
        known = ", ".join(registry.kinds())
        raise InvalidError(f"There is no kind of channel named {kind}. Known: {known}.")
    kinds.hold(session, kind)
    token = secrets.token_urlsafe(_TOKEN_BYTES) if kind == API else None
    channel = Channel(
        kind=kind,
        slug=_free_slug(session, name),
        name=checked_name(name),
        token_hash=_hash(token) if token else None,
        created_at=now,
    )
    session.add(channel)
    session.flush()
    audit.note(session, actor, "channel.added", "channel", channel.id, now=now)
    announce(session, now=now)
    return channel.slug, token


def checked_name(name: str) -> str:
    """Return a channel's name in one line, cut to its length; raises `InvalidError` for none."""
    line = " ".join(clean(name).split())[:NAME].strip()
    if not line:
        raise InvalidError("A channel needs a name.", field="name")
    return line


def announce(session: Session, *, now: datetime) -> None:
    """Tell open pages that a channel has changed."""
    events.publish(session, [Change("channel.changed")], now=now)


def authenticate(session: Session, slug: str, token: str | None) -> int:
    """Return the id of the channel that `token` opens.

    Raises `WrongTokenError`, `ChannelNotFoundError`, `ChannelPausedError`.
    """
    if not token:
        raise WrongTokenError("This needs the channel's bearer token.")
    if not slug.isprintable():  # no engine stores a NUL, and one does not even look for it
        raise ChannelNotFoundError("There is no such channel.")
    found = session.execute(
        select(Channel.id, Channel.token_hash, Channel.state).where(
            Channel.slug == slug, Channel.kind == API, Channel.state != ChannelState.REMOVED
        )
    ).one_or_none()
    if found is None:
        raise ChannelNotFoundError("There is no such channel.")
    if not hmac.compare_digest(found.token_hash or "", _hash(token)):
        raise WrongTokenError("This token does not open the channel.")
    if found.state is not ChannelState.ACTIVE:
        raise ChannelPausedError("This channel is paused.")
    return int(found.id)


def set_state(
    session: Session, slug: str, state: ChannelState, *, actor: Actor, now: datetime
) -> None:
    """Pause or resume a channel, whatever was wrong: a pause on purpose is no trouble.

    Raises `ChannelNotFoundError`, and `kinds.KindForbiddenError` when it may not go on.
    """
    channel = session.scalar(
        select(Channel)
        .where(Channel.slug == slug, Channel.state != ChannelState.REMOVED)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if channel is None:
        raise ChannelNotFoundError(f"There is no channel {slug}.")
    if state is ChannelState.ACTIVE:
        kinds.hold(session, channel.kind)
    channel.state = state
    session.flush()
    health.clear(session, channel.id, now=now)
    audit.note(session, actor, f"channel.{state}", "channel", channel.id, "state", now=now)
    announce(session, now=now)


def set_callback(
    session: Session, slug: str, url: str | None, *, actor: Actor, now: datetime
) -> int:
    """Have a channel's replies posted to `url`, or to nobody; return the channel's id.

    Raises `ChannelNotFoundError`, and `InvalidError` for what is no address of the web.
    """
    if url is not None and not is_web_address(url):
        raise InvalidError(
            "The callback needs an http:// or https:// address without a password in it.",
            field="url",
        )
    channel = session.scalar(select(Channel).where(Channel.slug == slug, Channel.kind == API))
    if channel is None or channel.state is ChannelState.REMOVED:
        raise ChannelNotFoundError(f"There is no channel {slug} of the kind {API}.")
    others = {name: value for name, value in channel.settings.items() if name != CALLBACK}
    channel.settings = others | ({CALLBACK: url} if url else {})
    channel.last_error = None
    channel.version += 1
    audit.note(session, actor, "channel.callback", "channel", channel.id, "settings", now=now)
    announce(session, now=now)
    return channel.id


def callback_secret(key: bytes, channel_id: int, url: str) -> str:
    """Return what signs the callbacks to this address.

    It is made from the installation's key and kept nowhere; another address has another one.
    """
    return hmac.new(key, f"callback:{channel_id}:{url}".encode(), hashlib.sha256).hexdigest()


def note_callback(session: Session, callback: Callback, error: str | None) -> None:
    """Keep what became of a callback, None when it was taken; an address given up says nothing."""
    channel = session.get_one(Channel, callback.channel_id, with_for_update=True)
    if channel.settings.get(CALLBACK) == callback.url:
        channel.last_error = error


def note_arrivals(session: Session, channel_ids: Iterable[int], *, now: datetime) -> None:
    """Remember when channels last brought something."""
    session.execute(
        update(Channel)
        .where(Channel.id.in_(list(channel_ids)))
        .values(last_in_at=now)
        .execution_options(synchronize_session=False)
    )


def is_web_address(url: str) -> bool:
    """Tell whether something can be posted to `url`, which holds no password."""
    try:
        address = _WEB_ADDRESS.validate_python(url)
    except ValidationError:
        return False
    is_open = address.username is None and address.password is None
    return is_open and url == url.strip() and url.isprintable()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _free_slug(session: Session, name: str) -> str:
    spelled = name.lower().translate(_SPELLED_OUT)
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "channel"
    taken = {*session.scalars(select(Channel.slug).where(Channel.slug.startswith(slug))), *_PAGES}
    if slug not in taken:
        return slug
    return next(f"{slug}-{n}" for n in range(2, len(taken) + 3) if f"{slug}-{n}" not in taken)
