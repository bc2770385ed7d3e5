"""The settings of a Telegram bot."""

import hashlib
import hmac
import re
from enum import StrEnum

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError

from connectors.validation import ServerUrl, Token

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")


class Intake(StrEnum):
    """How news come in."""

    POLL = "poll"
    WEBHOOK = "webhook"


class Settings(BaseModel):
    """What a city's IT enters."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$",
        title="Name des Bots",
        description="Sein Benutzername ohne @, wie BotFather ihn bestätigt hat, zum Beispiel "
        "musterstadt_bot",
    )
    token: Token = Field(
        title="Token des Bots",
        description="Die Zeichenfolge, die BotFather zum Bot ausgegeben hat. Wer sie kennt, kann "
        "als Bot lesen und schreiben.",
    )
    intake: Intake = Field(
        default=Intake.POLL,
        title="Empfang",
        description="Abholen geht immer. Für die Zustellung muss Telegram Ihren Server aus dem "
        "Internet über HTTPS erreichen.",
        json_schema_extra={
            "labels": {
                "poll": "Stadtdraht holt die Nachrichten ab",
                "webhook": "Telegram stellt die Nachrichten zu",
            }
        },
    )
    server: ServerUrl = Field(
        default=AnyHttpUrl("https://api.telegram.org"),
        title="Server der Bot-API",
        description="Nur zu ändern, wenn Ihre Stadt einen eigenen Bot-API-Server betreibt.",
    )

    @field_validator("token")
    @classmethod
    def _be_a_token(cls, value: SecretStr) -> SecretStr:
        if not _TOKEN.fullmatch(value.get_secret_value()):
            raise PydanticCustomError("string_pattern_mismatch", "this is no token of a bot")
        return value

    @property
    def bot_id(self) -> int:
        """The bot's id as a user; it stands before the colon of its token."""
        return int(self.token.get_secret_value().partition(":")[0])

    @property
    def webhook_secret(self) -> str:
        """What Telegram shows us with each push (`secret_token` of setWebhook).

        It follows from the token, so that nobody has to enter one and every process knows it.
        """
        key = self.token.get_secret_value().encode()
        return hmac.new(key, b"stadtdraht telegram webhook", hashlib.sha256).hexdigest()
