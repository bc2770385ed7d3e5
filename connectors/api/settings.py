"""The settings of the generic channel: there are none."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(extra="forbid")
