"""A city's mail server: a real SMTP server (aiosmtpd) with its own authority, and what it took."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.mailserver import Security

USER, PASSWORD = "alarme", "p:a@ss/wort"


@dataclass(slots=True)
class Mailbox:
    """What the server took; it answers with `answers` in turn, then takes everything.

    It looks at each mail for `looks` seconds before it answers. The next `cuts` it takes, and hangs
    up without a word. It knows nobody of the `unknown`.
    """

    answers: list[str] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)
    asked: int = 0
    looks: float = 0
    cuts: int = 0
    unknown: set[str] = field(default_factory=set)
    password: str = PASSWORD
    port: int = 0
    ca_file: Path | None = None

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take an address, or say that it knows nobody there."""
        if address in self.unknown:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or say why not."""
        self.asked += 1
        await asyncio.sleep(self.looks)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(message_from_bytes(content, policy=policy.default))
            if self.cuts:
                self.cuts -= 1
                assert isinstance(server.transport, asyncio.WriteTransport)
                server.transport.abort()
        return answer

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        """Say whether a log-in is right."""
        right = LoginPassword(USER.encode(), self.password.encode())
        return AuthResult(success=given == right, handled=False)


@contextmanager
def serving(
    folder: Path, *, security: Security = Security.STARTTLS, login: bool = True
) -> Iterator[Mailbox]:
    """Run a server that insists on its security, and after STARTTLS on a log-in."""
    tls, starttls = security is Security.TLS, security is Security.STARTTLS
    mailbox = Mailbox(ca_file=folder / "ca.pem")
    certificate, key = _certificates(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=_free_port(),
        ssl_context=context if tls else None,
        tls_context=context if starttls else None,
        require_starttls=starttls,
        # Otherwise it is not demanded (aiosmtpd warns); a wrong one is refused all the same.
        auth_required=login and starttls,
        auth_require_tls=starttls,
        authenticator=mailbox.check,
    )
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


@contextmanager
def hanging(*, dripping: bool = False) -> Iterator[int]:
    """Listen, greet nobody (or without an end), and yield the port."""
    closing = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):  # the end, or the other side has had enough
                while True:
                    kept.append(listener.accept()[0])
                    while dripping and not closing.wait(0.05):
                        kept[-1].sendall(b"220-more to come\r\n")

        thread = threading.Thread(target=accept, name="hanging")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            closing.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in kept:
                one.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _certificates(folder: Path) -> tuple[Path, Path]:
    """Make an authority and a certificate for localhost; return the latter and its key."""
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stadt Test CA")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )

    root = build(issuer, authority).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    leaf = build(name, own).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "own.pem").write_bytes(leaf.sign(authority, hashes.SHA256()).public_bytes(pem))
    (folder / "own.key").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "own.pem", folder / "own.key"
