"""Reading the generic channel's messages."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from connectors.base import InboundEvent, InboundMessage, Location, Sender
from connectors.capabilities import Visibility
from connectors.text import clean
from connectors.validation import PlainId, SentAt, read

MAX_TEXT = 20_000


class ApiSender(BaseModel):
    """Who wrote, in the other system's words."""

    model_config = ConfigDict(extra="ignore")
    id: PlainId
    name: StrictStr | None = Field(default=None, max_length=200)


class ApiLocation(BaseModel):
    """A place in WGS 84 degrees."""

    model_config = ConfigDict(extra="ignore")
    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon: float = Field(ge=-180, le=180, allow_inf_nan=False)


class ApiMessage(BaseModel):
    """A message as it is posted and stored; files travel beside it."""

    model_config = ConfigDict(extra="ignore")
    external_id: PlainId
    thread: PlainId
    visibility: Visibility = Visibility.PRIVATE
    sender: ApiSender
    text: StrictStr = Field(max_length=MAX_TEXT)
    sent_at: SentAt | None = None
    location: ApiLocation | None = None
    files: int = Field(default=0, ge=0)


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored message; raises `ParseError`."""
    message = read(ApiMessage, payload)
    return [
        InboundMessage(
            native_id=message.external_id,
            thread=message.thread,
            visibility=message.visibility,
            sender=Sender(message.sender.id, clean(message.sender.name or "") or None),
            text=clean(message.text),
            sent_at=message.sent_at,
            location=Location(message.location.lat, message.location.lon)
            if message.location
            else None,
            files=message.files,
        )
    ]
