"""Reporting a defect: category and place make a ticket; at most one question is asked for each."""

from bot.audit.service import Actor, ActorKind
from bot.dialogue.texts import say
from bot.dialogue.turn import Outcome, Question, Turn
from bot.offices.models import Office
from bot.offices.queries import CategoryInfo
from bot.skills.base import Surroundings
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import NewTicket
from connectors.base import Button
from nlp.types import Decision, Understanding

NAME = "report"
_PLACE, _CONFIRM = "place", "confirm"
_YES, _NO, _UNKNOWN = "yes", "no", "unknown_place"
_LONGEST_PLACE = 120
_FALLBACK_CATEGORY = "other"
_NO_PLACES = frozenset({"greeting", "thanks", "human_handoff", "abuse", "spam"})


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Open a ticket when place and defect are there; else ask for the one thing that is missing."""
    category = _category(turn.understanding, surroundings)
    if category is None:
        return Outcome("abstain", say("report_other", turn.language), hand_over=True)
    slots = {"category": category.id, "text": turn.text} | _place(turn)
    if "place" not in slots:
        return _ask_place(turn, slots, "report_ask_place")
    if turn.understanding.decision is not Decision.ACT:
        return _ask_confirm(turn, slots, category)
    return _open(turn, slots, surroundings)


def resume(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    """Take the answer to our question; None when the turn is no answer to it."""
    choice = turn.choice
    if choice == _NO:
        return Outcome("report_other", say("report_other", turn.language), hand_over=True)
    if question.asked == _CONFIRM:
        return _open(turn, dict(question.slots), surroundings) if choice == _YES else None
    slots = dict(question.slots) | _place(turn)
    if choice == _UNKNOWN:
        slots["place"] = say("report_unknown_place", turn.language)
    if "place" in slots:
        pass
    elif not turn.text:
        return _ask_place(turn, slots, "report_ask_place_again")
    elif len(turn.text) > _LONGEST_PLACE or turn.understanding.intent in _NO_PLACES:
        return None
    else:
        slots["place"] = turn.text
    if turn.text and not choice:
        slots["text"] = f"{slots['text']}\n{turn.text}"
    return _open(turn, slots, surroundings)


def _category(understood: Understanding, surroundings: Surroundings) -> CategoryInfo | None:
    """Return the best guess that this city knows, or its catch-all category."""
    known = surroundings.facts.categories
    guesses = (known.get(guess.id) for guess in understood.category)
    return next((guess for guess in guesses if guess), known.get(_FALLBACK_CATEGORY))


def _place(turn: Turn) -> dict[str, str]:
    """Return the place as slots: the words of the citizen, the district, the coordinates."""
    slots: dict[str, str] = {}
    understood = turn.understanding
    street, place = understood.first("street"), understood.first("place")
    district = understood.first("district")
    if district:
        slots["district"] = district.value
    if turn.location:
        lat, lon = f"{turn.location.lat:.5f}", f"{turn.location.lon:.5f}"
        slots |= {"lat": lat, "lon": lon}
        slots["place"] = say("place_shared", turn.language, lat=lat, lon=lon)
    if street:
        number = understood.first("house_number")
        slots["place"] = f"{street.value} {number.value}" if number else street.value
    elif place and "place" not in slots:
        slots["place"] = place.value
    return slots


def _ask_place(turn: Turn, slots: dict[str, str], key: str) -> Outcome:
    unknown = Button(_UNKNOWN, say("report_unknown_place", turn.language))
    question = Question(NAME, _PLACE, slots, (unknown,))
    return Outcome("report_ask_place", say(key, turn.language), question)


def _ask_confirm(turn: Turn, slots: dict[str, str], category: CategoryInfo) -> Outcome:
    options = (
        Button(_YES, say("report_confirm_yes", turn.language)),
        Button(_NO, say("report_confirm_no", turn.language)),
    )
    label = category.label(turn.language)
    text = say("report_confirm", turn.language, category=label, place=slots["place"])
    return Outcome("report_confirm", text, Question(NAME, _CONFIRM, slots, options))


def _open(turn: Turn, slots: dict[str, str], surroundings: Surroundings) -> Outcome:
    ticket = tickets.open_ticket(
        surroundings.session,
        NewTicket(
            category_id=slots["category"],
            description=slots["text"],
            place=slots["place"],
            district=slots.get("district"),
            lat=float(slots["lat"]) if "lat" in slots else None,
            lon=float(slots["lon"]) if "lon" in slots else None,
            language=turn.language,
            contact_id=turn.contact_id,
            conversation_id=turn.conversation_id,
        ),
        actor=Actor(ActorKind.CONTACT, turn.contact_id),
        now=turn.now,
        prefix=surroundings.facts.city.ticket_prefix,
    )
    return Outcome("report", _done(turn, ticket, surroundings), ticket_id=ticket.id)


def _done(turn: Turn, ticket: Ticket, surroundings: Surroundings) -> str:
    category = surroundings.facts.categories[ticket.category_id]
    office = surroundings.session.get_one(Office, ticket.office_id)
    done = say(
        "report_done",
        turn.language,
        number=ticket.number,
        category=category.label(turn.language),
        place=ticket.place,
        office=office.name,
        link=f"{surroundings.base_url}/t/{ticket.token}",
    )
    if not category.danger:
        return done
    emergency = surroundings.facts.city.emergency
    warnings = [say("report_danger", turn.language, rescue=emergency.rescue)]
    if emergency.on_call:
        warnings.append(say("report_on_call", turn.language, on_call=emergency.on_call))
    return "\n".join([*warnings, "", done])
