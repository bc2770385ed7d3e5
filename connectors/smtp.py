"""Mail through a city's own SMTP server: encrypted unless told otherwise, never without end.

RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 8314 (TLS from the first byte), RFC 4616 (PLAIN).
"""

import base64
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from math import inf
from threading import Event, Thread
from time import monotonic

from connectors.http import trust
from connectors.mailserver import Security, Server

_PERMANENT = 500
_LOGGED_IN = 235
_LOOK_EVERY = 0.1  # seconds between two looks at the time
_WHEN_STOPPING = 3.0  # seconds that are left to a connection when the process stops


class MailError(Exception):
    """A mail was not taken; `code` says why in a word, without addresses and answers.

    `final`: this mail will never be taken. Otherwise it may be tried again later. `status` is the
    server's number for it. `left`: it was being handed in, and the server may have taken it.
    """

    def __init__(
        self, code: str, *, final: bool = False, status: int | None = None, left: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.final = final
        self.status = status
        self.left = left


class Connection(smtplib.SMTP):
    """A connection that is cut when its time is over, however busily the server drips."""

    def __init__(
        self,
        to: Server,
        name: str,
        is_stopping: Callable[[], bool],
        when_stopping: float,
        **tls: ssl.SSLContext,
    ) -> None:
        """Connect; `to.within` seconds are left to whatever comes before the first mail."""
        self.left = False  # a text is on its way, and nothing was said to it yet
        self._at_end = to.at_end
        self._is_stopping = is_stopping
        self._when_stopping = when_stopping
        self._closed = Event()
        super().__init__(
            to.host,
            to.port,
            local_hostname=name,
            timeout=to.within,
            **tls,  # type: ignore[arg-type]  # a context, for the encrypted one alone
        )

    def connect(  # type: ignore[override]  # its constructor gives these two only
        self, host: str = "localhost", port: int = 0
    ) -> tuple[int, bytes]:
        """Connect, and let the time begin."""
        self.grant(self.timeout)
        Thread(target=self._watch, name="smtp-limit", daemon=True).start()
        try:
            return super().connect(host, port)
        except BaseException:
            self._closed.set()
            raise

    def grant(self, seconds: float) -> None:
        """Let the time begin anew."""
        self._end = monotonic() + seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        """Hand in the text: its end is where servers look for spam and viruses, and take long."""
        self.grant(self._at_end)
        answer = super().data(msg)
        self.left = False
        return answer

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        """Say something; bytes are the text of a mail, commands are strings."""
        self.left = self.left or isinstance(s, bytes)
        super().send(s)

    def close(self) -> None:
        """Close in time."""
        self._closed.set()
        super().close()

    def _watch(self) -> None:
        last = inf
        while not self._closed.wait(_LOOK_EVERY):
            if self._is_stopping():
                last = min(last, monotonic() + self._when_stopping)
            if monotonic() >= min(self._end, last):
                _cut(self)


class _Encrypted(Connection, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def connected(
    to: Server,
    *,
    name: str,
    is_stopping: Callable[[], bool] = lambda: False,
    when_stopping: float = _WHEN_STOPPING,
) -> Iterator[Connection]:
    """Open a connection, encrypted and logged in; `name` is what we call ourselves.

    It is cut when its time is over, whatever the server does, and `when_stopping` seconds after
    `is_stopping`. Raises `MailError`.
    """
    with _explained(), closing(_connect(to, name, is_stopping, when_stopping)) as smtp:
        if to.security is Security.STARTTLS:
            smtp.starttls(context=trust(to.ca_file))
            smtp.ehlo()
        if to.user is not None:
            _log_in(smtp, to.user, to.password or "")
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()


def send(smtp: Connection, message: EmailMessage) -> None:
    """Hand in one mail, in its own time; raises `MailError`.

    The connection goes on after a refusal.
    """
    with _explained(smtp):
        smtp.left = False
        smtp.grant(smtp.timeout)
        smtp.send_message(message)


def _connect(
    to: Server, name: str, is_stopping: Callable[[], bool], when_stopping: float
) -> Connection:
    if to.security is Security.TLS:
        return _Encrypted(to, name, is_stopping, when_stopping, context=trust(to.ca_file))
    return Connection(to, name, is_stopping, when_stopping)


def _log_in(smtp: Connection, user: str, password: str) -> None:
    """Log in; smtplib knows ASCII only, so beyond that the UTF-8 of RFC 4616 is said by hand."""
    if user.isascii() and password.isascii():
        smtp.login(user, password)
        return
    smtp.ehlo_or_helo_if_needed()
    secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, answer = smtp.docmd("AUTH", f"PLAIN {secret}")
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _cut(smtp: smtplib.SMTP) -> None:
    if smtp.sock is not None:
        with suppress(OSError):
            smtp.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _explained(smtp: Connection | None = None) -> Iterator[None]:
    """Turn what smtplib raises into a word; answers of servers may name people."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise MailError("login_refused", status=error.smtp_code) from None
    except smtplib.SMTPRecipientsRefused as error:
        code = min(code for code, _ in error.recipients.values())
        raise MailError("refused", final=code >= _PERMANENT, status=code) from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
        raise MailError("refused", final=code >= _PERMANENT, status=code) from None
    except smtplib.SMTPNotSupportedError:
        raise MailError("no_encryption") from None
    except ssl.SSLCertVerificationError:
        raise MailError("bad_certificate") from None
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        raise MailError("no_answer", left=smtp is not None and smtp.left) from None
    except (smtplib.SMTPException, OSError, UnicodeError):  # the last: a name that is none
        raise MailError("no_connection", left=smtp is not None and smtp.left) from None
