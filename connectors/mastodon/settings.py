"""The settings of a Mastodon account."""

from pydantic import BaseModel, ConfigDict, Field

from connectors.validation import ServerUrl, Token


class Settings(BaseModel):
    """What a city's IT enters; the token is made in the account's own settings."""

    model_config = ConfigDict(extra="forbid")

    instance: ServerUrl = Field(
        title="Instanz",
        description="Adresse der Instanz, zum Beispiel https://mastodon.example.org",
    )
    account: str = Field(
        pattern=r"^@?\w([\w.-]*\w)?(@[\w.-]+\w)?$",
        max_length=255,
        title="Konto",
        description="Name des Kontos, zum Beispiel @stadt@mastodon.example.org",
    )
    access_token: Token = Field(
        title="Zugangstoken",
        description="Unter „Einstellungen > Entwicklung“ eine Anwendung mit den Rechten "
        "read:accounts, read:follows, read:notifications, read:statuses, write:media und "
        "write:statuses anlegen und ihr Zugangstoken hier einsetzen.",
    )
