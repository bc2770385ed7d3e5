"""How a report is going: the contact's own tickets only."""

from bot.clock import BERLIN
from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Turn
from bot.skills.base import Surroundings
from bot.tickets import queries as tickets
from bot.tickets import texts as ticket_texts
from bot.tickets.queries import TicketRef

_OTHERS = 5


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Tell the state of the named ticket, or of the contact's newest one.

    A number alone says nothing: an unknown one and somebody else's get the same answer.
    """
    session = surroundings.session
    look_up = f"{surroundings.base_url}/t"
    named = turn.understanding.first("ticket_number")
    if named:
        ticket = tickets.by_number_of_contact(session, turn.contact_id, named.value)
        if ticket is None:
            return Outcome("ticket_status", say("status_not_yours", turn.language, link=look_up))
        return Outcome("ticket_status", _state(ticket, turn, surroundings))
    own = tickets.of_contact(session, turn.contact_id, _OTHERS)
    if not own:
        return Outcome("ticket_status", say("status_none", turn.language, link=look_up))
    text = _state(own[0], turn, surroundings)
    if len(own) > 1:
        numbers = ", ".join(ticket.number for ticket in own[1:])
        text = f"{text}\n{say('status_more', turn.language, numbers=numbers)}"
    return Outcome("ticket_status", text)


def _state(ticket: TicketRef, turn: Turn, surroundings: Surroundings) -> str:
    category = surroundings.facts.categories.get(ticket.category_id)
    return say(
        "status_one",
        turn.language,
        number=ticket.number,
        category=category.label(turn.language) if category else ticket.category_id,
        day=f"{ticket.created_at.astimezone(BERLIN):%d.%m.%Y}",
        state=ticket_texts.state_word(ticket.state, turn.language),
        sentence=ticket_texts.status_text(ticket.status, ticket.kind, turn.language).sentence,
        link=f"{surroundings.base_url}/t/{ticket.token}",
    )
