"""Reading the web chat's messages."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from connectors.base import InboundEvent, InboundMessage, Location, Sender
from connectors.capabilities import Visibility
from connectors.text import clean
from connectors.validation import SentAt, plain, read

MAX_TEXT = 4_000

ShortId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(plain)]


class WebChatMessage(BaseModel):
    """A visitor's message; `id` is made by the page, so that a resend is recognised."""

    id: ShortId
    visitor: ShortId
    text: str = Field(max_length=MAX_TEXT)
    choice: str | None = Field(default=None, max_length=64)
    sent_at: SentAt
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    files: int = Field(default=0, ge=0)


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored message; raises `ParseError`."""
    message = read(WebChatMessage, payload)
    located = message.lat is not None and message.lon is not None
    return [
        InboundMessage(
            native_id=f"{message.visitor}/{message.id}",
            thread=message.visitor,
            visibility=Visibility.PRIVATE,
            sender=Sender(message.visitor),
            text=clean(message.text),
            sent_at=message.sent_at,
            location=Location(message.lat or 0.0, message.lon or 0.0) if located else None,
            files=message.files,
            choice=message.choice,
        )
    ]
