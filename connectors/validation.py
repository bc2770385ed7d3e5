"""Reading payloads into models, with errors that name fields and never repeat what was sent."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from connectors.base import ParseError

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
