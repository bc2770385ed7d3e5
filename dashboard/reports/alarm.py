"""Emergencies in what citizens write on pages: the fixed text, and nothing else, comes first."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.alarms import service as alarms
from bot.alarms.states import AlarmKind, Subject, SubjectKind
from bot.city.rules import CityFacts
from bot.skills import emergency as fixed
from nlp import emergency


def notice(text: str, facts: CityFacts, language: str) -> str | None:
    """Return what to read first when `text` tells of an emergency, else None."""
    evidence = emergency.detect(text)
    return fixed.reply(evidence, language, facts) if evidence else None


def sound(session: Session, ticket_id: int, text: str, *, now: datetime) -> bool:
    """Raise the alarm when `text` on a ticket tells of an emergency; say whether it does."""
    if not emergency.detect(text):
        return False
    subject = Subject(SubjectKind.TICKET, ticket_id)
    alarms.raise_alarm(session, AlarmKind.EMERGENCY, subject, now=now)
    return True
