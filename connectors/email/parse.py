"""Reading mails as they were stored; pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr

from connectors.base import TOO_LARGE, InboundEvent, InboundMessage, ParseError, Sender
from connectors.capabilities import Visibility
from connectors.email import html, ids, mime, quotes
from connectors.email.ids import first, is_ours, people
from connectors.email.mime import header
from connectors.text import clean
from connectors.validation import PlainId, SentAt, read

_LONGEST = 60_000  # characters of what is read; a thick book is not understood either
_AHEAD = timedelta(minutes=5)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ANSWER = re.compile(r"\s*(?:re|aw|antw|antwort|sv|fwd?|wg)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_LISTS = ("list-id", "list-unsubscribe", "list-post")
_PROGRAMS = frozenset({"mailer-daemon", "postmaster"})
_SUPPRESSED = ("x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-failed-recipients")


class Body(BaseModel):
    """A text as it was sent."""

    model_config = ConfigDict(extra="ignore")
    plain: StrictStr = ""
    html: StrictStr = ""
    flowed: StrictBool = False
    delsp: StrictBool = False


class Report(BaseModel):
    """What a mail server says of a mail of ours."""

    model_config = ConfigDict(extra="ignore")
    kind: StrictStr
    recipient: StrictStr = ""
    action: StrictStr = ""
    status: StrictStr = ""
    diagnostic: StrictStr = ""
    original: dict[str, list[StrictStr]] = Field(default_factory=dict)


class Stored(BaseModel):
    """A mail taken apart, and whose mailbox it was in."""

    model_config = ConfigDict(extra="ignore")
    me: PlainId
    digest: PlainId
    name: PlainId | None = None  # which older ones do not say
    headers: dict[str, list[StrictStr]]
    bodies: list[Body]
    files: int = Field(ge=0)
    notes: frozenset[StrictStr] = frozenset()
    report: Report | None = None
    received_at: SentAt | None = None
    thread: PlainId | None = None  # as far as the mail does not say it itself


def parse(payload: Mapping[str, object]) -> list[InboundEvent]:
    """Read a stored mail; raises `ParseError` for one that nobody has sent.

    Our own mails bring nothing, nor do notes that one of them has been delivered or read.
    """
    mail = read(Stored, payload)
    authors = people(mail.headers.get("from", ()))
    # Where the answer goes is who asks: forms and secretaries name somebody else there.
    wanted = people(mail.headers.get("reply-to", ()))
    others = [one for one in wanted if not is_ours(one[1], mail.me)]
    asking = others if len(others) == 1 else []
    # The city's own form writes in our name; what we have written asks for answers to us alone.
    if not asking and any(is_ours(address, mail.me) for _, address in authors[:1]):
        return []
    if mail.report is not None:
        return _reported(mail, mail.report)
    named = asking or authors
    if not named:
        raise ParseError("a mail without an address to answer to")
    name, address = named[0]
    known = {address: name for name, address in [*authors, *wanted] if name}
    sender = Sender(address, name or known.get(address) or None)
    return [_inbound(mail, sender, automatic=_is_automatic(mail, authors))]


def _name(mail: Stored) -> str:
    return mail.name or ids.message_id(ids.native_id(mail.headers, mail.digest))


def _inbound(mail: Stored, sender: Sender, *, automatic: bool) -> InboundMessage:
    text, shortened = _text(mail)
    return InboundMessage(
        native_id=_name(mail),
        thread=mail.thread or ids.thread(mail.headers, mail.digest),
        visibility=Visibility.PRIVATE,
        sender=sender,
        text=text,
        sent_at=_sent_at(mail),
        files=mail.files,
        unread=_unread(mail, text, shortened=shortened),
        automatic=automatic,
        reference=ids.reference(mail.headers, mail.me),
    )


def _reported(mail: Stored, report: Report) -> list[InboundEvent]:
    """Say to whom a mail of ours did not get, where they have written."""
    if report.kind == "disposition-notification":  # somebody has opened it
        return []
    if report.kind == "delivery-status" and report.action in {"delivered", "relayed", "expanded"}:
        return []
    known = people([report.recipient])
    authors = people(mail.headers.get("from", ()))
    us = ids.message_ids(first(report.original, "message-id"))
    domain = mail.me.rpartition("@")[2].lower()
    is_about_us = bool(us) and us[0].lower().endswith(f"@{domain}")
    sender = known[0] if known and is_about_us else next(iter(authors), None)
    if sender is None:
        sender = ("", f"mailer-daemon@{domain}")
    told = "verspätet sich" if report.action == "delayed" else "kam nicht an"
    lines = [
        f"Eine E-Mail an {report.recipient or 'eine Adresse'} {told}.",
        clean(f"{report.status} {report.diagnostic}"),
    ]
    ours = report.original if is_about_us else {}
    return [
        InboundMessage(
            native_id=_name(mail),
            thread=ids.thread_of_ours(ours) or ids.thread(mail.headers, mail.digest),
            visibility=Visibility.PRIVATE,
            sender=Sender(sender[1], sender[0] or None),
            text="\n".join(filter(None, lines)),
            sent_at=_sent_at(mail),
            files=mail.files,
            unread=None if report.action == "delayed" else "bounce",
            automatic=True,
            reference=ids.reference_of_ours(ours, mail.me),
        )
    ]


def _is_automatic(mail: Stored, authors: list[tuple[str, str]]) -> bool:
    """Tell whether an answer could go round in circles or to many (RFC 3834, 2; RFC 2919)."""
    headers = mail.headers
    submitted = first(headers, "auto-submitted").partition(";")[0].strip().lower()
    precedence = first(headers, "precedence").strip().lower()
    path = headers.get("return-path", ())
    return (
        submitted not in {"", "no"}
        or precedence in _BULK
        or any(name in headers for name in (*_LISTS, *_SUPPRESSED))
        or any(value.strip() == "<>" for value in path)
        or any(address.partition("@")[0] in _PROGRAMS for _, address in authors)
    )


def _unread(mail: Stored, text: str, *, shortened: bool) -> str | None:
    """Return why a person has to look at the mail itself."""
    if mime.ENCRYPTED in mail.notes:
        return "encrypted"
    if mime.TOO_LARGE in mail.notes or shortened:
        return TOO_LARGE
    empty = not text and not mail.files
    return "unknown" if empty or {mime.BROKEN, mime.ODD} & mail.notes else None


def _text(mail: Stored) -> tuple[str, bool]:
    """Return the subject of what is new, and what was written; and whether that is not all."""
    written = "\n\n".join(filter(None, map(_written, mail.bodies)))
    said = quotes.fold(clean(written))
    subject = header(first(mail.headers, "subject"))[:500]
    goes_on = bool(ids.message_ids(" ".join(_answered(mail)))) or bool(_ANSWER.match(subject))
    if subject and not (goes_on and said) and not said.lower().startswith(subject.lower()):
        said = f"{subject}\n\n{said}".strip()
    return said[:_LONGEST], len(said) > _LONGEST


def _answered(mail: Stored) -> list[str]:
    return [first(mail.headers, "references"), first(mail.headers, "in-reply-to")]


def _written(body: Body) -> str:
    if body.plain.strip():
        return quotes.unflow(body.plain, delsp=body.delsp) if body.flowed else body.plain
    return html.to_text(body.html)


def _sent_at(mail: Stored) -> datetime | None:
    """Return when it was sent; a clock that goes wrong gives way to when it came."""
    try:
        told = parsedate_to_datetime(first(mail.headers, "date"))
        sent = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return mail.received_at
    latest = mail.received_at + _AHEAD if mail.received_at else sent
    return sent if _EARLIEST <= sent <= latest else mail.received_at
