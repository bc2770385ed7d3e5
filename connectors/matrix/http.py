"""Asking a homeserver: how it says no."""

from collections.abc import Mapping
from datetime import timedelta

from connectors import asking
from connectors.asking import Http
from connectors.base import Network, PlatformError, Trouble
from connectors.inside import LookUp, look_up
from connectors.shapes import Object, number, text

_LOGGED_OUT = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"})
_LOCKED = frozenset({"M_USER_DEACTIVATED", "M_USER_LOCKED"})


class Refused(asking.Refused):
    """A refusal with one of Matrix's error codes."""

    @property
    def limited(self) -> bool:
        """Whether we asked too often."""
        return super().limited or self.code == "M_LIMIT_EXCEEDED"

    @property
    def logged_out(self) -> bool:
        """Whether our token is worth nothing any more."""
        return super().logged_out or self.code in _LOGGED_OUT

    def trouble(self) -> PlatformError:
        """Return what this means, wherever it is met."""
        if self.code in _LOCKED:
            return PlatformError(Trouble.LOGIN, str(self))
        return super().trouble()


def homeserver(base: str, network: Network, look_up: LookUp = look_up) -> Http:
    """Return the way to ask a homeserver."""
    return Http(base, network, _refusal, look_up)


def _refusal(status: int, headers: Mapping[str, str], said: Object) -> Refused | None:
    code = text(said.get("errcode")) or ""
    code = code[:40] if code.replace("_", "").isalnum() else ""
    if not code and status not in asking.ANYBODYS:
        return None
    wait = number(said.get("retry_after_ms"))
    asked = None if wait is None else timedelta(milliseconds=max(0, min(wait, 10**9)))
    return Refused(status, code, asking.patience(headers) if asked is None else asked)
