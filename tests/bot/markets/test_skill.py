"""The skill about markets: what was understood becomes a wish."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from bot.city.rules import CityFacts
from bot.demo import entries
from bot.dialogue.facts import Facts
from bot.dialogue.turn import Turn
from bot.knowledge.finding import Finder
from bot.skills import market_hours
from bot.skills.base import Surroundings
from connectors.capabilities import Visibility
from nlp import gazetteer
from nlp.types import Decision, Entity, Intent, Knowledge, Understanding

FACTS = Facts(1, CityFacts(), entries.markets(), {}, Knowledge(gazetteer.demo()), Finder())
EVENING = datetime(2026, 11, 21, 21, 30, tzinfo=UTC)  # a Saturday


def answer(*found: tuple[str, str]) -> str:
    understanding = Understanding(
        language="de",
        intents=(Intent("market_hours", 1.0),),
        category=(),
        entities=tuple(Entity(kind, value, 0, 1, value) for kind, value in found),
        decision=Decision.ACT,
        flags=(),
        evidence=(),
        model="test",
    )
    turn = Turn(
        conversation_id=1,
        contact_id=1,
        visibility=Visibility.PRIVATE,
        text="?",
        language="de",
        location=None,
        files=0,
        choice=None,
        understanding=understanding,
        now=EVENING,
    )
    surroundings = Surroundings(Session(), FACTS, "https://stadt.example")
    return market_hours.answer(turn, surroundings).text


@pytest.mark.parametrize(
    "found",
    [
        [("district", "opladen"), ("district", "schlebusch")],
        [("market", "opladen"), ("district", "opladen"), ("district", "schlebusch")],
    ],
)
def test_every_district_is_answered(found: list[tuple[str, str]]) -> None:
    text = answer(*found)
    assert text.startswith("Wochenmärkte in Opladen und Schlebusch:")
    for name in ("Wochenmarkt Opladen", "Frischemarkt Opladen", "Wochenmarkt Schlebusch"):
        assert name in text


def test_the_local_time_of_the_question_counts() -> None:
    text = answer(("district", "wiesdorf"), ("date", "2026-11-21"))
    assert text.startswith("Nein, heute (Samstag, 21. November) ist in Wiesdorf kein Markt mehr.")
