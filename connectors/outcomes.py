"""What a failed request means for the part that was to be sent, or the file that was wanted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from connectors.asking import Refused, TooBig, Unreachable
from connectors.base import MISSING, TOO_LARGE, FileLostError, PlatformError, Trouble
from connectors.results import (
    LoginNeeded,
    Permanent,
    Refusal,
    RetryAfter,
    Scope,
    SendResult,
    Transient,
    Unknown,
)

_PATIENCE = timedelta(seconds=5)  # where the platform names none


def of_failure(
    error: Refused | PlatformError,
    *,
    left: bool,
    codes: Mapping[str, Refusal],
    scope: Scope = Scope.CHANNEL,
) -> SendResult:
    """Judge a failure; `left`: it was the request itself that posts.

    `codes` are the platform's words for a refusal that will stay; `scope` is whom its limit holds
    for.
    """
    trouble = error.trouble() if isinstance(error, Refused) else error
    match trouble.trouble:
        case Trouble.LOGIN:
            return LoginNeeded(trouble.detail)
        case Trouble.RATE:
            return RetryAfter(trouble.retry_after or _PATIENCE, scope)
        case Trouble.SETTINGS if isinstance(error, Refused):
            known = codes.get(error.code, Refusal.REFUSED)
            return Permanent(Refusal.TOO_LARGE if error.status == 413 else known, str(error))
        case Trouble.SETTINGS:
            return Transient(trouble.detail)
    if left and (not isinstance(trouble, Unreachable) or trouble.left):
        return Unknown(trouble.detail)
    return Transient(trouble.detail)


@contextmanager
def fetching() -> Iterator[None]:
    """Raise `FileLostError` for a file that nobody will ever have, `PlatformError` for the rest."""
    try:
        yield
    except TooBig:
        raise FileLostError(TOO_LARGE) from None
    except Refused as refusal:
        trouble = refusal.trouble()
        if trouble.trouble is Trouble.SETTINGS:
            raise FileLostError(MISSING) from None
        raise trouble from None
