"""Emergencies in what citizens write on pages: the fixed text, and nothing else, comes first."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind, Subject, SubjectKind
from bot.city.rules import CityFacts
from bot.dialogue.texts import say
from nlp import emergency

_CRISIS = "emergency:suicide"


def notice(text: str, facts: CityFacts, language: str) -> str | None:
    """Return what to read first when `text` tells of an emergency, else None."""
    evidence = emergency.detect(text)
    if not evidence:
        return None
    numbers = facts.emergency
    words = say("emergency", language, rescue=numbers.rescue, police=numbers.police)
    if numbers.crisis_line and any(found.target == _CRISIS for found in evidence):
        crisis = say("emergency_crisis", language, crisis_line=numbers.crisis_line)
        return f"{words}\n{crisis}"
    return words


def sound(session: Session, ticket_id: int, text: str, *, now: datetime) -> bool:
    """Raise the alarm when `text` on a ticket tells of an emergency; say whether it does."""
    if not emergency.detect(text):
        return False
    subject = Subject(SubjectKind.TICKET, ticket_id)
    alarms.raise_alarm(session, AlarmKind.EMERGENCY, subject, now=now)
    return True
