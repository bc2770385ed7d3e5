"""Deciding what becomes of a turn: emergency, open question, skills, or a person."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.dialogue import answers
from bot.dialogue.texts import say, spoken
from bot.dialogue.turn import Outcome, Question, Turn
from bot.skills import city_info, emergency, market_hours, people, report, smalltalk, ticket_status
from bot.skills.base import Answer, Resume, Surroundings
from connectors.base import Button
from connectors.capabilities import Visibility
from nlp import language
from nlp.types import Decision, Flag

_SKILLS: Mapping[str, Answer] = {
    "report_defect": report.answer,
    "market_hours": market_hours.answer,
    "ticket_status": ticket_status.answer,
    "letter_question": people.contest_letter,
    "human_handoff": people.hand_over,
    "greeting": smalltalk.greet,
    "thanks": smalltalk.thank,
    # What an article tells as long as nothing does more about it.
    "city_info": city_info.answer,
    "appointment": city_info.answer,
    "bulky_waste_booking": city_info.answer,
    "shop_search": city_info.answer,
}
_RESUME: Mapping[str, Resume] = {report.NAME: report.resume, city_info.NAME: city_info.resume}
_SMALL = frozenset({"greeting", "thanks"})
_FROM_ARTICLES = frozenset(wish for wish, skill in _SKILLS.items() if skill is city_info.answer)
# A mistake here would mislead; a report asks for itself, and a person or a greeting harms nobody.
_ASKED_ABOUT = frozenset({"market_hours", "ticket_status"})
# More answers than a person would read: another program, which answers as well.
MOST, WITHIN = 60, timedelta(hours=1)
_WHICH, _WAITING = "which", "waiting"
_CHOICES = {
    "report_defect": "ask_report",
    "market_hours": "ask_market",
    "ticket_status": "ask_status",
    "human_handoff": "ask_person",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the conversation stands before the turn."""

    question: Question | None
    taken: bool  # a colleague has it
    alarmed: bool  # an emergency was seen and no person has dealt with it yet
    waiting: bool  # a person has been promised
    exhausted: bool = False  # it was answered so often that nobody can have read it
    warned: bool = False  # its last turn was abuse too


def decide(turn: Turn, standing: Standing, surroundings: Surroundings) -> Outcome:
    """Return what to say and do. Emergency detection never sleeps; all else knows its place."""
    if Flag.EMERGENCY in turn.understanding.flags:
        urgent = emergency.answer(turn, surroundings)
        return replace(urgent, text="") if standing.exhausted or turn.automatic else urgent
    if turn.automatic:  # answering programs is a loop
        seen = turn.unread or turn.understanding.may_be_emergency
        return Outcome("silent", question=standing.question, hand_over=seen)
    if standing.taken or standing.alarmed:
        return Outcome("silent", question=standing.question, hand_over=True)
    if turn.understanding.offence is None:
        return _reply(turn, standing, surroundings)
    if _holds_more(turn):
        wish = replace(turn, understanding=turn.understanding.without_offence())
        return _reply(wish, standing, surroundings)
    return _offended(turn, standing)


def _reply(turn: Turn, standing: Standing, surroundings: Surroundings) -> Outcome:
    """Answer a turn in a conversation that is the assistant's."""
    if standing.exhausted:
        return Outcome("silent", question=standing.question, hand_over=True)
    if (turn.unread or turn.spoken) and not turn.text:
        kind = "unread" if turn.unread else "spoken"
        return Outcome(kind, say(kind, turn.language), standing.question, hand_over=True)
    doubted = turn.understanding.may_be_emergency
    if turn.visibility is Visibility.PUBLIC:
        return _to_private(turn, surroundings) if doubted else _in_public(turn, surroundings)
    if standing.question and not doubted:
        resumed = _resume(turn, standing.question, surroundings)
        if resumed:
            return resumed
    outcome = (people.abstain if doubted else _answer)(turn, surroundings)
    if outcome.name == "abstain" and standing.waiting:
        return _still_waiting(turn, standing)
    settled = outcome.hand_over or outcome.opened is not None
    if standing.question and outcome.question is None and not settled:
        return replace(outcome, question=standing.question)
    return outcome


def _holds_more(turn: Turn) -> bool:
    """Tell whether an offence holds something earnest: a wish, a photo, a place, a sticker."""
    if turn.understanding.besides is not None:
        return True
    is_spam = turn.understanding.offence is Flag.SPAM
    return not is_spam and (turn.files > 0 or turn.location is not None or turn.unread)


def _offended(turn: Turn, standing: Standing) -> Outcome:
    """Leave the turn to the moderation queue; who insults us in private is asked once to stop."""
    offence = turn.understanding.offence or Flag.ABUSE
    quiet = offence is Flag.SPAM or turn.visibility is Visibility.PUBLIC
    outcome = Outcome(offence, question=standing.question, hand_over=turn.unread)
    if quiet or standing.warned or standing.exhausted:
        return outcome
    theirs = spoken(turn.understanding.language, turn.language)
    return replace(outcome, text=say("polite", theirs), language=theirs)


def _still_waiting(turn: Turn, standing: Standing) -> Outcome:
    """Say once that this arrived too, then leave it to the person who was promised."""
    if standing.question and standing.question.skill == _WAITING:
        return Outcome("silent", question=standing.question, hand_over=True)
    told = Question(_WAITING, "told")
    return Outcome("waiting", say("waiting", turn.language), told, hand_over=True)


def _resume(turn: Turn, question: Question, surroundings: Surroundings) -> Outcome | None:
    """Let the open question have the turn first, unless the turn clearly wants something else."""
    chosen = replace(turn, choice=turn.choice or answers.chosen(turn.text, question.options))
    if chosen.choice is None and _wants_else(turn, question):
        return None
    if question.skill == _WAITING:
        return None
    if question.skill == _WHICH:
        skill = _SKILLS.get(chosen.choice or "")
        return skill(turn, surroundings) if skill else None
    return _RESUME[question.skill](chosen, question, surroundings)


def _wants_else(turn: Turn, question: Question) -> bool:
    """Tell whether the turn is a wish of its own rather than an answer."""
    understood = turn.understanding
    wish = understood.intent in _SKILLS and understood.intent not in _SMALL
    if understood.intent in _FROM_ARTICLES and "?" not in turn.text:
        wish = False  # "am Bürgerbüro" may well be the place that we asked for
    own_report = understood.intent == "report_defect" and question.skill == report.NAME
    return wish and understood.decision is Decision.ACT and not own_report


def _answer(turn: Turn, surroundings: Surroundings) -> Outcome:
    understood = turn.understanding
    if not turn.text:
        return Outcome("files_only", say("files_only" if turn.files else "empty", turn.language))
    if understood.intent == "context_reply":
        return _ask_which(turn, tuple(_CHOICES), "context_reply")
    wishes = [found.id for found in understood.intents if understood.wants(found.id)]
    answered = [wish for wish in wishes if wish in _SKILLS]
    earnest = [wish for wish in answered if wish not in _SMALL] or answered
    if understood.decision is Decision.HAND_OVER:
        # An article needs no sure intent, for its own words must fit; but a language that we speak.
        is_known = understood.language != language.UNKNOWN
        earnest = [wish for wish in earnest if wish in _FROM_ARTICLES and is_known]
    if understood.decision is Decision.ASK and earnest and earnest[0] in _ASKED_ABOUT:
        likely = [found.id for found in understood.intents if found.id in _CHOICES][:2]
        return _ask_which(turn, (*likely, "human_handoff"), "ask_which")
    skills = dict.fromkeys(_SKILLS[wish] for wish in earnest[:2])
    outcomes = [outcome for skill in skills if (outcome := skill(turn, surroundings))]
    return _joined(outcomes) if outcomes else people.abstain(turn, surroundings)


def _joined(outcomes: list[Outcome]) -> Outcome:
    """Put two answers into one reply; only one of them may ask, an article the last."""
    settled = [one for one in outcomes if one.name != city_info.NAME or one.question is None]
    if len(outcomes) == 1 or len(settled) == 1:
        return (settled or outcomes)[0]
    first, second = sorted(outcomes, key=lambda outcome: outcome.question is not None)
    return Outcome(
        name=f"{first.name}+{second.name}",
        text=f"{first.text}\n\n{second.text}",
        question=second.question,
        hand_over=first.hand_over or second.hand_over,
        opened=second.opened or first.opened,
        language=first.language if first.language == second.language else None,
    )


def _ask_which(turn: Turn, wishes: tuple[str, ...], key: str) -> Outcome:
    options = tuple(
        Button(wish, say(_CHOICES[wish], turn.language)) for wish in dict.fromkeys(wishes)
    )
    return Outcome(key, say(key, turn.language), Question(_WHICH, "wish", options=options))


def _in_public(turn: Turn, surroundings: Surroundings) -> Outcome:
    """Answer what anybody may read; everything personal goes on in private."""
    wishes = [found.id for found in turn.understanding.intents]
    if wishes[0] == "market_hours" and turn.understanding.decision is Decision.ACT:
        return market_hours.answer(turn, surroundings)
    told = None
    if wishes[0] in _SMALL:
        told = _SKILLS[wishes[0]](turn, surroundings)
    elif wishes[0] in _FROM_ARTICLES and turn.understanding.decision is Decision.ACT:
        told = city_info.in_public(turn, surroundings)
    return told or _to_private(turn, surroundings)


def _to_private(turn: Turn, surroundings: Surroundings) -> Outcome:
    theirs = spoken(turn.understanding.language, turn.language)
    said = partial(Outcome, "public", hand_over=True, language=theirs)
    if turn.reachable:
        return said(say("public_written", theirs), aside=say("private_opening", theirs))
    return said(say("public", theirs, chat=f"{surroundings.base_url}/chat"))
