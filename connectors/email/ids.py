"""Names of mails, people and threads; pure.

Message-IDs stand here without their angle brackets, addresses in lower case. A mail has its
Message-ID and a mark: some forms give all of theirs the same, and anybody can write down another's.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from email.utils import getaddresses

from connectors.email.mime import header

_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,1000})\s*>")
_BARE = re.compile(r"[^<>\s]+@[^<>\s]+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[\w-]+(?:\.[\w-]+)*\.?")
_TAG = re.compile(r"t\.([a-z0-9._-]{1,60})")
_LOCAL_PART = 64  # octets (RFC 5321, 4.5.3.1.1)
_LONGEST = 255
_MARK = 12  # letters
_IDS = 50  # of a mail's references; the first is what counts

Headers = Mapping[str, Sequence[str]]


def first(headers: Headers, name: str) -> str:
    """Return the first header of this name, or an empty text."""
    return next(iter(headers.get(name, ())), "")


def message_ids(value: str) -> list[str]:
    """Return the Message-IDs in a header."""
    return [short(found) for found in _MESSAGE_ID.findall(value)[:_IDS]]


def native_id(headers: Headers, digest: str) -> str:
    """Return the name of a mail: its Message-ID, and behind it a mark of who wrote what when."""
    found = _root(headers, digest)
    if not is_real(found) or len(found) + 1 + _MARK > _LONGEST:
        return found
    told = "\n".join(first(headers, name) for name in ("from", "date", "subject"))
    return f"{found} {hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:_MARK]}"


def message_id(name: str) -> str:
    """Return the Message-ID of the mail of this name."""
    return name.partition(" ")[0]


def _root(headers: Headers, digest: str) -> str:
    """Return a mail's Message-ID, or where it has none what it is made of."""
    told = first(headers, "message-id")
    found = message_ids(told) or _BARE.findall(told)[:1]
    return short(found[0]) if found else f"digest:{digest}"


def short(message_id: str) -> str:
    """Return an id as it can be stored; a monstrous one by its digest."""
    if len(message_id) <= _LONGEST and message_id.isprintable():
        return message_id
    return f"long:{hashlib.sha256(message_id.encode('utf-8', 'replace')).hexdigest()}"


def is_real(message_id: str) -> bool:
    """Tell whether it is a Message-ID, and not what stands for one."""
    return not message_id.startswith(("digest:", "long:"))


def thread(headers: Headers, digest: str) -> str:
    """Return the thread of a mail: the first of its chain.

    The subject says nothing: everybody writes "Anfrage".
    """
    return (
        next(iter(message_ids(first(headers, "references"))), None)
        or next(iter(message_ids(first(headers, "in-reply-to"))), None)
        or _root(headers, digest)
    )


def thread_of_ours(headers: Headers) -> str | None:
    """Return the thread of a mail that we have sent, None where it says nothing of one."""
    found = thread(headers, "")
    return found if found != _root(headers, "") else None


def answered_alone(headers: Headers, me: str) -> str | None:
    """Return the mail of ours that this one answers without a word of what that one followed.

    Some programs name the mail that is answered and leave out its `References`.
    """
    found = message_ids(first(headers, "in-reply-to"))
    domain = me.rpartition("@")[2].lower()
    if message_ids(first(headers, "references")) or not found:
        return None
    return found[0] if found[0].lower().endswith(f"@{domain}") else None


def people(values: Sequence[str]) -> list[tuple[str, str]]:
    """Return names and addresses; what is no address is left out."""
    found = getaddresses([value.replace("\n", " ") for value in values])
    return [
        (header(name)[:200], address.lower().rstrip("."))
        for name, address in found
        if _ADDRESS.fullmatch(address) and len(address) <= _LONGEST
    ]


def is_ours(address: str, me: str) -> bool:
    """Tell whether an address is `me`, or one of those with a plus."""
    local, _, domain = me.lower().rpartition("@")
    name, _, place = address.rpartition("@")
    return place == domain and name.partition("+")[0] == local.partition("+")[0]


def plus(reference: str, me: str) -> str | None:
    """Return the address that brings a reference back, None where there is no room for it."""
    tag = f"t.{reference}"
    local, _, domain = me.rpartition("@")
    if "+" in local or not _TAG.fullmatch(tag) or len(local) + 1 + len(tag) > _LOCAL_PART:
        return None
    return f"{local}+{tag}@{domain}"


def reference(headers: Headers, me: str) -> str | None:
    """Return what the address says to which a mail went: `stadt+t.REFERENCE@...`."""
    names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
    for _, address in people([value for name in names for value in headers.get(name, ())]):
        tag = _TAG.fullmatch(address.rpartition("@")[0].partition("+")[2])
        if tag and is_ours(address, me):
            return tag[1]
    return None


def reference_of_ours(headers: Headers, me: str) -> str | None:
    """Return the reference for which a mail that we have sent asks."""
    return reference({"to": headers.get("reply-to", ())}, me)
