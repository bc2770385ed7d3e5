"""The settings of a mailbox."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    UrlConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from connectors.mailserver import Security, Server
from connectors.validation import is_here

_PLAIN = "tls=none"
_NONE = frozenset({"url_parsing", "url_scheme", "url_syntax_violation", "url_type"})
_PORTS = {"imaps": 993, "imap": 143, "smtps": 465, "smtp": 587}


def _checked(url: AnyUrl) -> AnyUrl:
    """Return an address of nothing but a server; only on this machine without encryption."""
    if url.username or url.password or (url.path or "/") != "/" or url.fragment:
        raise PydanticCustomError("url_syntax_violation", "host and port only")
    if url.query not in {None, _PLAIN} or (url.query and url.scheme.endswith("s")):
        raise PydanticCustomError("url_syntax_violation", "host and port only")
    if url.query and not is_here(url.host or ""):
        raise PydanticCustomError("unsafe", "the password would be readable on its way")
    return url


def _named(value: object, read: ValidatorFunctionWrapHandler) -> AnyUrl:
    """Return an address; what is none is called by what it should be, for it is not the web's."""
    try:
        url: AnyUrl = read(value)
    except ValidationError as error:
        if _NONE.isdisjoint(one["type"] for one in error.errors()):
            raise
        raise PydanticCustomError("mail_server", "no address of a mail server") from None
    return url


ImapUrl = Annotated[
    AnyUrl,
    UrlConstraints(max_length=300, allowed_schemes=["imaps", "imap"], host_required=True),
    AfterValidator(_checked),
    WrapValidator(_named),
]
SmtpUrl = Annotated[
    AnyUrl,
    UrlConstraints(max_length=300, allowed_schemes=["smtps", "smtp"], host_required=True),
    AfterValidator(_checked),
    WrapValidator(_named),
]


class Plus(StrEnum):
    """Whether the mailbox has addresses with a plus: not every server does."""

    OFF = "off"
    ON = "on"


class Settings(BaseModel):
    """What a city's IT enters; one log-in serves both ways."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$",
        max_length=200,
        title="Adresse",
        description="Die Adresse, an die Bürgerinnen und Bürger schreiben, zum Beispiel "
        "buergerservice@stadt.example",
    )
    imap: ImapUrl = Field(
        title="Posteingang (IMAP)",
        description="Zum Beispiel imaps://mail.stadt.example. Mit imap:// beginnt die "
        "Verschlüsselung durch STARTTLS, ohne die nichts gelesen wird.",
    )
    smtp: SmtpUrl = Field(
        title="Postausgang (SMTP)",
        description="Zum Beispiel smtps://mail.stadt.example, oder smtp:// mit STARTTLS.",
    )
    password: SecretStr = Field(
        title="Passwort",
        description="Das Passwort des Postfachs; es gilt für Eingang und Ausgang.",
    )
    user: str | None = Field(
        default=None,
        max_length=200,
        title="Benutzername",
        description="Nur wenn die Anmeldung nicht mit der Adresse geschieht.",
    )
    name: str | None = Field(
        default=None,
        max_length=100,
        title="Absendername",
        description="So heißt die Stadt in den Antworten, zum Beispiel „Stadt Musterhausen“.",
    )
    folder: str = Field(
        default="INBOX",
        min_length=1,
        max_length=200,
        title="Ordner",
        description="Der Ordner, der gelesen wird. Stadtdraht ändert und löscht darin nichts.",
    )
    sent_folder: str | None = Field(
        default=None,
        max_length=200,
        title="Gesendet-Ordner",
        description="Dorthin kommt eine Kopie jeder Antwort. Leer lassen: Der Server nennt ihn.",
    )
    plus: Plus = Field(
        default=Plus.OFF,
        title="Antwortadresse je Vorgang",
        description="Antworten finden zu ihrem Vorgang, von wo auch immer sie kommen. Erst "
        "einschalten, wenn eine Probe an ihre-adresse+probe@… im Postfach angekommen ist.",
        json_schema_extra={"labels": {"off": "Aus", "on": "Ein"}},
    )


@dataclass(frozen=True, slots=True)
class Servers:
    """Where mail is fetched and handed in."""

    imap: Server
    smtp: Server


def servers(settings: Settings, ca_file: Path | None) -> Servers:
    """Return both servers, with the log-in."""
    user = settings.user or settings.address
    password = settings.password.get_secret_value()
    return Servers(
        *(
            replace(_server(url), user=user, password=password, ca_file=ca_file)
            for url in (settings.imap, settings.smtp)
        )
    )


def _server(url: AnyUrl) -> Server:
    encrypted = Security.TLS if url.scheme.endswith("s") else Security.STARTTLS
    return Server(
        host=(url.host or "").strip("[]"),
        port=url.port or _PORTS[url.scheme],
        security=Security.NONE if url.query == _PLAIN else encrypted,
    )
