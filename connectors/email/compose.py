"""Writing a mail; pure. No header takes a line break, from whomever it comes."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.base import OutboundPart, RawFile
from connectors.email import ids
from connectors.text import clean

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUBJECT = 200
_ANSWER = re.compile(r"(?:re|aw|antw)\s*:\s*", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"([a-z0-9.+-]{1,60})/([a-z0-9.+-]{1,80})")
# Identifiers must not be wrapped: folded, the library would write them as encoded words.
_UNFOLDED = SMTP.clone(max_line_length=998)


class NotPossibleError(Exception):
    """There is no mail to such an address."""


def message_id(key: str, me: str) -> str:
    """Return the name of the mail of a key: the same on every attempt."""
    name = key if _KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()
    return f"{name}@{me.rpartition('@')[2]}"


def mail(
    part: OutboundPart,
    key: str,
    *,
    me: str,
    name: str | None,
    subject: str | None,
    now: datetime,
    plus: bool = False,
) -> EmailMessage:
    """Return the mail of a part; raises `NotPossibleError`.

    `plus`: what goes to our address with a plus behind the name reaches us.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_line(name or ""), addr_spec=me)
    message["To"] = _recipient(part.recipient or "")
    message["Subject"] = _subject(subject, name or me)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id(key, me)}>"
    chain = _chain(part.thread, part.in_reply_to)
    if chain:
        message["In-Reply-To"] = f"<{chain[-1]}>"
        message["References"] = " ".join(f"<{one}>" for one in chain)
    if plus and part.reference and (address := ids.plus(part.reference, me)):
        message["Reply-To"] = Address(_line(name or ""), addr_spec=address)
    message["X-Auto-Response-Suppress"] = "All"
    if part.automatic:
        message["Auto-Submitted"] = "auto-replied"
    message.set_content(clean(part.text) + "\n", cte="quoted-printable")
    if part.language:  # of the text (RFC 3282): the library puts it aside with what was before
        message["Content-Language"] = part.language
    if part.file is not None:
        _attach(message, part.file)
    message.policy = _UNFOLDED
    return message


def _attach(message: EmailMessage, file: RawFile) -> None:
    found = _MEDIA_TYPE.fullmatch(file.declared_type.lower())
    kind, subtype = (found[1], found[2]) if found else ("application", "octet-stream")
    if kind in {"multipart", "message"}:
        kind, subtype = "application", "octet-stream"
    message.add_attachment(
        file.content, maintype=kind, subtype=subtype, filename=_line(file.name) or "Datei"
    )


def _chain(thread: str, answered: str | None) -> list[str]:
    """Return the mails that this one follows: the thread's first, and the one that is answered.

    So the answer to it, which repeats them, is found in the same thread.
    """
    wanted: Sequence[str] = (thread, ids.message_id(answered or ""))
    return list(dict.fromkeys(one for one in wanted if one and _can_be_named(one)))


def _can_be_named(name: str) -> bool:
    return ids.is_real(name) and name.isascii() and not re.search(r"[\s<>]", name)


def _subject(subject: str | None, name: str) -> str:
    told = _line(subject or "")
    if not told:
        return f"Ihre Nachricht an {_line(name)}"
    return told if _ANSWER.match(told) else f"Re: {told}"[:_SUBJECT]


def _recipient(address: str) -> str:
    """Return the address; one with other letters than ASCII needs a server that few have."""
    local, _, domain = address.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}").addr_spec
    except Exception:  # noqa: BLE001 (the library raises whatever it stumbles over)
        raise NotPossibleError from None


def _line(text: str) -> str:
    return " ".join(clean(text).split())
