"""Cookies: HttpOnly, SameSite=Lax, and over HTTPS Secure with the `__Host-` prefix (RFC 6265bis).

Also the web chat's visitor: 128 random bits, signed, so that nobody can name another's chat.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from dashboard.security import signing

SESSION = "session"  # staff
HALF_WAY = "half-way"  # staff between password and code
VISITOR = "visitor"  # web chat
FORM = "form"  # citizens' forms, see `csrf`

VISITOR_AGE = timedelta(days=90)  # as long as a conversation without a ticket is kept

_VALUE = re.compile(r"[A-Za-z0-9._~-]*")
_PURPOSE = "visitor"


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets and reads cookies; `https` says whether the public address is HTTPS."""

    https: bool

    def name(self, name: str) -> str:
        """Return the full name of a cookie."""
        return f"__Host-{name}" if self.https else name

    def read(self, cookies: Mapping[str, str], name: str) -> str | None:
        """Return a cookie's value from `request.cookies`."""
        return cookies.get(self.name(name))

    def put(
        self,
        response: Response,
        name: str,
        value: str,
        *,
        age: timedelta | None = None,
        embedded: bool = False,
    ) -> None:
        """Set a cookie; without `age` it ends with the browser.

        `embedded` is for the chat inside a page of another site: browsers hand it a Lax cookie
        never, a partitioned one (CHIPS) per embedding site. It needs HTTPS and is ignored without.
        """
        if not _VALUE.fullmatch(value):
            raise ValueError("a cookie's value is made of letters, digits and . _ ~ -")
        parts = [f"{self.name(name)}={value}", "Path=/", "HttpOnly"]
        if age is not None:
            parts.append(f"Max-Age={int(age.total_seconds())}")
        if self.https:
            parts.append("Secure")
        if embedded and self.https:
            parts += ["SameSite=None", "Partitioned"]
        else:
            parts.append("SameSite=Lax")
        response.headers.append("set-cookie", "; ".join(parts))

    def remove(self, response: Response, name: str) -> None:
        """Delete a cookie."""
        self.put(response, name, "", age=timedelta(0))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who chats: a random name without a person. `cookie` is set when `is_new`."""

    id: str
    cookie: str
    is_new: bool


def visitor(
    cookie: str | None,
    *,
    secret: bytes,
    new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16),
) -> Visitor:
    """Return the visitor of a cookie; a missing or forged one makes a new visitor."""
    known = signing.unsign(cookie, purpose=_PURPOSE, secret=secret)
    name = known or new_id()
    return Visitor(
        id=name,
        cookie=signing.sign(name, purpose=_PURPOSE, secret=secret),
        is_new=known is None,
    )
