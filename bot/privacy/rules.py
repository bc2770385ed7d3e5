"""How long personal data is kept, and where each period comes from.

The periods are the product's defaults, not legal advice: a city's data protection officer decides.
The general rule is storage limitation, Art. 5 (1) (e) GDPR.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from bot.db.base import Retention


@dataclass(frozen=True, slots=True)
class Period:
    """Kept until `after` has passed since `since`; None: as long as `since` lasts."""

    after: timedelta | None
    since: str
    source: str


_CONVERSATION = timedelta(days=90)

PERIODS: Mapping[Retention, Period] = MappingProxyType(
    {
        Retention.RAW: Period(
            timedelta(days=30),
            "the item was processed",
            "own choice within the 30 to 90 days that are usual for raw chat data",
        ),
        Retention.CONVERSATION: Period(
            _CONVERSATION,
            "the last message of a conversation without a ticket; with one, as its person data",
            "own choice: a question asked again within a season is still understood",
        ),
        Retention.CONTACT: Period(
            _CONVERSATION,
            "the last message of the last conversation, and no ticket names the contact",
            "follows the conversation",
        ),
        Retention.TICKET: Period(
            timedelta(days=180),
            "the ticket was closed",
            "half of the 365 days of Signalen (Amsterdam); statistics stay without text",
        ),
        Retention.DELIVERY: Period(
            timedelta(days=30),
            "the part was sent",
            "longer than the 7 days of GOV.UK Notify, for questions about what was delivered",
        ),
        Retention.CORRECTION: Period(
            timedelta(days=730),
            "a person judged it",
            "own choice: two winters and two summers of what citizens write about",
        ),
        Retention.STAFF: Period(
            None,
            "the account; its sessions end with themselves",
            "as long as the work needs it (Section 18 DSG NRW, not verified)",
        ),
        Retention.SHORT: Period(
            timedelta(days=1),
            "the window of a rate limit began",
            "needed for hours only",
        ),
    }
)

QUARANTINE = _CONVERSATION  # an item that nobody could process and nobody looked after
EVENTS = timedelta(days=14)  # ids only; a desk that was away longer reloads
