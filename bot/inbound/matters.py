"""Bringing answers that name a ticket to its conversation, from wherever they were written."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.contacts import service as contacts
from bot.inbound.reading import Burst
from bot.tickets import references
from connectors.capabilities import Visibility


def settle(session: Session, bursts: Iterable[Burst]) -> None:
    """Move each burst with a valid reference into the conversation of its ticket.

    Only what the ticket's own contact wrote belongs there. Who else knows the reference has a
    conversation of their own, and is answered there: `Burst.matter` says what it is about. With a
    wrong reference, or one that is over, it is a message as any.
    """
    named = [one for one in bursts if one.reference and one.key[1] is Visibility.PRIVATE]
    if not named:
        return
    found = references.matters(session, {one.reference for one in named if one.reference})
    people = contacts.find(session, [(one.key[0], one.key[3]) for one in named])
    for one in named:
        channel_id, visibility, _, sender = one.key
        matter = found.get(one.reference or "")
        if matter is None or matter.channel_id != channel_id:
            continue
        known = people.get((channel_id, sender))
        if known is not None and known.contact_id == matter.contact_id:
            one.key = (channel_id, visibility, matter.thread, sender)
        else:
            one.matter = matter
