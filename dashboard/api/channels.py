"""The generic channel over HTTP: any other system posts messages and fetches replies."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Security
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError

from bot.channels import service as channels
from bot.channels.service import WrongTokenError
from bot.errors import InvalidError, StadtdrahtError
from bot.inbound.service import Arrival
from bot.outbox import feed
from bot.outbox.feed import Feed
from connectors.api.connector import ApiConnector
from connectors.api.parse import ApiMessage
from connectors.base import RawFile, RawItem
from dashboard.api.describe import described
from dashboard.api.doors import Doors
from dashboard.api.pace import pace_of
from dashboard.web import Web, bearer, web_of
from nlp import emergency

_bearer = HTTPBearer(
    auto_error=False, scheme_name="channel token", description="The channel's token"
)
_ERRORS: dict[int | str, dict[str, object]] = {
    401: {"description": "Wrong token"},
    404: {"description": "Unknown channel"},
    422: {"description": "Bad body or cursor; `field` names the place"},
    503: {"description": "Paused, stopping, or storage not available"},
}
_POST_ERRORS = _ERRORS | {413: {"description": "Too large"}, 429: {"description": "Too fast"}}


class _Direct(APIRoute):
    """A route whose function reads the request itself: FastAPI describes it and does no more."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        """Return what answers a request."""
        endpoint = self.endpoint

        async def answer(request: Request) -> Response:
            found: Response = await endpoint(**request.path_params, request=request)
            return found

        return answer


intake_router = APIRouter(prefix="/api/v1/channels", route_class=_Direct)
router = APIRouter(prefix="/api/v1/channels")
MAX_FILES = 10
_LONGEST_WAIT = timedelta(seconds=60)
_LOOK_EVERY = 1.0


class TooLargeError(StadtdrahtError):
    """A text or file is larger than the channel takes."""

    code = "too_large"
    status = 413


class PostedFile(BaseModel):
    """A file of a posted message."""

    model_config = ConfigDict(extra="ignore")
    name: StrictStr = Field(min_length=1, max_length=255)
    media_type: StrictStr = Field(min_length=1, max_length=120)
    content_base64: StrictStr


class PostedMessage(ApiMessage):
    """A message as another system posts it."""

    files: Annotated[int, Field(exclude=True)] = 0
    attachments: list[PostedFile] = Field(default_factory=list, max_length=MAX_FILES)


# The body is read only after the token was checked, so it is described here and not by a parameter.
# The token too: a dependency for each message would cost a tenth of the intake.
_BODY = {
    "security": [{_bearer.scheme_name: []}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": described(PostedMessage)}},
    },
}


class Accepted(BaseModel):
    """The message is stored for good."""

    inbound_id: int
    duplicate: bool


@intake_router.post(
    "/{slug}/messages",
    status_code=202,
    response_model=Accepted,
    responses=_POST_ERRORS,
    openapi_extra=_BODY,
)
async def post_message(slug: str, request: Request) -> JSONResponse:
    """Take a message; answered only after it is stored. The same `external_id` is stored once."""
    web = web_of(request)
    channel_id = await _authenticate(web, slug, request)
    pace_of(request).check(channel_id)
    item = _raw_item(_read(await request.body()))
    text = str(item.payload["text"])
    arrival = Arrival(channel_id, item, urgent=bool(emergency.detect(text)))
    [stored] = await web.app.intake.put([arrival])
    return JSONResponse({"inbound_id": stored.id, "duplicate": stored.duplicate}, status_code=202)


@router.get(
    "/{slug}/replies",
    response_model=Feed,
    responses=_ERRORS,
    dependencies=[Security(_bearer)],
)
async def get_replies(
    slug: str,
    request: Request,
    after: str = "",
    wait: Annotated[float, Query(allow_inf_nan=False)] = 0.0,
) -> JSONResponse:
    """Return what was sent since `after`, waiting up to `wait` seconds (at most 60) for it.

    `after` acknowledges everything up to and including itself; without it reading goes on behind
    what was last acknowledged.
    """
    web = web_of(request)
    channel_id = await _authenticate(web, slug, request)
    seen = _cursor(after)
    database, bell = web.app.database, web.app.bells.events
    await database.run(lambda: feed.acknowledge(database, channel_id, seen))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + min(max(wait, 0.0), _LONGEST_WAIT.total_seconds())
    while True:
        rung = bell.rung
        page = await database.run(lambda: feed.read(database, channel_id, seen))
        left = deadline - loop.time()
        if page.replies or left <= 0 or web.app.stopping.is_set():
            return JSONResponse(page.model_dump())
        await bell.wait_async(rung, min(left, _LOOK_EVERY))


async def _authenticate(web: Web, slug: str, request: Request) -> int:
    """Return the channel's id; a token that was right is believed for a tenth of a second."""
    token = bearer(request)
    if not token:
        raise WrongTokenError("This needs the channel's bearer token.")
    doors: Doors = request.app.state.doors
    known = doors.known(slug, token)
    if known is not None:
        return known
    database = web.app.database

    def check() -> int:
        with database.read() as session:
            return channels.authenticate(session, slug, token)

    channel_id = await database.run(check)
    doors.remember(slug, token, channel_id)
    return channel_id


def _read(body: bytes) -> PostedMessage:
    try:
        return PostedMessage.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, problem["loc"])) or "body"
        if field == "text" and problem["type"] == "string_too_long":
            raise TooLargeError(f"{field}: {problem['msg']}") from None
        raise InvalidError(f"{field}: {problem['msg']}", field=field) from None


def _raw_item(message: PostedMessage) -> RawItem:
    files = tuple(_file(place, file) for place, file in enumerate(message.attachments))
    payload = message.model_dump(mode="json", exclude={"attachments"})
    return RawItem(
        event_id=message.external_id,
        order_key=f"{message.visibility}:{message.thread}",
        payload=payload | {"files": len(files)},
        files=files,
    )


def _file(place: int, file: PostedFile) -> RawFile:
    field = f"attachments.{place}.content_base64"
    try:
        content = base64.b64decode(file.content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidError(f"{field}: this is not base64", field=field) from None
    if len(content) > ApiConnector.capabilities.max_media_bytes:
        raise TooLargeError(f"{field}: the file is too large")
    return RawFile(file.name, file.media_type, content)


def _cursor(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidError("after: this is not a cursor of this channel", field="after")
    return int(text)
