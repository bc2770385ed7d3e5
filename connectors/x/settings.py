"""The settings of an account on X."""

from enum import StrEnum

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from connectors.validation import ServerUrl, Token
from connectors.x.shapes import owner


class Intake(StrEnum):
    """How news come in."""

    POLL = "poll"
    WEBHOOK = "webhook"


class Settings(BaseModel):
    """What a city's IT enters. Without a monthly budget nothing is asked or sent."""

    model_config = ConfigDict(extra="forbid")

    account: str = Field(
        pattern=r"^@[A-Za-z0-9_]{1,15}$",
        title="Konto",
        description="Name des Kontos bei X, zum Beispiel @stadt_beispiel",
    )
    # Not required in the model's sense: what is required says which account it is.
    monthly_budget: int | None = Field(
        default=None,
        validate_default=True,
        ge=1,
        le=100_000,
        title="Monatsbudget in US-Dollar",
        description="Pflicht. X kostet je Abruf und je Beitrag Geld, ein Beitrag mit Link das "
        "Dreizehnfache. Ist das Budget verbraucht, ruht der Kanal bis zum Monatsersten.",
    )
    consumer_key: Token = Field(
        title="API Key", description="„API Key“ (Consumer Key) der App aus der Developer Console"
    )
    consumer_secret: Token = Field(
        title="API Key Secret",
        description="Das Geheimnis dazu; damit werden auch Webhooks geprüft.",
    )
    access_token: Token = Field(
        title="Access Token",
        description="Zugangstoken des Kontos mit den Rechten „Read, Write and Direct Messages“",
    )
    access_secret: Token = Field(
        title="Access Token Secret", description="Das Geheimnis zum Zugangstoken"
    )
    intake: Intake = Field(
        default=Intake.POLL,
        title="Eingang",
        description="Abrufen geht immer. Beim Webhook meldet X selbst, was neu ist: schneller, "
        "aber teurer; abgerufen wird dann nur noch alle zehn Minuten.",
        json_schema_extra={"labels": {"poll": "Abrufen", "webhook": "Webhook"}},
    )
    # Another server does not learn the secrets: OAuth 1.0a signs with them and never sends them.
    server: ServerUrl = Field(
        default=AnyHttpUrl("https://api.x.com"),
        title="Server",
        description="Adresse der API, üblicherweise https://api.x.com",
    )

    @field_validator("access_token")
    @classmethod
    def _name_its_account(cls, value: SecretStr) -> SecretStr:
        if owner(value.get_secret_value()) is None:
            raise PydanticCustomError("string_pattern_mismatch", "this is no token of an account")
        return value

    @field_validator("monthly_budget")
    @classmethod
    def _have_a_budget(cls, value: int | None) -> int | None:
        if value is None:
            raise PydanticCustomError("missing", "there is no monthly budget")
        return value

    @property
    def handle(self) -> str:
        """The account's name without the sign before it."""
        return self.account.removeprefix("@")

    @property
    def budget(self) -> int:
        """Whole US dollars for a month."""
        return self.monthly_budget or 0
