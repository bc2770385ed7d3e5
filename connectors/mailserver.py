"""Where mail is handed in, read from an address: pure, and quick to import."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

WITHIN = 8.0  # seconds: less than a process has for its stop


class Security(StrEnum):
    """How the connection is encrypted."""

    STARTTLS = "starttls"  # begun in the clear, and ended there where the server cannot do it
    TLS = "tls"
    NONE = "none"  # for a relay on the same machine


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    within: float = WITHIN  # seconds for connecting, and again for all that is said


def server(url: str, *, ca_file: Path | None = None) -> Server:
    """Read `smtp://user:password@host:587`, `smtps://host`, or `smtp://localhost:25?tls=none`.

    Raises `ValueError` for anything else.
    """
    parts = urlsplit(url)
    plain = parts.query == "tls=none"
    rest = parts.path.strip("/") or parts.fragment or (not plain and parts.query)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or rest:
        raise ValueError("expected smtp://user:password@host:port or smtps://…")
    if plain and parts.scheme == "smtps":
        raise ValueError("smtps:// is encrypted: it does not go with tls=none")
    encrypted = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        security=Security.NONE if plain else encrypted,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        ca_file=ca_file,
    )
