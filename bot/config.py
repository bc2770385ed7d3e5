"""The settings, from the environment; each one is explained in docs/configuration.md."""

import json
import re
import secrets
import ssl
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import addresses
from bot.errors import StadtdrahtError
from bot.operation import folders, sealing
from bot.operation.archive import KEY
from connectors import mailserver
from connectors.base import Network

_KEY_BYTES = 32
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_MAIL = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9.-]{1,253}")
_HOST = re.compile(r"(https?://)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?", re.IGNORECASE)


class BrokenKeyError(StadtdrahtError):
    """The file of the installation's key holds none."""

    code = "key_broken"


class MissingKeyError(StadtdrahtError):
    """There is no key where one is needed."""

    code = "key_missing"


class Settings(BaseSettings):
    """All settings; the prefix is `STADTDRAHT_`, only the port is also read from `PORT`.

    `STADTDRAHT_PORT` wins: a platform's `PORT` is there without anybody having asked for it.
    """

    model_config = SettingsConfigDict(env_prefix="STADTDRAHT_", extra="ignore")

    data_dir: Path = Path("data")
    database_url: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = Field(
        default=8080, ge=1, le=65535, validation_alias=AliasChoices("STADTDRAHT_PORT", "PORT")
    )
    base_url: str | None = None
    log_level: str = "INFO"
    max_upload_mb: int = Field(default=10, ge=1, le=100)
    api_requests_per_second: int = Field(default=1000, ge=100)
    embed_hosts: tuple[str, ...] = ()
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    proxy: SecretStr | None = None
    ca_file: Path | None = None
    backup_recipient: str | None = None
    smtp_url: SecretStr | None = None
    mail_from: str | None = None

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            addresses.check_database(value.get_secret_value())
        return value

    @field_validator("base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value:
            addresses.check_web(value)
        return value or None

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Take a JSON list, or addresses with commas between them."""
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            try:
                return json.loads(value)
            except ValueError:
                raise ValueError('a list such as 127.0.0.1,::1 or ["127.0.0.1","::1"]') from None
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(addresses.check_network(one) for one in value)

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            mailserver.server(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_address(cls, value: str | None) -> str | None:
        if value is not None and not _MAIL.fullmatch(value):
            raise ValueError("not a mail address")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in _LEVELS:
            raise ValueError(f"one of {', '.join(_LEVELS)}")
        return value.upper()

    @field_validator("embed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"not a host: {host!r}")
        return value

    @field_validator("proxy")
    @classmethod
    def _proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value and addresses.check_web(value.get_secret_value()).path.strip("/"):
            raise ValueError("an address such as http://proxy.example.org:3128, without a path")
        return value

    @field_validator("ca_file")
    @classmethod
    def _authorities(cls, value: Path | None) -> Path | None:
        try:
            if value:
                ssl.create_default_context(cafile=value)
        except OSError as error:  # also ssl's
            reason = error.strerror or "no certificate in it"
            raise ValueError(f"not a file of certificates in PEM ({reason})") from None
        return value

    @field_validator("backup_recipient")
    @classmethod
    def _public_key(cls, value: str | None) -> str | None:
        if value:
            sealing.recipient(value)
        return value or None

    def make_data_dir(self) -> None:
        """Make the data folder; what citizens wrote is for this account alone."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """The address of the database: SQLite in the data folder unless said otherwise."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.resolve() / 'stadtdraht.sqlite3'}"

    @property
    def public_url(self) -> str:
        """The address under which citizens reach this city, without a slash at the end."""
        return (self.base_url or f"http://{addresses.shown(self.host, self.port)}").rstrip("/")

    @property
    def mail_server(self) -> mailserver.Server | None:
        """Where mail of the alarms is handed in, if anywhere."""
        if self.smtp_url is None:
            return None
        return mailserver.server(self.smtp_url.get_secret_value(), ca_file=self.ca_file)

    @property
    def mail_sender(self) -> str:
        """The address from which alarms come."""
        return self.mail_from or f"stadtdraht@{urlsplit(self.public_url).hostname}"

    @property
    def is_https(self) -> bool:
        """Whether cookies may be marked secure."""
        return self.public_url.startswith("https://")

    @property
    def network(self) -> Network:
        """How requests leave the house."""
        proxy = self.proxy.get_secret_value() if self.proxy else None
        return Network(proxy, self.ca_file)

    @cached_property
    def key(self) -> bytes:
        """The installation's secret key, kept outside the database.

        Raises `MissingKeyError`, `BrokenKeyError`. `operation.keys` makes it for an empty city.
        """
        path = self.data_dir / KEY
        try:
            key = path.read_bytes()
        except FileNotFoundError:
            raise MissingKeyError(
                f"There is no {KEY} in {self.data_dir}: is STADTDRAHT_DATA_DIR right?"
            ) from None
        if len(key) != _KEY_BYTES:
            raise BrokenKeyError(f"{path} is not a key: restore it from a backup.")
        return key

    def make_key(self) -> None:
        """Make the key where there is none; it is durable before anything is sealed with it."""
        path = self.data_dir / KEY
        if path.exists():
            return
        self.make_data_dir()
        folders.create_once(path, secrets.token_bytes(_KEY_BYTES))


def name_of(place: tuple[int | str, ...]) -> str:
    """Return the variable that sets what pydantic calls `place`."""
    name = ".".join(map(str, place)).upper()
    return name if name.startswith("STADTDRAHT_") else f"STADTDRAHT_{name}"
