"""Reporting a defect: category and place make a ticket; at most one question is asked for each."""

from collections.abc import Mapping

from bot.audit.service import Actor, ActorKind
from bot.dialogue import answers
from bot.dialogue.texts import say
from bot.dialogue.turn import Opened, Outcome, Question, Turn
from bot.offices.models import Office
from bot.offices.queries import CategoryInfo
from bot.skills.base import Surroundings
from bot.tickets import service as tickets
from bot.tickets.models import Ticket
from bot.tickets.service import NewTicket
from bot.tickets.states import TicketOrigin
from connectors.base import Button
from nlp import language
from nlp.taxonomy import TICKETS
from nlp.types import Decision, Understanding

NAME = "report"
_WHAT, _PLACE, _PLACE_AGAIN, _CONFIRM = "what", "place", "place_again", "confirm"
_YES, _NO, _UNKNOWN = "yes", "no", "unknown_place"
_LONGEST_PLACE = 120
_SURE_PLACE = 0.5
_LIKELY_CATEGORY = 0.5
_FALLBACK_CATEGORY = "other"
_NO_PLACES = frozenset({"greeting", "thanks", "human_handoff", "abuse", "spam"})


def answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Open a ticket when place and defect are there; else ask for the one thing that is missing."""
    category = _category(turn.understanding, surroundings)
    if category is None:
        return Outcome("abstain", say("report_other", turn.language), hand_over=True)
    slots = {"category": category.id, "text": turn.text} | _place(turn, surroundings)
    if not _names_defect(turn.understanding, surroundings):
        question = Question(NAME, _WHAT, _where(slots))
        return Outcome("report_ask_what", say("report_ask_what", turn.language), question)
    if "place" not in slots:
        return _ask_place(turn, slots)
    if not _is_sure(turn.understanding):
        return _ask_confirm(turn, slots, category)
    return _open(turn, slots, surroundings)


def resume(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    """Take the answer to our question; None when the turn is no answer to it."""
    if turn.choice is None and answers.is_cancel(turn.text):
        return Outcome("report_cancelled", say("report_cancelled", turn.language))
    if turn.choice == _NO:
        return Outcome("report_other", say("report_other", turn.language), hand_over=True)
    if question.asked == _CONFIRM:
        return _open(turn, question.slots, surroundings) if turn.choice == _YES else None
    if question.asked == _WHAT:
        return _resume_what(turn, question, surroundings)
    return _resume_place(turn, question, surroundings)


def _resume_what(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    """Classify what is said now; what nobody can name goes to a person with all its words."""
    if not turn.text or turn.understanding.intent in _NO_PLACES:
        return None
    if not _names_defect(turn.understanding, surroundings):
        return Outcome("report_other", say("report_other", turn.language), hand_over=True)
    category = _category(turn.understanding, surroundings)
    if category is None:
        return None
    slots = {"category": category.id, "text": turn.text, **question.slots}
    slots |= _place(turn, surroundings)
    return _open(turn, slots, surroundings) if "place" in slots else _ask_place(turn, slots)


def _resume_place(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    slots = dict(question.slots) | _place(turn, surroundings)
    if turn.choice == _UNKNOWN or answers.is_unknown(turn.text):
        slots.setdefault("place", "")
    elif "place" not in slots:
        unknown = turn.understanding.language == language.UNKNOWN
        if turn.understanding.intent in _NO_PLACES or unknown:
            return None
        if "district" in slots:
            slots["place"] = surroundings.facts.district_name(slots["district"])
        elif answers.is_place(turn.text) and len(turn.text) <= _LONGEST_PLACE:
            slots["place"] = turn.text
        elif question.asked == _PLACE_AGAIN:
            return Outcome("report_other", say("report_other", turn.language), hand_over=True)
        else:
            return _ask_place(turn, slots, again=True)
    if turn.text and turn.choice is None:
        slots["text"] = f"{slots['text']}\n{turn.text}"
    return _open(turn, slots, surroundings)


def _category(understood: Understanding, surroundings: Surroundings) -> CategoryInfo | None:
    """Return the best guess that this city knows, or its catch-all category."""
    known = surroundings.facts.categories
    guesses = (known.get(guess.id) for guess in understood.category)
    return next((guess for guess in guesses if guess), known.get(_FALLBACK_CATEGORY))


def _is_sure(understood: Understanding) -> bool:
    """Tell whether a ticket may come of it unasked: the decision is about the first wish alone."""
    return understood.decision is Decision.ACT and understood.intent in TICKETS


def _names_defect(understood: Understanding, surroundings: Surroundings) -> bool:
    """Tell whether it is said what is wrong, not only that something is to be reported."""
    if understood.category[0].confidence >= _LIKELY_CATEGORY:
        return True
    return any(found.target in surroundings.facts.categories for found in understood.evidence)


def _place(turn: Turn, surroundings: Surroundings) -> dict[str, str]:
    """Return the place as slots: the words of the citizen, the district, the coordinates."""
    slots: dict[str, str] = {}
    understood = turn.understanding
    district = understood.first("district")
    street = understood.first("street")
    if district:
        slots["district"] = district.value
    elif street and turn.location is None and street.value in surroundings.facts.district_of:
        slots["district"] = surroundings.facts.district_of[street.value]
    if turn.location:
        lat, lon = f"{turn.location.lat:.5f}", f"{turn.location.lon:.5f}"
        slots |= {"lat": lat, "lon": lon}
        slots["place"] = say("place_shared", turn.language, lat=lat, lon=lon)
    spoken = spoken_place(understood, turn.language)
    if spoken:
        inside = f", {surroundings.facts.district_name(district.value)}" if district else ""
        slots["place"] = spoken if inside.strip(", ") in spoken else spoken + inside
    return slots


def spoken_place(understood: Understanding, language: str) -> str | None:
    """Return the crossing, the street with its number, or the landmark that was named."""
    crossing = understood.first("crossing")
    if crossing:
        return say("place_corner", language, streets=crossing.value)
    found = [e for e in understood.entities if e.type == "street" and e.score >= _SURE_PLACE]
    if found:
        street = found[0]
        numbers = [e for e in understood.entities if e.type == "house_number"]
        number = min(numbers, key=lambda e: abs(e.start - street.end), default=None)
        return f"{street.value} {number.value}" if number else street.value
    place = understood.first("place")
    return place.value if place else None


def _where(slots: dict[str, str]) -> dict[str, str]:
    return {name: slots[name] for name in ("place", "district", "lat", "lon") if name in slots}


def _ask_place(turn: Turn, slots: dict[str, str], *, again: bool = False) -> Outcome:
    unknown = Button(_UNKNOWN, say("report_unknown_place", turn.language))
    question = Question(NAME, _PLACE_AGAIN if again else _PLACE, slots, (unknown,))
    key = "report_ask_place_again" if again else "report_ask_place"
    return Outcome("report_ask_place", say(key, turn.language), question)


def _ask_confirm(turn: Turn, slots: dict[str, str], category: CategoryInfo) -> Outcome:
    options = (
        Button(_YES, say("report_confirm_yes", turn.language)),
        Button(_NO, say("report_confirm_no", turn.language)),
    )
    label = category.label(turn.language)
    text = say("report_confirm", turn.language, category=label, place=slots["place"])
    return Outcome("report_confirm", text, Question(NAME, _CONFIRM, slots, options))


def _open(turn: Turn, slots: Mapping[str, str], surroundings: Surroundings) -> Outcome:
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
            origin=TicketOrigin.CONVERSATION,
        ),
        actor=Actor(ActorKind.CONTACT, turn.contact_id),
        now=turn.now,
        prefix=surroundings.facts.city.ticket_prefix,
    )
    opened = Opened(ticket.id, ticket.office_id)
    return Outcome("report", _done(turn, ticket, surroundings), opened=opened)


def _done(turn: Turn, ticket: Ticket, surroundings: Surroundings) -> str:
    category = surroundings.facts.categories[ticket.category_id]
    office = surroundings.session.get_one(Office, ticket.office_id)
    done = say(
        "report_done",
        turn.language,
        number=ticket.number,
        category=category.label(turn.language),
        code=ticket.check_code,
        place=ticket.place or say("place_unknown", turn.language),
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
