"""Reading payloads into models, with errors that name fields and never repeat what was sent."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    Field,
    SecretStr,
    StrictStr,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from connectors.base import ParseError

_TOKEN = re.compile(r"[!-~]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Unicode's category Cc


def plain(value: str) -> str:
    """Return a name that a platform gave; one with control characters cannot be stored."""
    if _CONTROL.search(value):
        raise ValueError("control characters are not allowed")
    return value


def utc(value: datetime) -> datetime:
    """Return the instant in UTC; one at the very edge of the calendar has none."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this is no instant in UTC") from None


def safe(address: AnyHttpUrl) -> AnyHttpUrl:
    """Return an address over which a secret may go: it is encrypted, or leaves not this machine."""
    if address.scheme != "https" and not is_here(address.host or ""):
        raise PydanticCustomError("unsafe", "the password would be readable on its way")
    return address


def is_here(host: str) -> bool:
    """Tell whether a host is this machine by its name alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def sendable(value: SecretStr) -> SecretStr:
    """Return a secret that goes into headers and addresses, without the spaces around it."""
    secret = value.get_secret_value().strip()
    if not _TOKEN.fullmatch(secret):
        raise PydanticCustomError("string_pattern_mismatch", "this is no token")
    return SecretStr(secret)


Token = Annotated[SecretStr, AfterValidator(sendable)]
ServerUrl = Annotated[AnyHttpUrl, AfterValidator(safe)]
PlainId = Annotated[StrictStr, Field(min_length=1, max_length=255), AfterValidator(plain)]
SentAt = Annotated[AwareDatetime, AfterValidator(utc)]

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], payload: Mapping[str, object]) -> Model:
    """Return `payload` as `model`; raises `ParseError` with the fields that do not fit."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, one['loc'])) or 'payload'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise ParseError("; ".join(problems)) from None
