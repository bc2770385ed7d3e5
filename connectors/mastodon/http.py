"""Asking an instance: how it says no, and how many requests it still takes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors import asking
from connectors.asking import Http, Refused
from connectors.base import Network
from connectors.inside import LookUp, look_up
from connectors.shapes import Object, text

UNASKED = "unexpected_accounts"  # a text that addresses somebody whom we do not mean
_WORDS = 100
_NEWEST = re.compile(r"/api/v1/notifications\?[^<>]*\bmin_id=(\d{1,20})>", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests are left, and how long it takes until they are counted anew."""

    left: int
    anew_in: timedelta


def instance(
    base: str,
    network: Network,
    hear: Callable[[Rate], None],
    hear_newest: Callable[[str], None],
    look_up: LookUp = look_up,
) -> Http:
    """Return the way to ask an instance.

    `hear` is told of every answer's rate, `hear_newest` of what ends a page of notifications.
    """

    def listen(headers: Mapping[str, str]) -> None:
        if found := rate(headers):
            hear(found)
        if last := newest(headers):
            hear_newest(last)

    return Http(base, network, _refusal, look_up, listen)


def rate(headers: Mapping[str, str]) -> Rate | None:
    """Read what every answer says of the limits (docs.joinmastodon.org/api/rate-limits).

    The instant is taken by the instance's own clock, of which `Date` tells: ours may differ.
    """
    left = headers.get("X-RateLimit-Remaining", "")
    try:
        anew_at = datetime.fromisoformat(headers.get("X-RateLimit-Reset", ""))
        anew_in = anew_at - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return Rate(int(left[:9]), max(anew_in, timedelta())) if left.isdecimal() else None


def newest(headers: Mapping[str, str]) -> str | None:
    """Return the id of the newest notification of a page, which stands before the page itself.

    Source: docs.joinmastodon.org/api/guidelines, "Paginating through API responses".
    """
    found = _NEWEST.search(headers.get("Link", ""))
    return found[1] if found else None


def _refusal(status: int, headers: Mapping[str, str], said: Object) -> Refused | None:
    """Read a refusal: its words are in the language of the account, so that none is known."""
    words = (text(said.get("error")) or "").strip()
    if not words and status not in asking.ANYBODYS:
        return None
    code = UNASKED if UNASKED in said else words[:_WORDS]
    asked = asking.patience(headers)
    if asked is None and status == 429 and (found := rate(headers)):
        asked = max(found.anew_in, timedelta(seconds=1))
    return Refused(status, code, asked)
