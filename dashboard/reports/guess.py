"""What a report is about, when its writer did not choose: the language pipeline's best guess."""

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.orm import Session

from bot import clock
from bot.dialogue.facts import Facts, FactsCache
from bot.skills import report
from bot.understanding.process import Informed, LanguageBusyError, UnderstandingFailedError
from dashboard.web import web_of
from nlp.types import Context, Decision, Understanding

FALLBACK = "other"
PATIENT = 6  # tries; each waits for some seconds
_LIKELY, _SURE = 0.5, 0.8  # likely is enough where the whole text was understood


@dataclass(frozen=True, slots=True)
class Guess:
    """Category and place of a text; district and place are None when none is named."""

    category_id: str
    district: str | None = None
    place: str | None = None


def guess(
    request: Request, facts: Facts, text: str, language: str, *, tries: int = PATIENT
) -> Guess:
    """Return category and place; `other` when unsure. Run it outside any transaction.

    A report is never lost to the understanding: where that fails, a person reads it.
    """
    understander = web_of(request).app.language.of(facts.knowledge)
    understood = _understood(understander, text, Context(clock.now(), language), tries)
    if understood is None:
        return Guess(FALLBACK)
    best = understood.category[0]
    needed = _SURE if understood.decision is Decision.HAND_OVER else _LIKELY
    known = best.confidence >= needed and best.id in facts.categories
    district = understood.first("district")
    return Guess(
        best.id if known else FALLBACK,
        district.value if district else None,
        report.spoken_place(understood, language),
    )


def _understood(
    understander: Informed, text: str, context: Context, tries: int
) -> Understanding | None:
    """Ask until there is an answer, some times at most: at a start the model still loads."""
    for _ in range(tries):
        try:
            return understander.understand(text, context)
        except LanguageBusyError:
            continue
        except UnderstandingFailedError:
            break
    return None


def facts_of(request: Request) -> Facts:
    """Return the city's facts as they are now."""
    with web_of(request).app.database.read() as session:
        return facts_in(request, session)


def facts_in(request: Request, session: Session) -> Facts:
    """Return the city's facts as of this transaction; the process keeps them until they change."""
    state = request.app.state
    cache = getattr(state, "facts", None)
    if not isinstance(cache, FactsCache):
        cache = state.facts = FactsCache()
    return cache.current(session)
