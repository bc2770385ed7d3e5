"""What a status of the API says of itself: whose it is, for whom, where it belongs; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from connectors import shapes
from connectors.mastodon import content
from connectors.mastodon.content import Content
from connectors.shapes import Object, at, listing, obj
from connectors.validation import utc

_ID = re.compile(r"\d{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Me:
    """Our account, as the instance knows it."""

    id: str
    username: str
    url: str

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of our profile that statuses of others use."""
        place = urlsplit(self.url)
        home = f"{place.scheme}://{place.netloc}"
        all_of_them = (self.url, f"{home}/@{self.username}", f"{home}/users/{self.username}")
        return frozenset(map(content.address, all_of_them))


def is_id(value: object) -> bool:
    """Tell whether it can be the id of an account, a status or a notification."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def identifier(value: object) -> str | None:
    """Return `value` if it is an id."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def author(status: Object) -> str | None:
    """Return the id of whose it is."""
    return identifier(at(status, "account", "id"))


def mentioned(status: Object) -> frozenset[str]:
    """Return the ids of the accounts that it addresses, as far as the instance knows them."""
    ids = (identifier(at(one, "id")) for one in listing(status.get("mentions")))
    return frozenset(one for one in ids if one)


def said(status: Object, me: Me) -> Content:
    """Return what it says."""
    return content.read(shapes.text(status.get("content")) or "", me.addresses, me.username)


def is_private(status: Object, me: Me) -> bool:
    """Tell whether nobody but its author and we can read it.

    Somebody whom the instance does not know stands in the text only.
    """
    if status.get("visibility") != "direct":
        return False
    theirs = shapes.text(at(status, "account", "url")) or ""
    known = me.addresses | {content.address(theirs)}
    return mentioned(status) <= {me.id, author(status)} and said(status, me).addressed <= known


def private_thread(account_id: str) -> str:
    """Return the thread of what is said between somebody and us alone."""
    return f"@{account_id}"


def person(thread: str) -> str | None:
    """Return with whom a private thread is, None for a public one."""
    return identifier(thread[1:]) if thread.startswith("@") else None


def attachments(status: Object) -> Sequence[Object]:
    """Return its files."""
    return [obj(one) for one in listing(status.get("media_attachments"))]


def file_address(attachment: Object) -> str | None:
    """Return where a file lies: on the instance, or where it came from."""
    found = shapes.text(attachment.get("url")) or shapes.text(attachment.get("remote_url"))
    return found if found and found.startswith(("https://", "http://")) else None


def instant(value: object) -> datetime | None:
    """Return an ISO date of the API as an instant."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return utc(found) if found and found.tzinfo else None
    except ValueError:
        return None
