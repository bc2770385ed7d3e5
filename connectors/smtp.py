"""Mail through a city's own SMTP server: encrypted unless told otherwise, never without end.

RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte).
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from threading import Timer

from connectors.http import trust
from connectors.mailserver import Security, Server

_PERMANENT = 500


class MailError(Exception):
    """A mail was not taken; `code` says why in a word, without addresses and answers.

    `final`: this mail will never be taken. Otherwise it may be tried again later.
    """

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


class _Timed(smtplib.SMTP):
    """A connection that is cut when its time is over, however busily the server drips."""

    def connect(  # type: ignore[override]  # its constructor gives these two only
        self, host: str = "localhost", port: int = 0
    ) -> tuple[int, bytes]:
        """Connect, and let the time begin."""
        self._end = Timer(self.timeout, _cut, [self])
        self._end.start()
        try:
            return super().connect(host, port)
        except BaseException:
            self._end.cancel()
            raise

    def close(self) -> None:
        """Close in time."""
        self._end.cancel()
        super().close()


class _TimedTls(_Timed, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def connected(to: Server, *, name: str) -> Iterator[smtplib.SMTP]:
    """Open a connection, encrypted and logged in; `name` is what we call ourselves.

    It is cut when its time is over, whatever the server does. Raises `MailError`.
    """
    with _explained(), closing(_connect(to, name)) as smtp:
        if to.security is Security.STARTTLS:
            smtp.starttls(context=trust(to.ca_file))
            smtp.ehlo()
        if to.user is not None:
            smtp.login(to.user, to.password or "")
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()


def send(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand in one mail; raises `MailError`. The connection goes on after a refusal."""
    with _explained():
        smtp.send_message(message)


def _connect(to: Server, name: str) -> smtplib.SMTP:
    if to.security is Security.TLS:
        context = trust(to.ca_file)
        return _TimedTls(to.host, to.port, local_hostname=name, timeout=to.within, context=context)
    return _Timed(to.host, to.port, local_hostname=name, timeout=to.within)


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
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        raise MailError("no_answer") from None
    except (smtplib.SMTPException, OSError):
        raise MailError("no_connection") from None
