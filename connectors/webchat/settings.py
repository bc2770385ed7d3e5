"""The settings of the web chat: there are none."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Nothing to set."""

    model_config = ConfigDict(extra="forbid")
