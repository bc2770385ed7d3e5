"""Mail through a city's own SMTP server: encrypted unless told otherwise, never without end.

RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte).
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from threading import Timer
from urllib.parse import unquote, urlsplit

from connectors.http import trust

WITHIN = 10.0  # seconds
_IN_ALL = 20.0  # seconds for a connection with all that is said in it
_PERMANENT = 500


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
    within: float = WITHIN  # seconds for connecting, and between two bytes


class MailError(Exception):
    """A mail was not taken; `code` says why in a word, without addresses and answers.

    `final`: this mail will never be taken. Otherwise it may be tried again later.
    """

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


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


@contextmanager
def connected(to: Server, *, name: str) -> Iterator[smtplib.SMTP]:
    """Open a connection, encrypted and logged in; `name` is what we call ourselves.

    It is cut after twenty seconds, whatever the server does. Raises `MailError`.
    """
    with _explained(), closing(_connect(to, name)) as smtp:
        alarm = Timer(_IN_ALL, _cut, [smtp])
        alarm.start()
        try:
            if to.security is Security.STARTTLS:
                smtp.starttls(context=trust(to.ca_file))
                smtp.ehlo()
            if to.user is not None:
                smtp.login(to.user, to.password or "")
            yield smtp
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            alarm.cancel()


def send(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand in one mail; raises `MailError`. The connection goes on after a refusal."""
    with _explained():
        smtp.send_message(message)


def _connect(to: Server, name: str) -> smtplib.SMTP:
    if to.security is Security.TLS:
        context = trust(to.ca_file)
        return smtplib.SMTP_SSL(
            to.host, to.port, local_hostname=name, timeout=to.within, context=context
        )
    return smtplib.SMTP(to.host, to.port, local_hostname=name, timeout=to.within)


def _cut(smtp: smtplib.SMTP) -> None:
    if smtp.sock is not None:
        with suppress(OSError):
            smtp.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what smtplib raises into a word; answers of servers may name people."""
    try:
        yield
    except smtplib.SMTPAuthenticationError:
        raise MailError("login_refused") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise MailError("refused", final=min(codes) >= _PERMANENT) from None
    except smtplib.SMTPResponseException as error:
        raise MailError("refused", final=error.smtp_code >= _PERMANENT) from None
    except smtplib.SMTPNotSupportedError:
        raise MailError("no_encryption") from None
    except ssl.SSLCertVerificationError:
        raise MailError("bad_certificate") from None
    except (smtplib.SMTPException, OSError) as error:
        slow = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        raise MailError("no_answer" if slow else "no_connection") from None
