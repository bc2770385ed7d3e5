"""Ticket numbers, link tokens and check codes."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import BERLIN
from bot.db import bulk
from bot.tickets.models import TicketSequence

# Read out on the phone and copied from a slip: nothing that looks like something else
# (0 O, 1 I L, 2 Z, 5 S, 8 B), and no vowels, so that no code spells a word.
CHECK_ALPHABET = "CDFGHJKMNPQRTVWXY34679"
CHECK_LENGTH = 6
_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens a ticket: the link's token (192 bits) and the check code (27 bits)."""

    token: str
    check_code: str


def draw_keys() -> Keys:
    """Draw fresh keys from the system's randomness."""
    code = "".join(secrets.choice(CHECK_ALPHABET) for _ in range(CHECK_LENGTH))
    return Keys(secrets.token_urlsafe(_TOKEN_BYTES), code)


def allocate(session: Session, prefix: str, now: datetime) -> str:
    """Return the next number, such as `LEV-2026-004711`; the year is Berlin's.

    One statement counts, so no two processes get the same number. The row stays locked until the
    transaction ends, so a year's numbers have no gaps: one that rolls back gives its number back.
    """
    year = now.astimezone(BERLIN).year
    statement = (
        bulk.insert(session, TicketSequence)
        .values(year=year, last=1)
        .on_conflict_do_update(index_elements=["year"], set_={"last": TicketSequence.last + 1})
        .returning(TicketSequence.last)
    )
    last = session.execute(statement).scalar_one()
    return f"{prefix}-{year}-{last:06d}"


def normalise_number(text: str) -> str:
    """Return a typed ticket number as it is stored: upper case, dashes, six digits.

    People leave dashes out, write them as spaces or long dashes, and drop leading zeros.
    """
    parts = _parts(text)
    if len(parts) == 1:
        prefix = parts[0].rstrip("0123456789")
        digits = parts[0].removeprefix(prefix)
        parts = [prefix, digits[:4], digits[4:]]
    if parts[-1].isdigit():
        parts[-1] = parts[-1].zfill(6)
    return "-".join(parts)


def normalise_code(text: str) -> str:
    """Return a typed check code as it is stored."""
    return "".join(_parts(text))


def _parts(text: str) -> list[str]:
    spaced = "".join(letter if letter.isalnum() else " " for letter in text)
    return spaced.upper().split() or [""]
