"""Taking a mail apart: headers, what was written, files. Pure; whatever the bytes are.

RFC 5322 and 2045 to 2049, 2231 (names), 3462 and 3464 (bounces), 3676 (format=flowed).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import unquote

from connectors.base import RawFile
from connectors.text import clean

ENCRYPTED = "encrypted"
ODD = "odd"  # a content in a form of its own, such as winmail.dat
TOO_LARGE = "too_large"
BROKEN = "broken"

_KEPT = (
    "message-id",
    "in-reply-to",
    "references",
    "from",
    "reply-to",
    "to",
    "cc",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "subject",
    "date",
    "return-path",
    "auto-submitted",
    "precedence",
    "list-id",
    "list-unsubscribe",
    "list-post",
    "x-auto-response-suppress",
    "x-autoreply",
    "x-autorespond",
    "x-failed-recipients",
)
_OF_EACH = 10  # headers of one name
_HEADER = 8000  # characters
_TEXT = 256 * 1024  # characters of all bodies of a mail together
_BODIES = 50
_FILES = 40
_DEEPEST = 20
_PARTS = 400
_LOGO = 8 * 1024  # bytes; smaller pictures within an HTML text are decoration
_PGP = "-----BEGIN PGP MESSAGE-----"
_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_NAMED = {"message/rfc822": "Nachricht.eml", "text/calendar": "Termin.ics"}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ADDRESS = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)

Headers = dict[str, list[str]]
_Part = Message


class _Policy(policy.Compat32):
    """The library's old and tolerant reading, with letters beyond ASCII in headers as letters."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 (the library's)
        """Return a header as it was sent."""
        return _decoded(value.encode("utf-8", "surrogateescape"), None)


_POLICY = _Policy()


@dataclass(frozen=True, slots=True)
class Body:
    """A text as it was sent; `flowed` and `delsp` as in RFC 3676."""

    plain: str = ""
    html: str = ""
    flowed: bool = False
    delsp: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server says of a mail of ours; `original` are its headers."""

    kind: str
    recipient: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    original: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Mail:
    """A mail that was taken apart; `notes` are why something of it cannot be read."""

    headers: dict[str, list[str]] = field(default_factory=dict)
    bodies: list[Body] = field(default_factory=list)
    files: list[RawFile] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    report: Report | None = None
    parts: int = 0


def take_apart(raw: bytes, *, most: int, cut: bool = False) -> Mail:
    """Return what is in a mail; files have `most` bytes each. `cut`: its end is missing.

    Never raises: of what the library stumbles over the headers are left.
    """
    raw = raw.lstrip(b"\r\n")
    try:
        whole = message_from_bytes(raw, policy=_POLICY)
        mail = Mail(headers=_headers(whole))
        _Reader(mail, most).take(whole, 0)
    except Exception:  # noqa: BLE001 (a stranger's bytes break the library in every way there is)
        mail = Mail(headers=headers(raw[:_TEXT]), notes={BROKEN})
    if cut:
        mail.notes.add(TOO_LARGE)
        mail.files = mail.files[:-1]  # the last one is not whole
    return mail


class _Reader:
    """Walks through the parts of one mail."""

    def __init__(self, mail: Mail, most: int) -> None:
        self._mail = mail
        self._most = most
        self._room = _TEXT

    def take(self, part: _Part, depth: int) -> None:
        """Take in a part and all that is in it."""
        mail = self._mail
        mail.parts += 1
        if mail.parts > _PARTS or depth > _DEEPEST:
            mail.notes.add(BROKEN)
            return
        kind = part.get_content_type()
        if kind == "multipart/encrypted":
            mail.notes.add(ENCRYPTED)
        elif kind == "multipart/report":
            self._report(part, depth)
        elif kind == "multipart/alternative":
            self._alternative(_children(part), depth)
        elif kind == "multipart/signed":
            for child in _children(part)[:1]:  # behind it stands the signature
                self.take(child, depth + 1)
        elif part.is_multipart() and kind != "message/rfc822":
            for child in _children(part):
                self.take(child, depth + 1)
        else:
            self._leaf(part, kind)

    def _alternative(self, children: Sequence[_Part], depth: int) -> None:
        """Take the same text once, written in several ways."""
        before = len(self._mail.bodies)
        for child in children:
            self.take(child, depth + 1)
        told = self._mail.bodies[before:]
        plain = next((one for one in told if one.plain.strip()), Body())
        html = "\n".join(one.html for one in told if one.html)
        if told:
            self._mail.bodies[before:] = [Body(plain.plain, html, plain.flowed, plain.delsp)]

    def _leaf(self, part: _Part, kind: str) -> None:
        name = _name(part)
        attached = part.get_content_disposition() == "attachment" or bool(name)
        if kind in _SIGNATURES:
            return
        if kind in _SEALED and "signed" not in str(part.get_param("smime-type", "")):
            self._mail.notes.add(ENCRYPTED)
            return
        if kind in _TNEF or kind in _SEALED or name.lower() == "winmail.dat":
            self._mail.notes.add(ODD)
            return
        if kind in {"text/plain", "text/html", "text/enriched"} and not attached:
            self._body(part, kind)
            return
        self._file(part, kind, name)

    def _body(self, part: _Part, kind: str) -> None:
        if len(self._mail.bodies) >= _BODIES:
            self._mail.notes.add(BROKEN)
            return
        text = _decoded(_content(part), part.get_content_charset())
        if len(text) > self._room:
            self._mail.notes.add(TOO_LARGE)
            text = text[: self._room]
        self._room -= len(text)
        text = _CONTROL.sub("", text)
        if _PGP in text:
            self._mail.notes.add(ENCRYPTED)
            text = text.partition(_PGP)[0]
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        delsp = str(part.get_param("delsp", "")).lower() == "yes"
        body = Body(html=text) if kind == "text/html" else Body(text, "", flowed, delsp)
        self._mail.bodies.append(body)

    def _file(self, part: _Part, kind: str, name: str) -> None:
        content = _content(part)
        inside = part.get("Content-ID") and part.get_content_disposition() != "attachment"
        if kind.startswith("image/") and inside and len(content) < _LOGO:
            return
        if len(content) > self._most or len(self._mail.files) >= _FILES:
            self._mail.notes.add(TOO_LARGE)
        elif content:
            self._mail.files.append(RawFile(name or _NAMED.get(kind, "Datei"), kind, content))

    def _report(self, part: _Part, depth: int) -> None:
        """Read what a server or a program reports of a mail of ours (RFC 3464, RFC 8098)."""
        kind = _unfolded(part.get_param("report-type", "")).lower()[:40]
        told: dict[str, str] = {}
        original: dict[str, list[str]] = {}
        for child in _children(part):
            what = child.get_content_type()
            if what == "message/delivery-status":
                for block in _children(child):
                    told |= {n.lower(): _unfolded(v) for n, v in block.raw_items()}
            elif what in {"message/rfc822", "message/global"}:
                original = _headers(next(iter(_children(child)), child))
            elif what in {"text/rfc822-headers", "message/global-headers"}:
                original = headers(_content(child))
            else:
                self.take(child, depth + 1)
        named = told.get("original-recipient", "") + " " + told.get("final-recipient", "")
        found = _ADDRESS.search(named)
        self._mail.report = Report(
            kind,
            found[1].lower() if found else "",
            told.get("action", "").lower()[:40],
            told.get("status", "")[:40],
            told.get("diagnostic-code", "")[:500],
            original,
        )


def headers(raw: bytes) -> Headers:
    """Return the headers that matter of a mail's head."""
    return _headers(BytesHeaderParser(policy=_POLICY).parsebytes(raw))


def header(value: str) -> str:
    """Return a header with its encoded words read (RFC 2047), in one line."""
    return " ".join(clean("".join(_words(value))).split())


def _words(value: str) -> Iterator[str]:
    try:
        found = decode_header(value)
    except Exception:  # noqa: BLE001 (of base64 that is none)
        yield value
        return
    for word, charset in found:
        yield word if isinstance(word, str) else _decoded(word, charset)


def _headers(message: _Part) -> dict[str, list[str]]:
    """Return the headers that matter, as they were sent but in one line each."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        values = found.setdefault(name.lower(), []) if name.lower() in _KEPT else None
        if values is not None and len(values) < _OF_EACH:
            values.append(_unfolded(value))
    return found


def _unfolded(value: object) -> str:
    """Return a header as text; bytes beyond ASCII are UTF-8, or else what they were long ago."""
    raw = str(value).encode("utf-8", "surrogateescape")
    return clean(" ".join(_decoded(raw[: 4 * _HEADER], None).split()))[:_HEADER]


def _decoded(content: bytes, charset: str | None) -> str:
    """Return text in its charset; where that is unknown or wrong in UTF-8, or in Windows' own."""
    for name, errors in (
        (charset or "utf-8", "strict"),
        ("utf-8", "strict"),
        ("cp1252", "replace"),
    ):
        try:
            text = content.decode(name, errors)
        except (LookupError, ValueError):  # a name that is none, or not what it says
            continue
        text = text.encode("utf-8", "replace").decode("utf-8")  # some charsets have surrogates
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return ""


def _children(part: _Part) -> list[_Part]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _content(part: _Part) -> bytes:
    """Return what is in a part, as far as its encoding can be undone."""
    if part.is_multipart():
        return b"".join(_source(one) for one in _children(part))
    try:
        content = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001 (an encoding that is none)
        content = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return content if isinstance(content, bytes) else b""


def _source(message: _Part) -> bytes:
    try:
        return message.as_bytes()
    except Exception:  # noqa: BLE001 (what was read broken is not always written again)
        return b""


def _name(part: _Part) -> str:
    """Return a file's name, from RFC 2231, RFC 2047 or in plain."""
    try:
        name = part.get_filename("")
    except Exception:  # noqa: BLE001 (a parameter that is none)
        name = ""
    raw = str(name).encode("utf-8", "surrogateescape")
    found = unquote(header(_decoded(raw, None)))
    return re.split(r"[/\\]", found)[-1].strip()[:200]
