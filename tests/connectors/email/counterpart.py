"""The mail of a city and its citizens: Dovecot for what comes in, aiosmtpd for what goes out."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import count
from pathlib import Path

from bot import clock
from connectors.base import RawFile
from connectors.capabilities import Visibility
from connectors.email import items
from connectors.mailserver import Security
from tests.conformance.counterpart import Heard, NotOffered, NotRun, Push
from tests.fakes import mail
from tests.fakes.mail import PASSWORD, USER, Mailbox
from tests.support import dovecot
from tests.support.dovecot import DOMAIN, Dovecot

ADDRESS = f"{USER}@{DOMAIN}"
_numbers = count(1)


class Town:
    """A mailbox of the city, and people who write to it."""

    def __init__(self, inbox: Dovecot, outbox: Mailbox) -> None:
        self.inbox = inbox
        self.outbox = outbox
        self._names: dict[str, str] = {}
        self._ahead = timedelta(0)
        inbox.user(USER, PASSWORD)

    @property
    def ports(self) -> Mapping[str, int]:
        return {"imap": self.inbox.port, "smtp": self.outbox.port}

    def settings(self, ports: Mapping[str, int]) -> dict[str, str]:
        return {
            "address": ADDRESS,
            "imap": f"imap://127.0.0.1:{ports['imap']}?tls=none",
            "smtp": f"smtp://127.0.0.1:{ports['smtp']}?tls=none",
            "user": USER,
            "password": PASSWORD,
            "name": "Stadt Musterhausen",
        }

    def say(
        self,
        who: str,
        text: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        reply_to: str | None = None,
        file: RawFile | None = None,
    ) -> str:
        if visibility is not Visibility.PRIVATE:
            raise NotOffered("mails are private")
        message = letter(who, text, ahead=self._ahead)
        if reply_to is not None:
            message["In-Reply-To"] = f"<{reply_to}>"
            message["References"] = f"{self._references(reply_to)} <{reply_to}>".strip()
        if file is not None:
            kind, _, subtype = file.declared_type.partition("/")
            message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
        return self.deliver(message)

    def deliver(self, message: EmailMessage) -> str:
        """Deliver a mail; return its Message-ID."""
        raw = message.as_bytes(policy=SMTP)
        self.inbox.deliver(USER, raw)
        message_id = str(message["Message-ID"]).strip("<>")
        self._names[message_id] = items.item(raw, me=ADDRESS, most=0).event_id
        return message_id

    def edit(self, who: str, native_id: str, text: str) -> None:
        raise NotOffered("a mail stays as it was sent")

    def delete(self, who: str, native_id: str) -> None:
        raise NotOffered("a mail cannot be taken back")

    def press(self, who: str, native_id: str, label: str) -> None:
        raise NotOffered("mails have no buttons")

    def react(self, who: str, native_id: str, symbol: str) -> None:
        raise NotOffered("mails have no reactions")

    def be_strange(self, who: str) -> None:
        message = letter(who, "")
        message.add_attachment(
            b"\x78\x9f\x3e\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat"
        )
        self.deliver(message)

    def be_broken(self, who: str) -> None:
        number = next(_numbers)
        raw = f"Message-ID: <broken{number}@example.org>\r\nSubject: ?\r\n\r\nWer bin ich?\r\n"
        self.inbox.deliver(USER, raw.encode())

    def remark(self, who: str, native_id: str, text: str) -> str:
        raise NotOffered("who has written may be answered at any time: there is no summons")

    def block(self, who: str) -> Visibility:
        self.outbox.unknown.add(f"{who}@example.org")
        return Visibility.PRIVATE

    def clock(self, offset: timedelta) -> None:
        """Mails are dated by the machines of those who write them."""
        self._ahead = offset

    def heard(self) -> list[Heard]:
        found = [heard(message) for message in self.outbox.taken]
        return [
            replace(one, in_reply_to=self._names.get(one.in_reply_to or "", one.in_reply_to))
            for one in found
        ]

    def shows(self, native_id: str) -> bool:
        return True  # what somebody has sent stays with them

    def limit(self, retry_after: int | None) -> None:
        if retry_after is not None:
            raise NotRun("SMTP names no wait: a refusal for now is tried again as any other")
        self.outbox.answers.append("451 4.7.1 Too many messages, please slow down")

    def log_out(self) -> None:
        self.inbox.user(USER, "another")
        self.outbox.password = "another"
        self.inbox.kick(USER)

    def log_in(self) -> None:
        self.inbox.user(USER, PASSWORD)
        self.outbox.password = PASSWORD

    def push(self, who: str, text: str) -> Push:
        raise NotOffered("mail servers tell nobody by HTTP")

    def _references(self, native_id: str) -> str:
        known = {heard(one).native_id: str(one["References"] or "") for one in self.outbox.taken}
        return known.get(native_id, "")


def letter(
    who: str, text: str, *, subject: str = "Anfrage", ahead: timedelta = timedelta(0)
) -> EmailMessage:
    """Return a mail of somebody to the city, whose clock is so much ahead."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{who.capitalize()} <{who}@example.org>"
    message["To"] = ADDRESS
    message["Subject"] = subject
    message["Date"] = format_datetime(clock.now() + ahead)
    message["Message-ID"] = f"<{who}.{next(_numbers)}@example.org>"
    message.set_content(text)
    return message


def heard(message: EmailMessage) -> Heard:
    """Return what somebody sees who gets a mail of ours."""
    body = message.get_body(("plain",))
    answered = str(message["In-Reply-To"] or "").strip("<>")
    return Heard(
        native_id=str(message["Message-ID"]).strip("<>"),
        text=str(body.get_content()).replace("\r\n", "\n").strip() if body is not None else "",
        in_reply_to=answered or None,
        files=tuple(
            RawFile(part.get_filename() or "", part.get_content_type(), _bytes(part))
            for part in message.iter_attachments()
        ),
    )


def _bytes(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@contextmanager
def running() -> Iterator[Town]:
    """Run both servers; raises `NotRun` where there is no Dovecot."""
    if not dovecot.installed():
        raise NotRun("Dovecot is not installed; as root `make test` installs it")
    with (
        dovecot.running() as inbox,
        tempfile.TemporaryDirectory() as folder,
        mail.serving(Path(folder), security=Security.NONE) as outbox,
    ):
        yield Town(inbox, outbox)
