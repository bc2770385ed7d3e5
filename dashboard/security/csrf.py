"""Forgery protection: a token of the session for staff, a signed pair for citizens' forms.

The pair is the signed double submit cookie of the OWASP CSRF Prevention Cheat Sheet: a cookie with
a random value and, in the form, another value that only this installation derives from it. It
needs no row and no session; over HTTPS the `__Host-` prefix keeps others from planting the cookie.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import PermissionDeniedError
from dashboard.security import signing

FIELD = "csrf"  # the hidden input
HEADER = "x-csrf-token"  # the same for scripts

_COOKIE = "form-cookie"
_FIELD = "form-field"


class CsrfError(PermissionDeniedError):
    """The form was not made by this site for this visitor, or is older than the log-in."""

    code = "csrf"


@dataclass(frozen=True, slots=True)
class FormToken:
    """A citizen's pair: `cookie` is set when `is_new`, `field` goes into each form."""

    cookie: str
    field: str
    is_new: bool


def require_csrf(token_from_form: str | None, expected: str) -> None:
    """Compare a staff form's token with the session's, in constant time; raises `CsrfError`.

    An empty `expected` (a program's token has no session) never passes.
    """
    if not expected or not token_from_form or not signing.is_same(token_from_form, expected):
        raise CsrfError("The form has expired. Please load the page again.")


def form_token(
    cookie: str | None,
    *,
    secret: bytes,
    new_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(16),
) -> FormToken:
    """Return the pair of a visitor; one whose cookie is missing or forged gets a new one."""
    nonce = signing.unsign(cookie, purpose=_COOKIE, secret=secret)
    is_new = nonce is None
    if nonce is None:
        nonce = new_nonce()
    return FormToken(
        cookie=signing.sign(nonce, purpose=_COOKIE, secret=secret),
        field=signing.signature(nonce, purpose=_FIELD, secret=secret),
        is_new=is_new,
    )


def require_form(cookie: str | None, field: str | None, *, secret: bytes) -> None:
    """Check a citizen's form against the cookie; raises `CsrfError`."""
    nonce = signing.unsign(cookie, purpose=_COOKIE, secret=secret)
    expected = signing.signature(nonce, purpose=_FIELD, secret=secret) if nonce else ""
    require_csrf(field, expected)
