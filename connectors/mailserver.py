"""Where mail is handed in, read from an address: pure, and quick to import."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

WITHIN = 8.0  # seconds: less than a process has for its stop
AT_END = 60.0  # seconds: servers look for spam and viruses before they take a mail
_EXPECTED = "expected smtp://user:password@host:port or smtps://…"


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
    within: float = WITHIN  # seconds for connecting, for all that is said, and for each mail
    at_end: float = AT_END  # seconds for handing in a text


def server(url: str, *, ca_file: Path | None = None) -> Server:
    """Read `smtp://user:password@host:587`, `smtps://host`, or `smtp://localhost:25?tls=none`.

    Raises `ValueError` for anything else.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # which names what stands there: it may be a part of the password
        raise ValueError(_EXPECTED) from None
    plain = parts.query == "tls=none"
    rest = parts.path.strip("/") or parts.fragment or (not plain and parts.query)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or rest:
        raise ValueError(_EXPECTED)
    if plain and parts.scheme == "smtps":
        raise ValueError("smtps:// is encrypted: it does not go with tls=none")
    encrypted = Security.TLS if parts.scheme == "smtps" else Security.STARTTLS
    return Server(
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 587),
        security=Security.NONE if plain else encrypted,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        ca_file=ca_file,
    )
