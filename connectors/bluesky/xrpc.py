"""Asking a Bluesky server: how XRPC names its methods and says no."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from connectors import asking
from connectors.asking import Http
from connectors.base import Network, PlatformError, Trouble
from connectors.shapes import Object, text

TOO_BIG = "BlobTooLarge"  # our own word: theirs stands in a sentence only
_ENDED = frozenset({"ExpiredToken", "InvalidToken"})
_LOCKED = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated"})


class Refused(asking.Refused):
    """A refusal with the name of an XRPC error (https://atproto.com/specs/xrpc)."""

    @property
    def logged_out(self) -> bool:
        """Whether our token is worth nothing any more, though a new one may be."""
        return self.code in _ENDED or (self.status == 401 and self.code not in _LOCKED)

    def trouble(self) -> PlatformError:
        """Return what this means, wherever it is met."""
        if self.code in _LOCKED or self.logged_out:
            return PlatformError(Trouble.LOGIN, str(self))
        return super().trouble()


def server(base: str, network: Network, now: Callable[[], datetime]) -> Http:
    """Return the way to ask a server; `now` is what its rate limits are compared with."""

    def refusal(status: int, headers: Mapping[str, str], said: Object) -> Refused | None:
        code = text(said.get("error")) or ""
        code = code[:40] if code.isalnum() else ""
        if code == "InvalidRequest" and "blob too big" in (text(said.get("message")) or ""):
            code = TOO_BIG
        if not code and status not in asking.ANYBODYS:
            return None
        return Refused(status, code, _until(headers, now()) or asking.patience(headers))

    return Http(base, network, refusal)


def path(nsid: str) -> str:
    """Return the path of a method."""
    return f"/xrpc/{nsid}"


def _until(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long `ratelimit-reset` asks to wait: seconds since 1970, and not always true."""
    reset = headers.get("RateLimit-Reset", "")
    if not reset.isdecimal():
        return None
    left = int(reset[:15]) - now.timestamp()
    return timedelta(seconds=min(max(left, 0.0), asking.LONGEST.total_seconds()))
