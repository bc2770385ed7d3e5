"""The settings of a Matrix account."""

from enum import StrEnum

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from connectors.validation import ServerUrl, sendable


class Invites(StrEnum):
    """Whose invitations are followed."""

    ALL = "all"
    OWN_SERVER = "own_server"
    NONE = "none"


class Settings(BaseModel):
    """What a city's IT enters; `access_token` and `device_id` are also what a log-in brings."""

    model_config = ConfigDict(extra="forbid")

    homeserver: ServerUrl = Field(
        title="Homeserver",
        description="Adresse des Servers, zum Beispiel https://matrix.example.org",
    )
    user_id: str = Field(
        pattern=r"^@[^:\s]+:\S+$",
        max_length=255,
        title="Konto",
        description="Vollständiger Name des Kontos, zum Beispiel @stadt:example.org",
    )
    password: SecretStr | None = Field(
        default=None,
        title="Passwort",
        description="Damit meldet sich Stadtdraht selbst an, auch wenn die Anmeldung abläuft.",
    )
    access_token: SecretStr | None = Field(
        default=None,
        validate_default=True,
        title="Zugangstoken",
        description="Statt des Passworts: ein Token, das Sie selbst erzeugt haben.",
    )
    device_id: str | None = Field(
        default=None,
        max_length=255,
        title="Gerät",
        description="Nur zum Token: das Gerät, für das es gilt.",
    )
    invites: Invites = Field(
        default=Invites.ALL,
        title="Einladungen",
        description="Wessen Einladungen in Räume und Direktchats das Konto annimmt.",
        json_schema_extra={
            "labels": {
                "all": "Alle annehmen",
                "own_server": "Nur vom eigenen Server",
                "none": "Keine annehmen",
            }
        },
    )

    @field_validator("access_token")
    @classmethod
    def _have_a_login(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("password", "wrong") is None:
            raise PydanticCustomError("login", "there is neither a password nor a token")
        return sendable(value) if value else None
