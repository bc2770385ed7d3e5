"""Reading channels, and the connectors that belong to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.models import Channel
from bot.channels.states import ChannelState
from bot.errors import InvalidError
from connectors import registry
from connectors.base import Connector

API = "api"  # the kind whose clients show a token
CALLBACK = "callback"  # the setting that holds the address


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel as the core and the pages see it."""

    id: int
    kind: str
    slug: str
    name: str
    state: ChannelState
    last_in_at: datetime | None
    last_out_at: datetime | None
    last_error: str | None
    settings: Mapping[str, object]
    version: int
    folder_id: str | None = None

    @property
    def callback(self) -> str | None:
        """The address to which its replies are posted."""
        url = self.settings.get(CALLBACK)
        return str(url) if url else None


_COLUMNS = tuple(getattr(Channel, name) for name in ChannelInfo.__dataclass_fields__)


def channels(session: Session, *, removed: bool = False) -> tuple[ChannelInfo, ...]:
    """Return every channel by name; those that were removed only when asked for."""
    wanted = select(*_COLUMNS).order_by(Channel.name, Channel.id)
    if not removed:
        wanted = wanted.where(Channel.state != ChannelState.REMOVED)
    rows = session.execute(wanted)
    return tuple(ChannelInfo(**row) for row in rows.mappings())


def channel(session: Session, channel_id: int) -> ChannelInfo:
    """Return one channel, which must exist."""
    row = session.execute(select(*_COLUMNS).where(Channel.id == channel_id)).mappings().one()
    return ChannelInfo(**row)


@dataclass(frozen=True, slots=True)
class Callback:
    """The address to which a channel's replies are posted, and what went wrong last."""

    channel_id: int
    url: str
    last_error: str | None


def callbacks(session: Session) -> list[Callback]:
    """Return the callbacks of the active channels."""
    return [
        Callback(channel.id, channel.callback, channel.last_error)
        for channel in channels(session)
        if channel.callback and channel.kind == API and channel.state is ChannelState.ACTIVE
    ]


class NoConnectorError(InvalidError):
    """Nothing in this version speaks the channel's kind: only another one knows it."""

    code = "no_connector"


class Connectors:
    """The connectors of the channels' kinds."""

    def of(self, channel: ChannelInfo) -> Connector:
        """Return the connector of a channel; raises `UnknownKindError`."""
        return self.named(channel.kind)

    def named(self, kind: str) -> Connector:
        """Return the connector of a kind; raises `UnknownKindError`."""
        return registry.connector(kind)

    def pulls(self, kind: str) -> bool:
        """Tell whether channels of a kind ask their platform for news; no when it is unknown."""
        try:
            return registry.connector(kind).pulls
        except registry.UnknownKindError:
            return False
