"""The settings of a Bluesky account."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from connectors.validation import ServerUrl


class Settings(BaseModel):
    """What a city's IT enters; both tokens are what a log-in brings.

    The server has no default: the core takes the password away when a required address changes.
    """

    model_config = ConfigDict(extra="forbid")

    server: ServerUrl = Field(
        title="Server",
        description="Wo das Konto liegt: https://bsky.social, oder Ihr eigener Server (PDS).",
    )
    handle: str = Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
        max_length=253,
        title="Handle",
        description="Name des Kontos ohne @ und klein geschrieben, zum Beispiel stadt.example.org",
    )
    app_password: SecretStr = Field(
        title="App-Passwort",
        description="Legen Sie es bei Bluesky unter Einstellungen, Datenschutz und Sicherheit, "
        "App-Passwörter an. Bitte nie das Passwort des Kontos selbst.",
    )
    access_token: SecretStr | None = Field(
        default=None,
        title="Sitzung",
        description="Bringt die Anmeldung.",
        json_schema_extra={"comes_from_login": True},
    )
    refresh_token: SecretStr | None = Field(
        default=None,
        title="Sitzung verlängern",
        description="Bringt die Anmeldung.",
        json_schema_extra={"comes_from_login": True},
    )
