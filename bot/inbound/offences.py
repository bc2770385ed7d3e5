"""Which messages are suspected of an offence, and by which words: as they come, and when edited."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.inbound.reading import Burst, Reworded
from bot.inbox import batch as inbox
from bot.inbox import moderation
from bot.inbox.batch import Open
from bot.inbox.moderation import Suspicion
from bot.inbox.revisions import Revised
from bot.inbox.states import Offence
from nlp.types import OFFENCES, Evidence, Flag


def of_burst(burst: Burst) -> list[Suspicion | None]:
    """Return for each message of a turn what it is suspected of.

    It is the one that holds the evidence; where none does, the last one.
    """
    understood = burst.understanding
    if understood is None or understood.offence is None:
        return [None for _ in burst.messages]
    found: list[Suspicion | None] = []
    start = 0
    for message in burst.messages:
        end = start + len(message.text)
        inside = [one for one in understood.evidence if start <= one.start < end]
        found.append(_suspicion(inside, understood.flags))
        start = end + 1 if message.text else start  # the texts of a turn are lines
    if not any(found):
        found[-1] = Suspicion(Offence(understood.offence), "")
    return found


def warned(session: Session, bursts: Sequence[Burst], opened: Sequence[Open]) -> set[int]:
    """Return which of the `opened` conversations that are abusive were so in their last turn."""
    abusive = [
        conversation.id
        for burst, conversation in zip(bursts, opened, strict=True)
        if burst.understanding and burst.understanding.offence is Flag.ABUSE
    ]
    outcomes = inbox.last_outcomes(session, abusive)
    return {key for key, outcome in outcomes.items() if outcome == Flag.ABUSE}


def look_again(
    session: Session,
    revised: Sequence[Revised],
    reworded: Mapping[str, Reworded],
    *,
    now: datetime,
) -> None:
    """Judge edited messages by their new words."""
    for one in revised:
        if one.message_id is None:
            continue
        found = reworded[one.text]
        suspicion = _suspicion(found.offences, OFFENCES)
        is_abuse = suspicion is not None and suspicion.offence is Offence.ABUSE
        negative = is_abuse or found.negative
        moderation.reconsider(session, one.message_id, suspicion, negative=negative, now=now)


def _suspicion(evidence: Sequence[Evidence], flags: Sequence[Flag]) -> Suspicion | None:
    words = {flag: [one.text for one in evidence if one.target == flag] for flag in OFFENCES}
    told = [flag for flag in OFFENCES if flag in flags and words[flag]]
    if not told:
        return None
    distinct = dict.fromkeys(text.strip() for flag in told for text in words[flag])
    return Suspicion(Offence(told[0]), ", ".join(distinct))
