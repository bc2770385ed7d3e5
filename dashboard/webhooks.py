"""Where platforms tell us by themselves: what they sign is stored, and only then answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot import clock
from bot.channels import accounts
from bot.channels.service import ChannelPausedError
from bot.channels.states import ChannelState
from bot.errors import NotFoundError
from bot.inbound import cries
from connectors import registry
from connectors.push import Call
from dashboard.api.pace import pace_of
from dashboard.web import Web, web_of

router = APIRouter(prefix="/webhooks", include_in_schema=False)


class NoWebhookError(NotFoundError):
    """Nothing is pushed here."""

    code = "no_webhook"


@dataclass(frozen=True, slots=True)
class _Channel:
    """A channel that may be pushed to, with its settings, secrets opened."""

    id: int
    kind: str
    values: Mapping[str, str] = field(repr=False)


@router.api_route("/{slug}", methods=["GET", "POST"])
async def receive(slug: str, request: Request) -> Response:
    """Take what a platform tells; 401 for what it has not signed, 429, 503 while nobody listens."""
    web = web_of(request)
    channel = await web.app.database.run(lambda: _channel(web, slug))
    read = registry.receiver(channel.kind)
    if read is None:
        raise NoWebhookError("Nothing is pushed here.")
    pace_of(request).check(channel.id)  # before the body: who signs nothing costs the least
    call = Call(
        request.method, dict(request.headers), dict(request.query_params), await request.body()
    )
    answer = read(call, channel.values, clock.now())
    if answer.items:
        connector = web.app.connectors.named(channel.kind)
        # In a thread: what strangers send may take long to read.
        arrivals = await asyncio.to_thread(cries.arrivals, channel.id, connector, answer.items)
        await web.app.intake.put(arrivals)
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)


def _channel(web: Web, slug: str) -> _Channel:
    """Find a channel; raises `ChannelNotFoundError`, `ChannelPausedError`, `SealBrokenError`."""
    with web.app.database.read() as session:
        found = accounts.by_slug(session, slug)
        if found.state is not ChannelState.ACTIVE:
            raise ChannelPausedError("This channel is paused.")
        values = accounts.stored(found, web.key).values
        return _Channel(found.id, found.kind, {**values.settings, **values.secrets})
